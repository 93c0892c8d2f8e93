/** Rows of the runs table: views of the index's columns, without copying them. */

import type { Coded, DetailsChunk, IndexChunk, Json, Num, Status } from "./contract";

type Columns = { task: string; name: string; values: (Num | null)[] }[];

/** One metric of one task, as a column. */
export interface MetricKey {
  task: string;
  name: string;
}

function coded<T>(column: Coded<T>, at: number): T | null {
  const index = column.at[at];
  return index === undefined || index < 0 ? null : (column.values[index] ?? null);
}

function value(columns: Columns, key: MetricKey, at: number): number | null {
  for (const column of columns) {
    if (column.task === key.task && column.name === key.name) {
      const found = column.values[at] ?? null;
      return found === null ? null : Number(found);
    }
  }
  return null;
}

/** Rows of a chunk share their objects: each is made a map once, not for every row at every key that is typed. */
const maps = new WeakMap<object, ReadonlyMap<string, unknown>>();
const EMPTY: ReadonlyMap<string, never> = new Map<string, never>();

function mapOf<T>(found: { [name: string]: T } | null): ReadonlyMap<string, T> {
  if (found === null) {
    return EMPTY;
  }
  let map = maps.get(found) as ReadonlyMap<string, T> | undefined;
  if (map === undefined) {
    map = new Map(Object.entries(found));
    maps.set(found, map);
  }
  return map;
}

/** One run in the index. What only the details know is null or partial until they are loaded. */
export class Row {
  details: DetailsChunk | null = null;

  constructor(
    readonly chunk: IndexChunk,
    readonly chunkName: string,
    readonly at: number,
  ) {}

  get runId(): string {
    return this.chunk.run_id[this.at] ?? "";
  }

  get startMs(): number | null {
    const start = this.chunk.start[this.at] ?? null;
    return start === null ? null : this.chunk.base_ms + start;
  }

  get durationS(): number | null {
    return this.chunk.duration_s[this.at] ?? null;
  }

  get status(): Status {
    return coded(this.chunk.status, this.at) ?? "interrupted";
  }

  get pipeline(): string {
    return coded(this.chunk.pipeline, this.at) ?? "";
  }

  get environment(): string {
    return coded(this.chunk.environment, this.at) ?? "";
  }

  get trigger(): string | null {
    return coded(this.chunk.trigger, this.at);
  }

  get branch(): string | null {
    return coded(this.chunk.branch, this.at);
  }

  get commit(): string | null {
    return coded(this.chunk.commit, this.at);
  }

  get dirty(): boolean {
    return coded(this.chunk.dirty, this.at) === true;
  }

  get pullRequest(): string | null {
    return coded(this.chunk.pull_request, this.at);
  }

  /** Whether it is of a pull request of another repository. */
  get fork(): boolean {
    // Older sites have no such column.
    return this.chunk.fork !== undefined && coded(this.chunk.fork, this.at) === true;
  }

  /** Also where the number of the pull request is not known. */
  get isOfPullRequest(): boolean {
    return this.pullRequest !== null || this.fork || this.trigger?.startsWith("pull_request") === true;
  }

  /** How many tasks have each status. */
  get taskCounts(): ReadonlyMap<string, number> {
    return mapOf(coded(this.chunk.tasks, this.at));
  }

  get problemTask(): string | null {
    return coded(this.chunk.problem, this.at)?.task ?? null;
  }

  get problemError(): string | null {
    return coded(this.chunk.problem, this.at)?.error ?? null;
  }

  get tags(): ReadonlyMap<string, Json> {
    return mapOf(coded(this.chunk.tags, this.at));
  }

  get parameters(): ReadonlyMap<string, Json[]> {
    return mapOf(coded(this.chunk.parameters, this.at));
  }

  /** Its headline metrics, the most telling first. */
  get headlines(): MetricKey[] {
    return (coded(this.chunk.headlines, this.at) ?? []).map(([task, name]) => ({ task, name }));
  }

  /** Ids of the tasks; of a run whose details are not loaded, none. */
  get taskNames(): string[] {
    return this.details === null ? [] : (coded(this.details.tasks, this.at) ?? []);
  }

  /** The task's number in this run, -1 where it has none. */
  taskAt(task: string): number {
    return this.taskNames.indexOf(task);
  }

  taskStatus(at: number): Status | null {
    const index = this.details?.status[this.at]?.[at] ?? -1;
    return this.details?.statuses[index] ?? null;
  }

  taskDuration(at: number): number | null {
    return this.details?.duration_s[this.at]?.[at] ?? null;
  }

  taskAttempts(at: number): number {
    return this.details?.attempts[this.at]?.[at] ?? 0;
  }

  /** The last value of one task's metric; null where it has none, NaN where it logged that. */
  metricOf(key: MetricKey): number | null {
    return value(this.details?.metrics ?? this.chunk.metrics, key, this.at);
  }

  /** Values of every metric of this name; with `task/name`, of that task alone. */
  metric(name: string): number[] {
    const found: number[] = [];
    for (const column of this.details?.metrics ?? this.chunk.metrics) {
      if (column.name === name || `${column.task}/${column.name}` === name) {
        const number = column.values[this.at] ?? null;
        if (number !== null) {
          found.push(Number(number));
        }
      }
    }
    return found;
  }
}

/** All rows of a chunk, in its order (oldest first). */
export function rowsOf(chunk: IndexChunk, name: string, details: DetailsChunk | null): Row[] {
  return chunk.run_id.map((_, at) => {
    const row = new Row(chunk, name, at);
    row.details = details;
    return row;
  });
}
