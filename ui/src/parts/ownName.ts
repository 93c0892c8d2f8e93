/** Finds the run of GitHub whose log has an id of its own: programs print that one while they run. */

import type { Row } from "../data/rows";
import { isAttempt } from "../data/source";
import { loadRun } from "../data/store";

const OWN = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[\da-f]+$/;
/** A run takes its id before it starts. */
const NEAR_MS = 120_000;
const MOST = 10;

/** Rows that can be meant: the id holds the time at which it was made. None where these are too many to look at. */
export function likelyRows(runId: string, rows: readonly Row[]): Row[] {
  const [, ...parts] = OWN.exec(runId) ?? [];
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map(Number);
  const ms = parts.length === 0 ? Number.NaN : Date.UTC(year, month - 1, day, hour, minute, second);
  const near = rows.filter(
    (row) => isAttempt(row.runId) && row.startMs !== null && Math.abs(row.startMs - ms) < NEAR_MS,
  );
  return near.length > MOST ? [] : near;
}

/** Ids in the site of those whose run log calls itself `runId`. */
export async function isNamed(runId: string, rows: readonly Row[]): Promise<string[]> {
  const runs = await Promise.allSettled(rows.map((row) => loadRun(row.runId)));
  return runs.flatMap((run) =>
    run.status === "fulfilled" && run.value.log.run_id === runId ? [run.value.run_id] : [],
  );
}
