/** What main's statistics say, in words. */

import type { Row } from "../../data/rows";
import { metricText, timeText } from "../../parts/format";
import { type Verdict, verdictOf } from "../../stats/direction";
import { against, type Finding } from "../../stats/regressions";
import type { Level } from "../../stats/robust";

/** So many spreads to each side hold 95 % of what is usual. */
export const USUAL_SPREADS = 2;

export interface Flag {
  row: Row;
  kind: "step" | "outlier" | "pull_request" | "other";
  verdict: Verdict;
  value: number;
  usual: string;
}

export function usualText(level: Level): string {
  if (level.spread === Number.MIN_VALUE) {
    return metricText(level.centre); // all values are 0
  }
  const [low, high] = [level.centre - USUAL_SPREADS * level.spread, level.centre + USUAL_SPREADS * level.spread];
  // Enough digits to tell both ends apart; 3 where the numbers are too large to be divided.
  const ratio = Math.log10(Math.abs(level.centre) / level.spread + 1);
  const digits = Number.isNaN(ratio) ? 3 : Math.min(10, Math.max(3, Math.ceil(ratio) + 1));
  const [from, to] = [low, high].map((end) => metricText(Number(end.toPrecision(digits))));
  return from === to ? String(from) : `${from} to ${to}`;
}

export function flagOf(finding: Finding, row: Row, name: string): Flag {
  return {
    row,
    kind: finding.kind,
    verdict: verdictOf(name, finding.direction),
    value: finding.after,
    usual: usualText(finding.before),
  };
}

/** For a run that is none of main's: a flag where its value is farther from main's than chance explains. */
export function flagAgainst(level: Level, value: number, row: Row, name: string): Flag | null {
  if (!Number.isFinite(value)) {
    return null;
  }
  const { sigmas, isFar } = against(level, value);
  return isFar
    ? {
        row,
        kind: row.pullRequest !== null ? "pull_request" : "other",
        verdict: verdictOf(name, sigmas > 0 ? "up" : "down"),
        value,
        usual: usualText(level),
      }
    : null;
}

/** `regression: 0.91, usual 0.94 to 0.96`. */
export function flagText({ verdict, value, usual }: Flag): string {
  return `${verdict}: ${metricText(value)}, usual ${usual}`;
}

/** Before the name of the run: `since run`, `in run alone` ... */
export function flagPlace({ kind, row }: Flag): string {
  return {
    step: "since the run of",
    outlier: "in one run alone, of",
    pull_request: `PR ${row.pullRequest}, in the run of`,
    other: `${row.branch ?? "no branch"}, in the run of`,
  }[kind];
}

export function runDay(row: Row): string {
  return row.startMs === null ? row.runId : timeText(row.startMs);
}
