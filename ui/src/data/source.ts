/** Who ran what, of which code: as GitHub says it where it says so, else as the run log says of itself. */

import { safeHref } from "../routing/links";
import type { Json, OriginDocument, RunDocument } from "./contract";

export interface Source {
  /** Address of the repository, null where it is not known. */
  repository: string | null;
  branch: string | null;
  revision: string | null;
  /** Number of the pull request, as text. */
  pullRequest: string | null;
  title: string | null;
  /** GitHub's event. */
  trigger: string | null;
  actor: string | null;
  /** Address of the job's page. */
  job: string | null;
}

export function sourceOf(run: RunDocument): Source {
  const { origin } = run;
  if (origin === null) {
    return {
      repository: plain(safeHref(attribute(run, "vcs.repository.url.full"))),
      branch: attribute(run, "vcs.ref.head.name"),
      revision: attribute(run, "vcs.ref.head.revision"),
      pullRequest: attribute(run, "vcs.change.id"),
      title: attribute(run, "vcs.change.title"),
      trigger: attribute(run, "pdr.github.event"),
      actor: attribute(run, "pdr.github.actor"),
      job: safeHref(attribute(run, "cicd.pipeline.run.url.full")),
    };
  }
  return {
    repository: repositoryOf(origin),
    branch: origin.head_branch,
    revision: origin.head_sha,
    pullRequest: origin.pull_request === null ? null : String(origin.pull_request),
    title: origin.pull_request_title,
    trigger: origin.event,
    actor: origin.actor,
    job: safeHref(origin.url),
  };
}

/** An attribute of the run's resource as text, null where it is not recorded. */
export function attribute(run: RunDocument, name: string): string | null {
  const value: Json | undefined = Object.hasOwn(run.resource, name) ? run.resource[name] : undefined;
  return value === undefined || value === null ? null : typeof value === "string" ? value : JSON.stringify(value);
}

/** Whether its code is that of another repository, also of one that is gone. */
export function isFromFork({ origin }: RunDocument): boolean {
  return origin?.event.startsWith("pull_request") === true && origin.head_repository !== origin.repository;
}

/** The commit's page at GitHub and the like, where the repository's address is known. */
export function commitAddress(run: RunDocument): string | null {
  const { repository, revision } = sourceOf(run);
  return repository === null || revision === null || !/^[0-9a-f]{7,64}$/.test(revision)
    ? null
    : `${repository}/commit/${revision}`;
}

export function pullRequestAddress(run: RunDocument): string | null {
  const { repository, pullRequest } = sourceOf(run);
  return repository === null || pullRequest === null || !/^\d+$/.test(pullRequest)
    ? null
    : `${repository}/pull/${pullRequest}`;
}

/** Of the repository that the code is in. */
export function headAddress(run: RunDocument): string | null {
  const { origin } = run;
  const repository = sourceOf(run).repository;
  return origin === null || origin.head_repository === null || repository === null
    ? null
    : `${repository.slice(0, -origin.repository.length)}${origin.head_repository}`;
}

/** Of the workflow's runs at GitHub, where one can also switch it on. */
export function workflowAddress(run: RunDocument): string | null {
  const repository = sourceOf(run).repository;
  const file = /([\w.-]+)$/.exec(run.origin?.workflow ?? "")?.[1];
  return repository === null || file === undefined ? null : `${repository}/actions/workflows/${file}`;
}

const ATTEMPT = /^(\d+)-(\d+)$/;

/** Of an attempt at GitHub, from what a collected run is called in a site; null for other names. */
export function attemptAddress(repository: string, runId: string): string | null {
  const [, run, attempt] = ATTEMPT.exec(runId) ?? [];
  return run === undefined ? null : `${repository}/actions/runs/${run}/attempts/${attempt}`;
}

/** Whether a run of this name comes from GitHub: `<run id>-<attempt>`. */
export function isAttempt(runId: string): boolean {
  return ATTEMPT.test(runId);
}

/** How the workflow run ended, where that is not how the pipeline did: a job can fail before or after it. */
export function otherConclusion({ origin, status }: RunDocument): string | null {
  const conclusion = origin?.conclusion ?? null;
  const alike = new Map([
    ["success", ["success"]],
    ["failure", ["failure", "error", "timeout"]],
    ["cancelled", ["cancellation"]],
  ]);
  return conclusion === null || alike.get(conclusion)?.includes(status) === true
    ? null
    : conclusion.replaceAll("_", " ");
}

function repositoryOf({ url, repository }: OriginDocument): string | null {
  const address = safeHref(url)?.split("/actions/runs/")[0] ?? "";
  return address.endsWith(`/${repository}`) ? address : null;
}

function plain(address: string | null): string | null {
  return address?.replace(/\/$/, "") ?? null;
}
