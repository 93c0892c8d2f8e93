/** Which run this is, and under which circumstances it happened. */

import type { RunDocument } from "../data/contract";
import {
  attribute,
  commitAddress,
  headAddress,
  isFromFork,
  otherConclusion,
  pullRequestAddress,
  type Source,
  sourceOf,
  workflowAddress,
} from "../data/source";
import { links } from "../routing/links";
import { External } from "./External";
import { type Fact, Facts } from "./Facts";
import { Fork } from "./Fork";
import { StatusBadge } from "./Status";
import { Duration, secondsBetween, Time } from "./Time";
import { useNow } from "./useNow";

export function RunTitle({ run }: { run: RunDocument }) {
  return (
    <h1>
      <StatusBadge status={run.status} /> <bdi>{run.pipeline}</bdi> <span class="run-id">{run.run_id}</span>
      {isFromFork(run) && <Fork />}
    </h1>
  );
}

export function RunFacts({ run }: { run: RunDocument }) {
  const now = useNow(run.status === "running");
  const source = sourceOf(run);
  const facts: (Fact | false)[] = [
    ["Started", <Time key="t" ms={run.start_ms} />],
    [
      "Duration",
      <Duration key="d" seconds={secondsBetween(run.start_ms, run.end_ms, run.status === "running" ? now : null)} />,
    ],
    ["Environment", run.environment],
    ...codeFacts(run, source),
    ...jobFacts(run, source),
  ];
  return <Facts facts={facts} />;
}

function codeFacts(run: RunDocument, { branch, revision, pullRequest, title }: Source): (Fact | false)[] {
  return [
    branch !== null && [
      "Branch",
      <span key="b">
        <bdi>{branch}</bdi>
        {isFromFork(run) && (
          <>
            {" of "}
            <External href={headAddress(run)}>
              <bdi>{run.origin?.head_repository ?? "a repository that is gone"}</bdi>
            </External>
          </>
        )}
      </span>,
    ],
    revision !== null && [
      "Commit",
      <span key="c">
        <External href={commitAddress(run)}>
          <code>{revision.slice(0, 10)}</code>
        </External>
        {attribute(run, "pdr.vcs.dirty") === "true" && <span class="muted"> with changes</span>}
      </span>,
    ],
    pullRequest !== null && [
      "Pull request",
      <span key="p">
        <a href={links.pullRequest(pullRequest)}>#{pullRequest}</a>{" "}
        <External href={pullRequestAddress(run)}>
          <bdi>{title ?? "open"}</bdi>
        </External>
      </span>,
    ],
  ];
}

function jobFacts(run: RunDocument, { trigger, actor, job, pullRequest }: Source): (Fact | false)[] {
  const { origin } = run;
  const conclusion = otherConclusion(run);
  const isClaimed = origin !== null || trigger !== null || pullRequest !== null || job !== null;
  return [
    trigger !== null && ["Trigger", trigger.replaceAll("_", " ")],
    actor !== null && ["Started by", <bdi key="a">{actor}</bdi>],
    origin !== null && [
      "Workflow",
      <External key="w" href={workflowAddress(run)}>
        <bdi>{origin.workflow.replace(/^\.github\/workflows\//, "")}</bdi>
      </External>,
    ],
    job !== null && [
      "Job",
      <External key="j" href={job}>
        {origin === null ? "at GitHub" : `run ${origin.run_id}, attempt ${origin.run_attempt}, at GitHub`}
      </External>,
    ],
    conclusion !== null && ["The job ended as", conclusion],
    run.log.run_id !== undefined &&
      run.log.run_id !== run.run_id && ["In its run log", <code key="l">{run.log.run_id}</code>],
    isClaimed && ["Known from", origin === null ? "the run log itself" : "GitHub"],
  ];
}
