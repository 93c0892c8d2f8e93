/** What a tile says of one metric: its newest value on main, beside those before it. */

import type { Row } from "../../data/rows";
import { mainHistory } from "../../stats/band";
import type { Level } from "../../stats/robust";
import { type Flag, flagOf } from "../metric/flags";
import type { Read } from "../metric/reader";

/** Of main's last runs: enough to know what is usual, and few enough for thousands of metrics. */
const LOOKED_AT = 60;
/** A change is news for so many runs. */
const NEWS = 20;

export interface Brief {
  /** Null: main has no such metric. */
  last: { row: Row; value: number } | null;
  /** Against the run with a value before it. */
  change: number | null;
  /** Oldest first; null for a run without. */
  values: (number | null)[];
  /** Whether the newest run of main is without the metric. */
  isGone: boolean;
}

/** `main` comes oldest first. */
export function briefOf(main: readonly Row[], read: Read): Brief {
  const rows = main.slice(-LOOKED_AT);
  const values = rows.map(read);
  let last: Brief["last"] = null;
  for (let at = rows.length - 1; at >= 0; at -= 1) {
    const [row, value] = [rows[at], values[at] ?? null];
    if (row === undefined || value === null) {
      continue;
    }
    if (last !== null) {
      return { last, change: last.value - value, values, isGone: values.at(-1) === null };
    }
    last = { row, value };
  }
  return { last, change: null, values, isGone: last !== null && values.at(-1) === null };
}

export interface News {
  /** What changed lately and still holds, or the newest run if it stands out; null for neither. */
  flag: Flag | null;
  level: Level | null;
}

export function newsOf(main: readonly Row[], values: readonly (number | null)[], name: string): News {
  if (new Set(values.filter((value) => value !== null)).size < 2) {
    return { flag: null, level: null };
  }
  const rows = main.slice(-values.length);
  const { findings, levels } = mainHistory(values);
  const level = levels.findLast((known) => known !== null) ?? null;
  const newest = values.findLastIndex((value) => value !== null);
  const last = findings.findLast(({ kind, at }) => kind === "step" || at === newest);
  const row = last === undefined ? undefined : rows[last.at];
  const isNews = last !== undefined && row !== undefined && values.length - last.at <= NEWS;
  return { flag: isNews ? flagOf(last, row, name) : null, level };
}
