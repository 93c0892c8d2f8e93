/** What runs have in common and where they differ: one row per fact, one value per run. */

import type { AttemptDocument, Json, MetricSummary, Num, RunDocument, TaskDocument } from "../data/contract";
import { hasDetails } from "../data/pruned";
import { type Better, betterOf } from "../stats/direction";

export type Group =
  | "run"
  | "code"
  | "parameters"
  | "metrics"
  | "tasks"
  | "graph"
  | "settings"
  | "tags"
  | "machine"
  | "packages"
  | "resource";

/** In the order in which they are shown. */
export const GROUPS: readonly { id: Group; title: string }[] = [
  { id: "run", title: "Run" },
  { id: "code", title: "Code revision" },
  { id: "parameters", title: "Parameters" },
  { id: "metrics", title: "Metrics" },
  { id: "tasks", title: "Tasks" },
  { id: "graph", title: "Shape of the pipeline" },
  { id: "settings", title: "Settings" },
  { id: "tags", title: "Tags" },
  { id: "machine", title: "Machine" },
  { id: "packages", title: "Packages" },
  { id: "resource", title: "Other attributes" },
];

/** How a value is to be written: `parts/format` has a function for each. */
export type Form = "metric" | "duration" | "time" | "status" | "json";

export interface CompareRow {
  group: Group;
  /** Id of the task; null where the row is about the whole run. */
  task: string | null;
  name: string;
  form: Form;
  /** One per run, in their order; undefined where the run has none (null is a value). */
  values: (Json | undefined)[];
  differs: boolean;
  /** Of rows of numbers: null for the others. */
  numbers: RowNumbers | null;
}

export interface RowNumbers {
  /** Difference from the first run, which is the base; null where either has no finite number. */
  deltas: (number | null)[];
  /** Places of the runs with the highest and with the lowest value; empty where all are equal. */
  highest: number[];
  lowest: number[];
  /** Which of these is the better one, as far as the name tells. */
  better: Better | null;
}

export interface CompareOptions {
  /** Which value of a metric with a history. */
  statistic: "last" | "min" | "max";
}

/** All rows, in the order of the groups; `differences` keeps those that are not the same everywhere. */
export function compareRuns(
  runs: readonly RunDocument[],
  options: CompareOptions = { statistic: "last" },
): CompareRow[] {
  const table = new Table(
    runs.length,
    runs.map((run) => !hasDetails(run)),
  );
  runs.forEach((run, place) => {
    addRun(table, run, place);
    for (const task of run.tasks) {
      addTask(table, task, place, options);
    }
    addNamed(table, "settings", run.settings, place);
    addNamed(table, "tags", run.tags, place);
    addNamed(table, "packages", run.packages, place);
    addResource(table, run.resource, place);
  });
  return table.rows();
}

export function differences(rows: readonly CompareRow[]): CompareRow[] {
  return rows.filter((row) => row.differs);
}

/** Rows in the making: found by group, task and name, whatever characters these have. */
class Table {
  private readonly groups = new Map<Group, Map<string | null, Map<string, CompareRow>>>();

  /** `hasExpired`: whose packages are not known any more. */
  constructor(
    private readonly runs: number,
    private readonly hasExpired: readonly boolean[],
  ) {}

  set(group: Group, task: string | null, name: string, form: Form, place: number, value: Json): void {
    const tasks = entry(this.groups, group, () => new Map<string | null, Map<string, CompareRow>>());
    const names = entry(tasks, task, () => new Map<string, CompareRow>());
    const row = entry(names, name, () => ({
      group,
      task,
      name,
      form,
      values: new Array<Json | undefined>(this.runs).fill(undefined),
      differs: false,
      numbers: null,
    }));
    row.values[place] = value;
  }

  rows(): CompareRow[] {
    const rows: CompareRow[] = [];
    for (const { id } of GROUPS) {
      for (const names of this.groups.get(id)?.values() ?? []) {
        for (const row of names.values()) {
          row.differs = isDifferent(this.known(row));
          row.numbers = numbersOf(row);
          rows.push(row);
        }
      }
    }
    return rows;
  }

  /** What expired differs from nothing. */
  private known({ group, values }: CompareRow): readonly (Json | undefined)[] {
    return group === "packages" ? values.filter((_, place) => this.hasExpired[place] !== true) : values;
  }
}

function entry<K, V>(map: Map<K, V>, key: K, made: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = made();
    map.set(key, value);
  }
  return value;
}

