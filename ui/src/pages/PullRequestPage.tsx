/** One pull request: how its newest run stands against main, and every run it had. */

import { useMemo } from "preact/hooks";
import type { Row } from "../data/rows";
import { headAddress, pullRequestAddress, sourceOf } from "../data/source";
import { isIndexLoaded, needDetails, rows } from "../data/store";
import { External } from "../parts/External";
import { Fork } from "../parts/Fork";
import { counted } from "../parts/format";
import { Notice } from "../parts/Notice";
import { Section } from "../parts/Section";
import { StatusBadge } from "../parts/Status";
import { useRun } from "../parts/useRun";
import { links } from "../routing/links";
import { subjectsOf } from "./pullRequest/base";
import { RunsTable } from "./pullRequest/RunsTable";
import { Verdict } from "./pullRequest/Verdict";

export function PullRequestPage({ number }: { number: string; query: URLSearchParams }) {
  needDetails();
  const runs = useMemo(() => rows.value.filter((row) => row.pullRequest === number), [rows.value, number]);
  const subjects = useMemo(() => subjectsOf(runs), [runs]);
  const newest = runs[0];
  if (newest === undefined) {
    return isIndexLoaded.value ? <NoRuns number={number} /> : <p class="muted">Loading the runs …</p>;
  }
  const isMixed = subjects.length > 1;
  return (
    <article>
      <p class="crumbs">
        <a href={links.runs()}>Runs</a> <a href={links.runs('pr!=""')}>Pull requests</a>
      </p>
      <Title key={newest.runId} newest={newest} number={number} />
      {subjects.map((subject, at) => (
        <Verdict key={`${subject.pipeline} ${subject.environment}`} subject={subject} isMixed={isMixed} at={at} />
      ))}
      <Section
        id="runs"
        title={counted(runs.length, "run")}
        note={/^\d+$/.test(number) && <a href={links.runs(`pr:${number}`)}>In the runs table</a>}
      >
        <RunsTable runs={runs} isMixed={isMixed} />
      </Section>
    </article>
  );
}

function Title({ newest, number }: { newest: Row; number: string }) {
  const loaded = useRun(newest.runId);
  const run = loaded.state === "ready" ? loaded.value : null;
  const { title, branch } = run === null ? { title: null, branch: newest.branch } : sourceOf(run);
  const address = run === null ? null : pullRequestAddress(run);
  return (
    <>
      <h1>
        <StatusBadge status={newest.status} /> Pull request {number}
        {title !== null && <bdi class="wrap pr-title">{title}</bdi>}
        {newest.fork && <Fork />}
      </h1>
      <p class="actions">
        {address !== null && <External href={address}>Open it at GitHub</External>}
        {address !== null && <External href={`${address}/files`}>Its changes</External>}
        {branch !== null && (
          <span>
            <span class="muted">Branch</span> <bdi class="wrap">{branch}</bdi>
            {newest.fork && run !== null && (
              <>
                {" of "}
                <External href={headAddress(run)}>
                  <bdi class="wrap">{run.origin?.head_repository ?? "a repository that is gone"}</bdi>
                </External>
              </>
            )}
          </span>
        )}
      </p>
    </>
  );
}

function NoRuns({ number }: { number: string }) {
  return (
    <>
      <h1>
        Pull request <bdi class="wrap">{number}</bdi>
      </h1>
      <Notice kind="plain" title="There is no run of it here">
        <p>Its checks may not have ended yet, may not have run the pipeline, or are not in this site's data.</p>
        <a href={links.runs()}>All runs</a>
      </Notice>
    </>
  );
}
