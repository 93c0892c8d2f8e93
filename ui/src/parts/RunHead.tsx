/** Which run this is, and under which circumstances it happened. */

import type { Json, RunDocument } from "../data/contract";
import { links, safeHref } from "../routing/links";
import { External } from "./External";
import { type Fact, Facts } from "./Facts";
import { jsonText } from "./format";
import { StatusBadge } from "./Status";
import { Duration, secondsBetween, Time } from "./Time";
import { useNow } from "./useNow";

/** An attribute of the run's resource as text, null where it is not recorded. */
export function attribute(run: RunDocument, name: string): string | null {
  const value: Json | undefined = Object.hasOwn(run.resource, name) ? run.resource[name] : undefined;
  return value === undefined || value === null ? null : jsonText(value);
}

/** The commit's page at GitHub and the like, where the repository's address is known. */
export function commitAddress(run: RunDocument): string | null {
  const repository = safeHref(attribute(run, "vcs.repository.url.full"));
  const revision = attribute(run, "vcs.ref.head.revision");
  return repository === null || revision === null || !/^[0-9a-f]{7,64}$/.test(revision)
    ? null
    : `${repository.replace(/\/$/, "")}/commit/${revision}`;
}

export function pullRequestAddress(run: RunDocument): string | null {
  const repository = safeHref(attribute(run, "vcs.repository.url.full"));
  const number = attribute(run, "vcs.change.id");
  return repository === null || number === null || !/^\d+$/.test(number)
    ? null
    : `${repository.replace(/\/$/, "")}/pull/${number}`;
}

export function RunTitle({ run }: { run: RunDocument }) {
  return (
    <h1>
      <StatusBadge status={run.status} /> <bdi>{run.pipeline}</bdi> <span class="run-id">{run.run_id}</span>
    </h1>
  );
}

export function RunFacts({ run }: { run: RunDocument }) {
  const now = useNow(run.status === "running");
  const pullRequest = attribute(run, "vcs.change.id");
  const revision = attribute(run, "vcs.ref.head.revision");
  const branch = attribute(run, "vcs.ref.head.name");
  const dirty = attribute(run, "pdr.vcs.dirty") === "true";
  const facts: (Fact | false)[] = [
    ["Started", <Time key="t" ms={run.start_ms} />],
    [
      "Duration",
      <Duration key="d" seconds={secondsBetween(run.start_ms, run.end_ms, run.status === "running" ? now : null)} />,
    ],
    ["Environment", run.environment],
    branch !== null && ["Branch", <bdi key="b">{branch}</bdi>],
    revision !== null && [
      "Commit",
      <span key="c">
        <External href={commitAddress(run)}>
          <code>{revision.slice(0, 10)}</code>
        </External>
        {dirty && <span class="muted"> with changes</span>}
      </span>,
    ],
    pullRequest !== null && [
      "Pull request",
      <span key="p">
        <a href={links.pullRequest(pullRequest)}>#{pullRequest}</a>{" "}
        <External href={pullRequestAddress(run)}>
          <bdi>{attribute(run, "vcs.change.title") ?? "open"}</bdi>
        </External>
      </span>,
    ],
    attribute(run, "pdr.github.event") !== null && ["Trigger", attribute(run, "pdr.github.event")],
    safeHref(attribute(run, "cicd.pipeline.run.url.full")) !== null && [
      "Job",
      <External key="j" href={attribute(run, "cicd.pipeline.run.url.full")}>
        at GitHub
      </External>,
    ],
  ];
  return <Facts facts={facts} />;
}
