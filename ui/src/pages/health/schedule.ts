/** Whether the pipeline still runs by itself: GitHub switches schedules off, and says so to nobody who looks here. */

import type { Row } from "../../data/rows";

export const DAY_MS = 86_400_000;

const LATE_MS = 2 * DAY_MS;
const DAILY_MS = 1.5 * DAY_MS;
const LOOKED_AT = 8;
const FEWEST = 3;

export interface Schedule {
  newest: Row;
  startMs: number;
  /** Daily until then, and not since. */
  isLate: boolean;
}

/** Of runs that a schedule started, in any order; null where there are none. */
export function scheduleOf(rows: readonly Row[], nowMs: number): Schedule | null {
  const runs = rows
    .flatMap((row) => (row.trigger === "schedule" && row.startMs !== null ? [{ row, startMs: row.startMs }] : []))
    .sort((one, other) => other.startMs - one.startMs)
    .slice(0, LOOKED_AT);
  const newest = runs[0];
  if (newest === undefined) {
    return null;
  }
  const gaps = runs.slice(1).map(({ startMs }, at) => (runs[at]?.startMs ?? 0) - startMs);
  gaps.sort((one, other) => one - other);
  const usual = gaps[Math.floor(gaps.length / 2)] ?? Number.POSITIVE_INFINITY;
  const isLate = runs.length >= FEWEST && usual <= DAILY_MS && nowMs - newest.startMs > LATE_MS;
  return { newest: newest.row, startMs: newest.startMs, isLate };
}
