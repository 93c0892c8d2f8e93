/** From when to when things ran, also where a run log does not say it: still running, interrupted, or clocks that differ. */

import type { AttemptDocument, RunDocument, TaskDocument } from "../data/contract";

/** Times are milliseconds since 1970. */
export interface Interval {
  start: number;
  /** Never before `start`. */
  end: number;
  /** Set where the end is not known: it still goes on, or no one wrote down how it ended. */
  open: "running" | "interrupted" | null;
  /** Of an interrupted attempt, the last thing known. */
  last: string | null;
}

/** Null where nothing is known of when it ran. */
export function attemptInterval(attempt: AttemptDocument, nowMs: number): Interval | null {
  const known = knownMoments(attempt);
  const start = attempt.start_ms ?? known.reduce((first, { ms }) => Math.min(first, ms), Number.POSITIVE_INFINITY);
  if (!Number.isFinite(start)) {
    return null;
  }
  if (attempt.end_ms !== null) {
    return { start, end: Math.max(start, attempt.end_ms), open: null, last: null };
  }
  if (attempt.status === "running") {
    return { start, end: Math.max(start, nowMs), open: "running", last: null };
  }
  let latest = { ms: start, what: "its start" };
  for (const moment of known) {
    latest = moment.ms >= latest.ms ? moment : latest;
  }
  return { start, end: latest.ms, open: "interrupted", last: latest.what };
}

/** Moments inside an attempt that its run log tells of. */
function knownMoments(attempt: AttemptDocument): { ms: number; what: string }[] {
  const moments: { ms: number; what: string }[] = [];
  const add = (ms: number | null, what: string) => {
    if (ms !== null && Number.isFinite(ms)) {
      moments.push({ ms, what });
    }
  };
  for (const cell of attempt.cells) {
    add(cell.start_ms, `start of cell ${cell.index}`);
    add(cell.end_ms, `end of cell ${cell.index}`);
  }
  for (const span of attempt.spans) {
    add(span.start_ms, `start of ${span.name}`);
    add(span.end_ms, `end of ${span.name}`);
  }
  for (const output of attempt.outputs) {
    add(output.time_ms, "an output");
  }
  for (const exception of attempt.exceptions) {
    add(exception.time_ms, exception.type);
  }
  for (const history of attempt.histories ?? []) {
    add(history.times_ms.at(-1) ?? null, `a value of ${history.name}`);
  }
  return moments;
}

/** When a task began to wait or to run; null where it never did. */
export function taskStart(task: TaskDocument, nowMs: number): number | null {
  const first = task.attempts.map((attempt) => attemptInterval(attempt, nowMs)).find((interval) => interval !== null);
  return task.start_ms ?? first?.start ?? null;
}

/** When a task was over, or as far as is known. */
export function taskEnd(task: TaskDocument, nowMs: number): number | null {
  const ends = task.attempts.flatMap((attempt) => attemptInterval(attempt, nowMs)?.end ?? []);
  if (task.end_ms !== null) {
    ends.push(task.end_ms);
  }
  return ends.length === 0 ? null : Math.max(...ends);
}

export interface Extent {
  start: number;
  end: number;
}

/** From the first to the last moment of anything in the run, at least a millisecond long. */
export function runExtent(run: RunDocument, nowMs: number): Extent {
  let start = run.start_ms ?? Number.POSITIVE_INFINITY;
  let end = run.end_ms ?? Number.NEGATIVE_INFINITY;
  for (const task of run.tasks) {
    start = Math.min(start, taskStart(task, nowMs) ?? start);
    end = Math.max(end, taskEnd(task, nowMs) ?? end);
    for (const attempt of task.attempts) {
      // A clock of another machine may put an attempt before its task, or behind the end of the run.
      const interval = attemptInterval(attempt, nowMs);
      start = Math.min(start, interval?.start ?? start);
      end = Math.max(end, interval?.end ?? end);
    }
  }
  if (run.status === "running") {
    end = Math.max(end, nowMs);
  }
  start = Number.isFinite(start) ? start : nowMs;
  return { start, end: Math.max(start + 1, Number.isFinite(end) ? end : start) };
}