function addRun(table: Table, run: RunDocument, place: number): void {
  table.set("run", null, "pipeline", "json", place, run.pipeline);
  table.set("run", null, "environment", "json", place, run.environment);
  table.set("run", null, "result", "status", place, run.status);
  if (run.start_ms !== null) {
    table.set("run", null, "started", "time", place, run.start_ms);
  }
  setDuration(table, null, place, run.start_ms, run.end_ms);
  if (run.message !== null) {
    table.set("run", null, "message", "json", place, run.message);
  }
  table.set("machine", null, "python", "json", place, run.python);
  table.set("machine", null, "platform", "json", place, run.platform);
}

function addTask(table: Table, task: TaskDocument, place: number, options: CompareOptions): void {
  const attempt = task.attempts.at(-1);
  table.set("tasks", task.id, "result", "status", place, task.status);
  const start = firstStart(task);
  setDuration(table, task.id, place, start, task.end_ms);
  table.set("tasks", task.id, "attempts", "metric", place, task.attempts.length);
  table.set("graph", task.id, "needs", "json", place, [...task.needs].sort());
  for (const [name, value] of Object.entries(task.parameters)) {
    table.set("parameters", task.id, name, "json", place, value);
  }
  for (const metric of attempt?.metrics ?? []) {
    table.set("metrics", task.id, metric.name, "metric", place, metric[options.statistic]);
  }
}

/** Waiting for a free processor is no part of how long a task takes. */
function firstStart(task: TaskDocument): number | null {
  const starts = task.attempts.flatMap(({ start_ms }: AttemptDocument) => start_ms ?? []);
  return starts.length > 0 ? Math.min(...starts) : task.start_ms;
}

function setDuration(table: Table, task: string | null, place: number, start: number | null, end: number | null): void {
  if (start !== null && end !== null) {
    table.set(task === null ? "run" : "tasks", task, "duration", "duration", place, (end - start) / 1000);
  }
}

function addNamed(table: Table, group: Group, values: { [name: string]: Json }, place: number): void {
  for (const [name, value] of Object.entries(values)) {
    table.set(group, null, name, "json", place, value);
  }
}

/** Attributes that say the same as the run's own facts, or that differ between any two runs. */
const LEFT_OUT = new Set([
  "cicd.pipeline.name",
  "cicd.pipeline.run.id",
  "cicd.pipeline.run.url.full",
  "pdr.github.run_id",
  "pdr.github.run_attempt",
  "process.pid",
  "pdr.runlog.version",
]);

function addResource(table: Table, resource: { [name: string]: Json }, place: number): void {
  for (const [name, value] of Object.entries(resource)) {
    if (!LEFT_OUT.has(name)) {
      const isCode = name.startsWith("vcs.") || name.startsWith("pdr.vcs.");
      table.set(isCode ? "code" : name.startsWith("host.") ? "machine" : "resource", null, name, "json", place, value);
    }
  }
}

function isDifferent(values: readonly (Json | undefined)[]): boolean {
  const first = values[0];
  if (typeof first !== "object" || first === null) {
    // Most values are numbers and texts, and need no writing out. NaN is a text here.
    return values.some((value) => value !== first);
  }
  const text = canonical(first);
  return values.some((value) => value === undefined || canonical(value) !== text);
}

/** JSON whose keys are in order. */
export function canonical(value: Json): string {
  return JSON.stringify(value, (_, part: Json) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function numbersOf(row: CompareRow): RowNumbers | null {
  if (row.form === "time" || row.form === "status") {
    return null;
  }
  const numbers = row.values.map((value) => numberIn(row.form, value));
  if (numbers.every((number) => number === null)) {
    return null;
  }
  const base = numbers[0] ?? null;
  const deltas = numbers.map((number) => (base === null || number === null ? null : number - base));
  const known = numbers.filter((number) => number !== null);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const number of known) {
    low = Math.min(low, number);
    high = Math.max(high, number);
  }
  const placesOf = (wanted: number) =>
    low === high ? [] : numbers.flatMap((number, place) => (number === wanted ? [place] : []));
  return { deltas, highest: placesOf(high), lowest: placesOf(low), better: betterOfRow(row) };
}

function numberIn(form: Form, value: Json | undefined): number | null {
  const number = typeof value === "number" ? value : form === "metric" ? Number(value as Num) : null;
  return number !== null && Number.isFinite(number) ? number : null;
}

/** Parameters and settings are chosen: none is better than another. */
function betterOfRow(row: CompareRow): Better | null {
  if (row.group === "metrics") {
    return betterOf(row.name);
  }
  return row.form === "duration" || (row.group === "tasks" && row.name === "attempts") ? "lower" : null;
}

/** The metrics that any of the attempts has, with how often it was logged: to offer min and max where they say more. */
export function hasHistories(runs: readonly RunDocument[]): boolean {
  const isSeries = ({ count }: MetricSummary) => count > 1;
  return runs.some((run) => run.tasks.some((task) => task.attempts.at(-1)?.metrics.some(isSeries)));
}
