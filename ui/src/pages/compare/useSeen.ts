/** Which rows and columns of a large table are in sight: the others need not exist. */

import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

/** From this row or column on, up to but without the last. */
export type Range = [first: number, last: number];

export interface Seen {
  rows: Range;
  columns: Range;
}

export interface Measures {
  rows: number;
  columns: number;
  rowHeight: number;
  columnWidth: number;
  /** Width of the column that stays. */
  headWidth: number;
}

const MARGIN_ROWS = 8;
const MARGIN_COLUMNS = 2;
/** So many cells draw at once within a blink. */
const FEW_CELLS = 2_500;

export function isLarge({ rows, columns }: Measures): boolean {
  return rows * columns > FEW_CELLS;
}

export function useSeen(box: RefObject<HTMLElement>, measures: Measures): Seen {
  const { rows, columns, rowHeight, columnWidth, headWidth } = measures;
  const large = isLarge(measures);
  // Before the first measuring: about a window full.
  const [seen, setSeen] = useState<Seen>({ rows: [0, 40], columns: [0, 12] });
  useLayoutEffect(() => {
    const element = box.current;
    if (!large || element === null) {
      return;
    }
    const look = () => {
      const next: Seen = {
        rows: range(element.scrollTop, element.clientHeight, rowHeight, MARGIN_ROWS),
        columns: range(element.scrollLeft, element.clientWidth - headWidth, columnWidth, MARGIN_COLUMNS),
      };
      setSeen((old) => (equal(old.rows, next.rows) && equal(old.columns, next.columns) ? old : next));
    };
    look();
    const watcher = new ResizeObserver(look);
    watcher.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      watcher.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [large, rows, columns, rowHeight, columnWidth, headWidth]);
  return large
    ? { rows: within(seen.rows, rows), columns: within(seen.columns, columns) }
    : { rows: [0, rows], columns: [0, columns] };
}

function range(offset: number, length: number, size: number, margin: number): Range {
  return [Math.max(0, Math.floor(offset / size) - margin), Math.ceil((offset + length) / size) + margin];
}

/** After a filter the table is shorter than where one had scrolled to. */
function within([first, last]: Range, count: number): Range {
  const size = last - first;
  const start = Math.max(0, Math.min(first, count - size));
  return [start, Math.min(last, count) < start ? count : Math.min(Math.max(last, start + size), count)];
}

function equal(one: Range, other: Range): boolean {
  return one[0] === other[0] && one[1] === other[1];
}
