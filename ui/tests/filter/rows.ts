/** Rows of the corpus, as a filter sees them. */

import type { Json, Num, Status } from "../../src/data/contract";
import { type FilterRow, isMetric } from "../../src/filter/row";

export interface CorpusRow {
  id: string;
  status: string;
  pipeline: string;
  environment: string;
  trigger?: string;
  branch?: string;
  commit?: string;
  pr?: string;
  start?: string;
  duration_s?: number;
  dirty?: boolean;
  tags: { [name: string]: Json };
  tasks: string[];
  parameters: { [name: string]: Json[] };
  problem?: { task: string; error: string };
  metrics: [task: string, name: string, value: Num][];
}

export function rowOf(row: CorpusRow): FilterRow {
  return {
    runId: row.id,
    status: row.status as Status,
    pipeline: row.pipeline,
    environment: row.environment,
    trigger: row.trigger ?? null,
    branch: row.branch ?? null,
    commit: row.commit ?? null,
    pullRequest: row.pr ?? null,
    startMs: row.start === undefined ? null : Date.parse(row.start),
    durationS: row.duration_s ?? null,
    dirty: row.dirty ?? null,
    tags: new Map(Object.entries(row.tags)),
    parameters: new Map(Object.entries(row.parameters)),
    problemTask: row.problem?.task ?? null,
    problemError: row.problem?.error ?? null,
    taskNames: row.tasks,
    metric: (wanted) =>
      row.metrics.filter(([task, name]) => isMetric(wanted, task, name)).map(([, , value]) => Number(value)),
  };
}
