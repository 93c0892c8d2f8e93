/** How long a task waited and ran, and what it measured: one place, so that all say the same as `pdr show`. */

import type { MetricSummary, TaskDocument } from "../data/contract";
import { secondsBetween } from "./Time";

/** Seconds from being ready to its first attempt; null where it was not tried. */
export function waitedS(task: TaskDocument): number | null {
  return secondsBetween(task.start_ms, firstStart(task));
}

/** Seconds from the start of its first attempt to its end: without its waiting. */
export function ranS(task: TaskDocument): number | null {
  return secondsBetween(firstStart(task), task.end_ms);
}

/** The metrics to show beside a task; those of one that was taken over are of the run in which it ran. */
export function shownMetrics(task: TaskDocument): MetricSummary[] {
  return task.attempts.at(-1)?.metrics ?? task.reused_metrics ?? [];
}

function firstStart(task: TaskDocument): number | null {
  const starts = task.attempts.map(({ start_ms }) => start_ms).filter((start) => start !== null);
  if (starts.length === 0) {
    return null;
  }
  const first = Math.min(...starts);
  // An attempt starts by the clock of its node, and a task by the driver's: these can differ by more than the wait.
  return first < (task.start_ms ?? 0) || first > (task.end_ms ?? first) ? task.start_ms : first;
}
