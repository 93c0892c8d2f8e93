/** Rows for tests, in the form in which a site has them: columns of one chunk. */

import type { Coded, DetailsChunk, IndexChunk, Num, Status } from "../../src/data/contract";
import { type Row, rowsOf } from "../../src/data/rows";

export interface Run {
  id: string;
  start?: number | null;
  status?: Status;
  pipeline?: string;
  environment?: string;
  branch?: string | null;
  commit?: string | null;
  pr?: string | null;
  fork?: boolean;
  trigger?: string | null;
  tasks?: [task: string, status: Status][];
  metrics?: [task: string, name: string, value: Num][];
}

function coded<T>(values: (T | null)[]): Coded<T> {
  const known = values.filter((value) => value !== null);
  return { values: known, at: values.map((value) => (value === null ? -1 : known.indexOf(value))) };
}

function columns(runs: Run[]): { task: string; name: string; values: (Num | null)[] }[] {
  const found = new Map<string, { task: string; name: string; values: (Num | null)[] }>();
  for (const [at, { metrics = [] }] of runs.entries()) {
    for (const [task, name, value] of metrics) {
      const key = JSON.stringify([task, name]);
      const column = found.get(key) ?? { task, name, values: runs.map(() => null) };
      column.values[at] = value;
      found.set(key, column);
    }
  }
  return [...found.values()];
}

/** Newest first, as the store has them; `runs` come oldest first. */
export function rowsOfRuns(runs: Run[]): Row[] {
  const none = coded<never>(runs.map(() => null));
  const index: IndexChunk = {
    run_id: runs.map(({ id }) => id),
    base_ms: 0,
    start: runs.map(({ start }, at) => (start === undefined ? at * 86_400_000 : start)),
    duration_s: runs.map(() => 1),
    status: coded(runs.map(({ status }) => status ?? "success")),
    pipeline: coded(runs.map(({ pipeline }) => pipeline ?? "digits")),
    environment: coded(runs.map(({ environment }) => environment ?? "ci")),
    trigger: coded(runs.map(({ trigger }) => trigger ?? null)),
    branch: coded(runs.map(({ branch }) => (branch === undefined ? "main" : branch))),
    commit: coded(runs.map(({ id, commit }) => (commit === undefined ? id : commit))),
    dirty: none,
    pull_request: coded(runs.map(({ pr }) => pr ?? null)),
    fork: coded(runs.map(({ fork }) => (fork === true ? true : null))),
    tasks: none,
    problem: none,
    tags: none,
    parameters: none,
    headlines: none,
    metrics: columns(runs),
  };
  const statuses: Status[] = ["success", "failure", "skip"];
  const details: DetailsChunk = {
    run_id: index.run_id,
    tasks: coded(runs.map(({ tasks = [] }) => tasks.map(([task]) => task))),
    statuses,
    status: runs.map(({ tasks = [] }) => tasks.map(([, status]) => statuses.indexOf(status))),
    duration_s: runs.map(({ tasks = [] }) => tasks.map(() => 1)),
    attempts: runs.map(({ tasks = [] }) => tasks.map(() => 1)),
    metrics: columns(runs),
  };
  return rowsOf(index, "chunk", details).reverse();
}
