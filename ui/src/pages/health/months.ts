/** How many runs each pipeline had in each month. */

import type { Row } from "../../data/rows";
import { isoText } from "../../parts/format";
import { isTrouble } from "../../parts/Status";

export interface Cell {
  runs: number;
  /** Of these, how many did not succeed. */
  troubled: number;
}

export interface Months {
  pipelines: string[];
  /** Newest first; runs without a start are in the month "unknown", which is last. */
  months: { month: string; cells: Map<string, Cell> }[];
}

export const UNKNOWN = "unknown";

/** Months in UTC, as the data's files are named. */
export function monthsOf(rows: readonly Row[]): Months {
  const months = new Map<string, Map<string, Cell>>();
  const pipelines = new Map<string, number>();
  for (const row of rows) {
    const month = row.startMs === null ? UNKNOWN : isoText(row.startMs).slice(0, 7);
    const cells = months.get(month) ?? new Map<string, Cell>();
    const cell = cells.get(row.pipeline) ?? { runs: 0, troubled: 0 };
    cells.set(row.pipeline, { runs: cell.runs + 1, troubled: cell.troubled + Number(isTrouble(row.status)) });
    months.set(month, cells);
    pipelines.set(row.pipeline, (pipelines.get(row.pipeline) ?? 0) + 1);
  }
  const order = (month: string) => (month === UNKNOWN ? "" : month);
  return {
    pipelines: [...pipelines].sort(([, one], [, other]) => other - one).map(([name]) => name),
    months: [...months]
      .map(([month, cells]) => ({ month, cells }))
      .sort((one, other) => (order(one.month) < order(other.month) ? 1 : -1)),
  };
}
