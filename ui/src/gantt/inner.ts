/** What went on inside an attempt, as a tree: cells of a notebook, and spans that user code made. */

import type { AttemptDocument, CellDocument, SpanDocument, Status } from "../data/contract";
import type { Interval } from "./times";

export interface Inner extends Interval {
  key: string;
  name: string;
  kind: "cell" | "span";
  status: Status;
  level: number;
}

interface Item extends Omit<Inner, "level"> {
  children: Item[];
}

/** Deeper ones are drawn at this depth. */
const DEEPEST = 12;

/** Spans below `leastMs` are left out, unless they failed. */
export function innerOf(
  attempt: AttemptDocument,
  outer: Interval,
  leastMs: number,
): { shown: Inner[]; hidden: number } {
  const shown: Inner[] = [];
  let hidden = 0;
  const walk: { item: Item; level: number }[] = tree(attempt, outer)
    .map((item) => ({ item, level: 1 }))
    .reverse();
  for (let next = walk.pop(); next !== undefined; next = walk.pop()) {
    const { item, level } = next;
    const { children, ...inner } = item;
    const isShown = inner.end - inner.start >= leastMs || inner.status !== "success";
    if (isShown) {
      shown.push({ ...inner, level });
    } else {
      hidden += 1;
    }
    const below = isShown ? Math.min(level + 1, DEEPEST) : level;
    for (const child of [...children].reverse()) {
      walk.push({ item: child, level: below });
    }
  }
  return { shown, hidden };
}

function tree(attempt: AttemptDocument, outer: Interval): Item[] {
  const cells = attempt.cells.map((cell, at) => cellItem(cell, at, outer)).filter((item) => item !== null);
  const byId = new Map<string, Item>();
  const parents = new Map<Item, string>();
  for (const [at, span] of attempt.spans.entries()) {
    const item = spanItem(span, at, outer);
    if (item !== null) {
      byId.set(span.span_id, item);
      parents.set(item, span.parent_id);
    }
  }
  const roots = [...cells];
  for (const [item, parentId] of parents) {
    const parent = byId.get(parentId);
    if (parent !== undefined && !leadsTo(item, parent, parents, byId)) {
      parent.children.push(item);
    } else {
      // The ids of cells are not known here, but when they ran is.
      const cell = cells.find(({ start, end }) => start <= item.start && item.start <= end);
      (cell?.children ?? roots).push(item);
    }
  }
  sortByStart(roots);
  return roots;
}

/** Whether `item` is above `from`: then it cannot be put below it. */
function leadsTo(item: Item, from: Item, parents: Map<Item, string>, byId: Map<string, Item>): boolean {
  let at: Item | undefined = from;
  for (let steps = 0; at !== undefined && steps <= 100; steps += 1) {
    if (at === item) {
      return true;
    }
    at = byId.get(parents.get(at) ?? "");
  }
  return at !== undefined;
}

function sortByStart(items: Item[]): void {
  const open = [items];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    next.sort((one, other) => one.start - other.start);
    open.push(...next.map(({ children }) => children).filter((children) => children.length > 0));
  }
}

function cellItem(cell: CellDocument, at: number, outer: Interval): Item | null {
  const times = innerInterval(cell.start_ms, cell.end_ms, outer);
  const status = innerStatus(cell.failed, times);
  return times && { ...times, key: `cell ${at}`, name: `cell ${cell.index}`, kind: "cell", status, children: [] };
}

function spanItem(span: SpanDocument, at: number, outer: Interval): Item | null {
  const times = innerInterval(span.start_ms, span.end_ms, outer);
  const status = innerStatus(span.failed, times);
  return times && { ...times, key: `span ${at}`, name: span.name, kind: "span", status, children: [] };
}

/** What has no end ended with its attempt, at the latest. */
function innerInterval(start: number | null, end: number | null, outer: Interval): Interval | null {
  if (start === null || !Number.isFinite(start)) {
    return null;
  }
  return {
    start,
    end: Math.max(start, end ?? outer.end),
    open: end === null ? (outer.open ?? "interrupted") : null,
    last: null,
  };
}

function innerStatus(failed: boolean, interval: Interval | null): Status {
  return failed ? "failure" : (interval?.open ?? "success");
}
