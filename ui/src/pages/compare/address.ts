/** What the address of the compare page says, and how it changes. */

import { changeQuery } from "../../routing/route";

export const MOST_RUNS = 100;

export interface Asked {
  /** The first is the base. */
  runIds: string[];
  repeated: number;
  leftOut: number;
  /** Rows that are the same everywhere, too. */
  all: boolean;
  /** Whether facts are the rows, or runs are. */
  by: "rows" | "runs";
  find: string;
  statistic: "last" | "min" | "max";
}

export function askedOf(query: URLSearchParams): Asked {
  const named = (query.get("runs") ?? "")
    .split(",")
    .map((id) => id.trim())
    .filter(Boolean);
  const different = [...new Set(named)];
  const statistic = query.get("of");
  return {
    runIds: different.slice(0, MOST_RUNS),
    repeated: named.length - different.length,
    leftOut: Math.max(0, different.length - MOST_RUNS),
    all: query.get("all") === "1",
    by: query.get("by") === "runs" ? "runs" : "rows",
    find: query.get("find") ?? "",
    statistic: statistic === "min" || statistic === "max" ? statistic : "last",
  };
}

/** Shows these runs; a step that one can go back from. */
export function showRuns(runIds: string[]): void {
  changeQuery({ runs: runIds.join(",") }, false);
}
