/** How a pull request stands in one pipeline and environment: its newest run, against main. */

import { useMemo } from "preact/hooks";
import type { Row } from "../../data/rows";
import { areDetailsLoaded, missing, rows } from "../../data/store";
import { counted } from "../../parts/format";
import { Section } from "../../parts/Section";
import { StatusBadge, statusWord } from "../../parts/Status";
import { Time } from "../../parts/Time";
import { useRun } from "../../parts/useRun";
import { links } from "../../routing/links";
import { SHORTEST_LEVEL } from "../../stats/regressions";
import { FailurePanel } from "../run/FailurePanel";
import { type Base, baseOf, type Difference, differencesOf, type Subject } from "./base";
import { MetricDifferences, TaskDifferences } from "./Differences";
import { Trend } from "./Trend";

export function Verdict({ subject, isMixed, at }: { subject: Subject; isMixed: boolean; at: number }) {
  const head = subject.runs[0] as Row;
  const base = useMemo(() => baseOf(subject, rows.value), [subject, rows.value]);
  const { differences, equal } = useMemo(() => differencesOf(base, head), [base, head]);
  return (
    <Section
      id={`verdict-${at}`}
      title={isMixed ? `${subject.pipeline}, ${subject.environment}` : "Newest run"}
      note={base.run !== null && <a href={links.compare([base.run.runId, head.runId])}>Compare with its base</a>}
    >
      <p class="verdict-line">
        <StatusBadge status={head.status} />{" "}
        <span>
          <a href={links.run(head.runId)}>
            The run of <Time ms={head.startMs} />
          </a>{" "}
          {head.commit !== null && (
            <>
              at <code>{head.commit.slice(0, 7)}</code>
            </>
          )}
          {base.run !== null && `: ${standing(differences)}`}
        </span>
      </p>
      <BaseSaid base={base} />
      {base.run !== null && <Untold differences={differences} branch={base.mainline.branch ?? "the base"} />}
      {head.status !== "success" && <Failures head={head} />}
      {base.run !== null && (
        <>
          <TaskDifferences base={base.run} head={head} />
          <Trend runs={subject.runs} base={base.run} />
          <MetricDifferences base={base} head={head} differences={differences} equal={equal} />
        </>
      )}
      {base.run === null && <Trend runs={subject.runs} base={null} />}
      {!areDetailsLoaded.value && missing.value.length === 0 && <p class="muted small">Loading all metrics …</p>}
    </Section>
  );
}

/** `2 metrics worse than usual, 1 metric better than usual`. */
function standing(differences: Difference[]): string {
  const count = (verdict: string) => differences.filter(({ flag }) => flag?.verdict === verdict).length;
  const said = (
    [
      ["regression", "worse"],
      ["improvement", "better"],
      ["change", "other"],
    ] as const
  ).flatMap(([verdict, word]) =>
    count(verdict) === 0 ? [] : [`${counted(count(verdict), "metric")} ${word} than usual`],
  );
  if (said.length > 0) {
    return said.join(", ");
  }
  return differences.length === 0
    ? "no metric differs from its base"
    : differences.some(isTold)
      ? "no metric stands out"
      : `${counted(differences.length, "metric")} differ from its base`;
}

function isTold({ level }: Difference): boolean {
  return level !== null && level.count >= SHORTEST_LEVEL;
}

/** What the verdict does not cover. */
function Untold({ differences, branch }: { differences: Difference[]; branch: string }) {
  const untold = differences.filter((difference) => !isTold(difference)).length;
  return untold === 0 ? null : (
    <p class="muted">
      Of {counted(untold, "metric")} that {untold === 1 ? "differs" : "differ"} it cannot be said what is usual:{" "}
      {branch} has fewer than {SHORTEST_LEVEL} runs with {untold === 1 ? "it" : "them"} since the last change.
    </p>
  );
}

function BaseSaid({ base }: { base: Base }) {
  const branch = base.mainline.branch ?? "other runs";
  if (base.run === null) {
    return (
      <p class="muted">There is no earlier run of {branch} in the same pipeline and environment to compare it with.</p>
    );
  }
  return (
    <p class="muted">
      Its base:{" "}
      <a href={links.run(base.run.runId)}>
        {branch}'s run of <Time ms={base.run.startMs} />
      </a>
      {base.run.commit !== null && (
        <>
          {" "}
          at <code>{base.run.commit.slice(0, 7)}</code>
        </>
      )}
      , the newest {base.run.status === "success" && "success "}before it in the same pipeline and environment.
      {base.newest !== null && base.newest !== base.run && (
        <>
          {" "}
          <a href={links.run(base.newest.runId)}>The newest of all</a> has the result {statusWord(base.newest.status)}.
        </>
      )}
    </p>
  );
}

function Failures({ head }: { head: Row }) {
  const loaded = useRun(head.runId);
  return loaded.state === "ready" ? (
    <FailurePanel run={loaded.value} />
  ) : (
    <p class="muted">{loaded.state === "failed" ? loaded.error : "Loading what failed …"}</p>
  );
}
