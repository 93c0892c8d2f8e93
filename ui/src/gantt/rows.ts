/** The rows of a Gantt: tasks in order of their start, and what of them is unfolded. */

import type { AttemptDocument, RunDocument, Status, TaskDocument } from "../data/contract";
import { taskTitle } from "../graph/facts";
import { jsonText } from "../parts/format";
import { type Inner, innerOf } from "./inner";
import { attemptInterval, type Extent, type Interval, taskStart } from "./times";

export interface Bar extends Interval {
  key: string;
  status: Status;
  task: TaskDocument;
  attempt: AttemptDocument;
  /** Seconds that it waited since the task was ready, or since the attempt before it; null where that is not known. */
  waited_s: number | null;
  /** Of a cell or span: what it is. */
  inner: Inner | null;
  /** Its times cannot be right beside those of its task. */
  isSkewed: boolean;
}

export interface Row {
  key: string;
  kind: "task" | "attempt" | "inner";
  level: number;
  name: string;
  /** The name with the values of parameters alone: it is they that differ from row to row. */
  short: string;
  status: Status;
  task: TaskDocument;
  bars: Bar[];
  /** Times of waiting between and before the bars. */
  waits: Extent[];
  /** Null where there is nothing inside. */
  isExpanded: boolean | null;
  isCritical: boolean;
}

export interface RowOptions {
  nowMs: number;
  expanded: ReadonlySet<string>;
  critical: ReadonlySet<string>;
  /** Cells and spans below this many milliseconds are left out. */
  leastMs: number;
}

export interface Rows {
  rows: Row[];
  /** How many cells and spans are left out since they are too short. */
  hidden: number;
}

export function rowsOf(run: RunDocument, options: RowOptions): Rows {
  const rows: Row[] = [];
  let hidden = 0;
  tasksByStart(run.tasks, options.nowMs).forEach(({ task, at }) => {
    const key = `task ${at}`;
    const bars = barsOf(task, key, options.nowMs);
    const isExpandable = bars.length > 1 || bars.some(hasInner);
    const isExpanded = options.expanded.has(key);
    const common = { task, isCritical: options.critical.has(task.id) };
    rows.push({
      ...common,
      key,
      kind: "task",
      level: 1,
      name: taskTitle(task),
      short: [task.name, Object.values(task.parameters).map(jsonText).join(", ")]
        .filter((text) => text !== "")
        .join(" "),
      status: task.status,
      bars,
      waits: waitsOf(task, bars),
      isExpanded: isExpandable ? isExpanded : null,
    });
    if (isExpandable && isExpanded) {
      for (const bar of bars) {
        const attemptRow = bars.length > 1 ? rowOfAttempt(bar, options) : null;
        if (attemptRow !== null) {
          rows.push({ ...common, ...attemptRow });
        }
        if (attemptRow === null || attemptRow.isExpanded) {
          const inner = innerOf(bar.attempt, bar, options.leastMs);
          hidden += inner.hidden;
          rows.push(
            ...inner.shown.map((item) => ({ ...common, ...rowOfInner(item, bar, attemptRow === null ? 1 : 2) })),
          );
        }
      }
    }
  });
  return { rows, hidden };
}

/** Keys of all rows that hold others. */
export function expandableKeys(run: RunDocument): string[] {
  return run.tasks.flatMap((task, at) => [
    `task ${at}`,
    ...task.attempts.map((_, number) => `attempt task ${at} ${number}`),
  ]);
}

/** Those that never began come last. */
function tasksByStart(tasks: TaskDocument[], nowMs: number): { task: TaskDocument; at: number }[] {
  return tasks
    .map((task, at) => ({ task, at, start: taskStart(task, nowMs) ?? Number.POSITIVE_INFINITY }))
    .sort((one, other) => (one.start === other.start ? one.at - other.at : one.start - other.start));
}

function barsOf(task: TaskDocument, key: string, nowMs: number): Bar[] {
  const bars: Bar[] = [];
  let since = task.start_ms;
  for (const [at, attempt] of task.attempts.entries()) {
    const interval = attemptInterval(attempt, nowMs);
    if (interval !== null) {
      bars.push({
        ...interval,
        key: `${key} ${at}`,
        status: attempt.status,
        task,
        attempt,
        waited_s: since === null ? null : Math.max(0, (interval.start - since) / 1000),
        inner: null,
        isSkewed: isSkewed(task, attempt),
      });
      since = interval.end;
    }
  }
  return bars;
}

/** More than clocks that are kept by NTP differ. */
const TOLERANCE_MS = 20;

function isSkewed(task: TaskDocument, attempt: AttemptDocument): boolean {
  const before = (one: number | null, other: number | null) =>
    one !== null && other !== null && one < other - TOLERANCE_MS;
  return (
    before(attempt.start_ms, task.start_ms) ||
    before(task.end_ms, attempt.end_ms) ||
    before(attempt.end_ms, attempt.start_ms)
  );
}

function waitsOf(task: TaskDocument, bars: Bar[]): Extent[] {
  let since = task.start_ms ?? Number.POSITIVE_INFINITY;
  return bars.flatMap(({ start, end }) => {
    const wait = { start: since, end: start };
    since = end;
    return wait.start < wait.end ? [wait] : [];
  });
}

function hasInner(bar: Bar): boolean {
  return bar.attempt.cells.length > 0 || bar.attempt.spans.length > 0;
}

function rowOfAttempt(bar: Bar, { expanded }: RowOptions): Omit<Row, "task" | "isCritical"> {
  return {
    key: `attempt ${bar.key}`,
    kind: "attempt",
    level: 2,
    name: `attempt ${bar.attempt.number}`,
    short: `attempt ${bar.attempt.number}`,
    status: bar.status,
    bars: [bar],
    waits: [],
    isExpanded: hasInner(bar) ? expanded.has(`attempt ${bar.key}`) : null,
  };
}

function rowOfInner(inner: Inner, bar: Bar, above: number): Omit<Row, "task" | "isCritical"> {
  const key = `${bar.key} ${inner.key}`;
  const { start, end, open, last, status } = inner;
  return {
    key,
    kind: "inner",
    level: above + inner.level,
    name: inner.name,
    short: inner.name,
    status,
    bars: [{ ...bar, start, end, open, last, status, key, inner, waited_s: null, isSkewed: false }],
    waits: [],
    isExpanded: null,
  };
}
