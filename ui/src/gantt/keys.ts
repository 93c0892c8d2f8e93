/** Where an arrow key leads from a bar or the name of a row. */

import type { Row } from "./rows";

export interface Spot {
  row: number;
  /** 0 is the row's name, then its bars in order. */
  item: number;
}

const PAGE_ROWS = 10;

/** Null where the key means nothing. Up and down go to the bar that lies nearest in time. */
export function nextSpot({ row, item }: Spot, key: string, rows: Row[]): Spot | null {
  const last = rows.length - 1;
  const toRow = (wanted: number): Spot => {
    const at = Math.min(last, Math.max(0, wanted));
    return {
      row: at,
      item: at === row ? item : itemAt(rows, at, item === 0 ? null : rows[row]?.bars[item - 1]?.start),
    };
  };
  switch (key) {
    case "ArrowDown":
      return toRow(row + 1);
    case "ArrowUp":
      return toRow(row - 1);
    case "PageDown":
      return toRow(row + PAGE_ROWS);
    case "PageUp":
      return toRow(row - PAGE_ROWS);
    case "Home":
      return toRow(0);
    case "End":
      return toRow(last);
    case "ArrowRight":
      return { row, item: Math.min(rows[row]?.bars.length ?? 0, item + 1) };
    case "ArrowLeft":
      return { row, item: Math.max(0, item - 1) };
    default:
      return null;
  }
}

function itemAt(rows: Row[], row: number, ms: number | null | undefined): number {
  const bars = rows[row]?.bars ?? [];
  if (ms === null || ms === undefined || bars.length === 0) {
    return 0;
  }
  let best = 0;
  bars.forEach((bar, at) => {
    if (Math.abs(bar.start - ms) < Math.abs((bars[best]?.start ?? 0) - ms)) {
      best = at;
    }
  });
  return best + 1;
}
