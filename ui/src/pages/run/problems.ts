/** Why a run did not succeed, read out of its document. */

import type { AttemptDocument, RunDocument, TaskDocument } from "../../data/contract";
import { isTrouble } from "../../parts/Status";

export interface Problem {
  task: TaskDocument;
  attempt: AttemptDocument | null;
  /** `file:line` of the user's code. */
  where: string | null;
  what: string;
  stacktrace: string | null;
}

/** One entry for each task that did not succeed by itself, earliest end first; skipped followers are none. */
export function problemsOf(run: RunDocument): Problem[] {
  return run.tasks
    .filter((task) => isTrouble(task.status) || (task.status === "cancellation" && task.attempts.length > 0))
    .map((task) => problemOf(task, task.attempts.at(-1) ?? null))
    .sort((one, other) => Number(isWanted(other)) - Number(isWanted(one)) || endOf(one) - endOf(other));
}

/** Attempts that did not succeed and were followed by another. */
export function retriedOf(run: RunDocument): Problem[] {
  return run.tasks.flatMap((task) =>
    task.attempts
      .slice(0, -1)
      .filter((attempt) => attempt.status !== "success")
      .map((attempt) => problemOf(task, attempt)),
  );
}

/** Tasks that were not run because of `cause`, in the order of the run. */
export function skippedBecauseOf(run: RunDocument, cause: string): TaskDocument[] {
  return run.tasks.filter((task) => task.skipped_because === cause);
}

export function problemOf(task: TaskDocument, attempt: AttemptDocument | null): Problem {
  if (attempt === null) {
    return { task, attempt, where: null, what: `${task.id} was not started`, stacktrace: null };
  }
  const exception = attempt.exceptions.at(-1) ?? null;
  const message = attempt.message ?? `ended with ${attempt.status}`;
  if (exception === null) {
    return { task, attempt, where: null, what: message, stacktrace: null };
  }
  const isOwn = attempt.status === "failure" || attempt.message === null;
  const said = exception.message === "" ? exception.type : `${exception.type}: ${exception.message}`;
  return {
    task,
    attempt,
    where: exception.file === null ? null : [exception.file, exception.line].filter((part) => part !== null).join(":"),
    what: isOwn ? said : message,
    stacktrace: exception.stacktrace === "" ? null : exception.stacktrace,
  };
}

/** What was cancelled or cut off beside a failure is not its cause. */
function isWanted({ task }: Problem): boolean {
  return task.status !== "cancellation" && task.status !== "interrupted";
}

function endOf({ task, attempt }: Problem): number {
  return attempt?.end_ms ?? task.end_ms ?? Number.POSITIVE_INFINITY;
}
