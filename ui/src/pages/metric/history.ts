/** The history of one metric, as the chart, the list of flags and the table show it. */

import type { BandPoint, HistoryAxis, HistoryPoint } from "../../charts/props";
import type { Row } from "../../data/rows";
import { mainHistory } from "../../stats/band";
import type { Level } from "../../stats/robust";
import { type Flag, flagAgainst, flagOf, flagText, USUAL_SPREADS } from "./flags";
import { kindOf, type Mainline } from "./mainline";
import { numOf, oldestFirst, type Read } from "./reader";

/** One run, before it has a place on an axis. */
export interface Entry {
  row: Row;
  kind: HistoryPoint["kind"];
  value: number | null;
  /** What main's values were when it ran; null before there were enough. */
  level: Level | null;
  flag: Flag | null;
}

export interface History {
  /** Oldest first: every run of main, and the others that have the metric. */
  entries: Entry[];
  /** Newest first. */
  flags: Flag[];
  /** Main's level after its last run. */
  level: Level | null;
}

export function historyOf(rows: readonly Row[], name: string, read: Read, mainline: Mainline): History {
  const entries = oldestFirst(rows)
    .map((row): Entry => ({ row, kind: kindOf(row, mainline), value: read(row), level: null, flag: null }))
    .filter(({ kind, value }) => kind === "main" || value !== null);
  const main = entries.filter(({ kind }) => kind === "main");
  const { levels, findings } = mainHistory(main.map(({ value }) => value));
  for (const [at, entry] of main.entries()) {
    entry.level = levels[at] ?? null;
  }
  for (const finding of findings) {
    const entry = main[finding.at];
    if (entry !== undefined) {
      entry.flag = flagOf(finding, entry.row, name);
    }
  }
  let level: Level | null = null;
  for (const entry of entries) {
    if (entry.kind === "main") {
      level = entry.level ?? level;
    } else {
      entry.level = level;
      entry.flag = level === null || entry.value === null ? null : flagAgainst(level, entry.value, entry.row, name);
    }
  }
  return { entries, flags: entries.flatMap(({ flag }) => flag ?? []).reverse(), level };
}

export interface Placed {
  points: HistoryPoint[];
  band: BandPoint[];
  /** How many runs with a value have no place on this axis. */
  without: number;
}

/** The history on an axis of time, of commits, or of pull requests. */
export function placed(history: History, axis: HistoryAxis): Placed {
  const entries = history.entries.filter(({ kind }) => axis !== "pull_request" || kind === "pull_request");
  const places = placesOf(entries, axis);
  const points: HistoryPoint[] = [];
  const band = new Map<number, BandPoint>();
  let without = 0;
  for (const entry of entries) {
    const tick = tickOf(entry.row, axis);
    const x = axis === "time" ? entry.row.startMs : (places.get(tick) ?? null);
    if (x === null) {
      without += entry.value === null ? 0 : 1;
      continue;
    }
    points.push(pointOf(entry, x, axis === "time" ? "" : tick));
    if (entry.level !== null && (entry.kind === "main" || axis === "pull_request")) {
      band.set(x, bandOf(entry.level, x));
    }
  }
  return { points: withoutFalseGaps(points), band: [...band.values()].sort((one, other) => one.x - other.x), without };
}

function tickOf(row: Row, axis: HistoryAxis): string {
  return axis === "pull_request" ? `PR ${row.pullRequest}` : (row.commit ?? "").slice(0, 7);
}

/** Commits in the order of their first run, pull requests in that of their numbers. */
function placesOf(entries: readonly Entry[], axis: HistoryAxis): Map<string, number> {
  const ticks = [...new Set(entries.map(({ row }) => tickOf(row, axis)))];
  const sorted = axis === "pull_request" ? ticks.sort(new Intl.Collator("en", { numeric: true }).compare) : ticks;
  return new Map(sorted.filter((tick) => tick !== "").map((tick, place) => [tick, place]));
}

function pointOf({ row, kind, value, flag }: Entry, x: number, tick: string): HistoryPoint {
  return {
    runId: row.runId,
    x,
    value: numOf(value),
    kind,
    status: row.status,
    label: pointLabel(row),
    timeMs: row.startMs,
    tick,
    flag: flag === null ? null : flagText(flag),
  };
}

/** `main at 3f2ab91`, `PR 12 at 77ce021`. */
function pointLabel(row: Row): string {
  const what = row.pullRequest !== null ? `PR ${row.pullRequest}` : (row.branch ?? "run");
  const commit = row.commit === null ? row.runId : `${row.commit.slice(0, 7)}${row.dirty ? " with changes" : ""}`;
  return `${what} at ${commit}`;
}

function bandOf({ centre, spread }: Level, x: number): BandPoint {
  return { x, low: centre - USUAL_SPREADS * spread, middle: centre, high: centre + USUAL_SPREADS * spread };
}

/** A commit that was run twice has a gap only where neither run has the metric. */
function withoutFalseGaps(points: HistoryPoint[]): HistoryPoint[] {
  const known = new Set(points.filter(({ value, kind }) => value !== null && kind === "main").map(({ x }) => x));
  return points.filter(({ value, x }) => value !== null || !known.has(x)).sort((one, other) => one.x - other.x);
}
