/** Why the run did not succeed: the first thing that its page says. */

import type { RunDocument } from "../../data/contract";
import { hasDetails, hasMedia } from "../../data/pruned";
import { rows } from "../../data/store";
import { Ansi } from "../../parts/Ansi";
import { Expired } from "../../parts/Expired";
import { counted } from "../../parts/format";
import { Preformatted } from "../../parts/Scroll";
import { StatusBadge } from "../../parts/Status";
import { links } from "../../routing/links";
import { FailedCell } from "./FailedCell";
import { LogTail } from "./LogTail";
import { type Problem, problemsOf, retriedOf, skippedBecauseOf } from "./problems";

const SHOWN = 5;

export function FailurePanel({ run }: { run: RunDocument }) {
  const problems = problemsOf(run);
  if (problems.length === 0) {
    return run.status === "success" || run.status === "running" ? null : <NoCause run={run} />;
  }
  return (
    <section class="failure-panel" aria-labelledby="failure-title">
      <h2 id="failure-title">Why it did not succeed</h2>
      {problems.slice(0, SHOWN).map((problem, at) => (
        <ProblemView key={problem.task.id} run={run} problem={problem} isFirst={at === 0} />
      ))}
      <Cancelled run={run} />
      {problems.length > SHOWN && <p>and {counted(problems.length - SHOWN, "more task")}; see the table of tasks.</p>}
      <SameElsewhere run={run} />
    </section>
  );
}

interface ProblemProps {
  run: RunDocument;
  problem: Problem;
  isFirst: boolean;
  isOnTaskPage?: boolean;
}

/** One task's failure; the earliest is told whole, others fold. */
export function ProblemView({ run, problem, isFirst, isOnTaskPage = false }: ProblemProps) {
  const { task, attempt } = problem;
  const skipped = skippedBecauseOf(run, task.id);
  const at = attempt === null ? {} : { attempt: attempt.number };
  return (
    <details open={isFirst} class="problem">
      <summary>
        <StatusBadge status={attempt?.status ?? task.status} /> <b class="wrap">{task.id}</b>{" "}
        {attempt !== null && attempt.max > 1 && (
          <span class="muted">
            attempt {attempt.number} of {attempt.max}
          </span>
        )}
        <span class="what">{firstLine(problem.what)}</span>
      </summary>
      <p class="problem-links">
        {problem.where !== null && <code>{problem.where}</code>}
        {!isOnTaskPage && <a href={links.task(run.run_id, task.id, at)}>Open the task</a>}
        {task.type === "notebook" && hasMedia(run) && (
          <a href={links.task(run.run_id, task.id, { ...at, show: "notebook" })}>Open its notebook</a>
        )}
      </p>
      {problem.what.includes("\n") && <Preformatted label="Message">{problem.what}</Preformatted>}
      {problem.stacktrace !== null && (
        <Preformatted label="Traceback" whole>
          <Ansi text={problem.stacktrace} />
        </Preformatted>
      )}
      {attempt !== null && problem.stacktrace === null && <FailedCell run={run} attempt={attempt} />}
      {attempt !== null && hasDetails(run) && <LogTail attempt={attempt} />}
      {attempt !== null && !hasDetails(run) && (
        <p>
          <Expired run={run} what="Its traceback and what it printed" />
        </p>
      )}
      {skipped.length > 0 && (
        <p>
          Not run because of this:{" "}
          {skipped
            .slice(0, 12)
            .map((one) => one.id)
            .join(", ")}
          {skipped.length > 12 && ` and ${skipped.length - 12} more`}
        </p>
      )}
    </details>
  );
}

/** Attempts that failed before one went well. */
export function Retried({ run }: { run: RunDocument }) {
  const retried = retriedOf(run);
  if (retried.length === 0) {
    return null;
  }
  return (
    <details class="retried">
      <summary>{counted(retried.length, "attempt")} did not succeed and were made again</summary>
      <ul>
        {retried.slice(0, 50).map((problem) => (
          <li key={`${problem.task.id} ${problem.attempt?.number}`}>
            <StatusBadge status={problem.attempt?.status ?? null} />{" "}
            <a href={links.task(run.run_id, problem.task.id, { attempt: problem.attempt?.number ?? 1 })}>
              {problem.task.id}, attempt {problem.attempt?.number}
            </a>{" "}
            {firstLine(problem.what)}
          </li>
        ))}
      </ul>
    </details>
  );
}

function SameElsewhere({ run }: { run: RunDocument }) {
  const error = rows.value.find((row) => row.runId === run.run_id)?.problemError ?? null;
  const others =
    error === null ? [] : rows.value.filter((row) => row.problemError === error && row.runId !== run.run_id);
  if (error === null || others.length === 0) {
    return <p class="muted">No other run of this site failed with this error.</p>;
  }
  return (
    <p>
      <a href={links.runs(`error:${JSON.stringify(error)}`)}>The same error in {counted(others.length, "other run")}</a>
    </p>
  );
}

function NoCause({ run }: { run: RunDocument }) {
  const text =
    run.status === "interrupted"
      ? "The run log has no end: the process that ran the pipeline was killed, or the file was cut off. What was recorded until then is shown."
      : (run.message ?? "No task says why.");
  return (
    <section class="failure-panel" aria-labelledby="failure-title">
      <h2 id="failure-title">Why it did not succeed</h2>
      <p>{text}</p>
      <Cancelled run={run} />
    </section>
  );
}

function Cancelled({ run }: { run: RunDocument }) {
  return run.origin?.conclusion === "cancelled" ? <p>Its job was cancelled at GitHub.</p> : null;
}

function firstLine(text: string): string {
  const line = text.split("\n", 1)[0] ?? "";
  return line.length > 300 ? `${line.slice(0, 300)} …` : line;
}
