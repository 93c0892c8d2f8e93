/** What a filter sees of a run: one row of the index, however the caller keeps it. */

import type { Json, Status } from "../data/contract";

export interface FilterRow {
  readonly runId: string;
  readonly status: Status | null;
  readonly pipeline: string | null;
  readonly environment: string | null;
  readonly trigger: string | null;
  readonly branch: string | null;
  readonly commit: string | null;
  readonly pullRequest: string | null;
  readonly startMs: number | null;
  readonly durationS: number | null;
  readonly dirty: boolean | null;
  readonly tags: ReadonlyMap<string, Json>;
  /** By name, every distinct value that tasks of the run have. */
  readonly parameters: ReadonlyMap<string, readonly Json[]>;
  readonly problemTask: string | null;
  readonly problemError: string | null;
  /** Ids of the run's tasks; null where only the failed one is known. */
  readonly taskNames: readonly string[] | null;
  /** Last values of the metrics for which `isMetric` says yes; empty where the run has none. */
  metric(name: string): readonly number[];
}

/** Whether `wanted` names this metric: by its name, whichever the task, or as `task id/name`. */
export function isMetric(wanted: string, task: string, name: string): boolean {
  return wanted === name || (wanted.length === task.length + 1 + name.length && wanted === `${task}/${name}`);
}
