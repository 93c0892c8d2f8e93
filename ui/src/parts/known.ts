/** What runs hold that a filter may name: for suggestions. */

import type { Row } from "../data/rows";
import { metricKeys } from "../data/store";
import type { Known } from "../filter/complete";
import { jsonText } from "./format";

const MOST_ROWS = 2_000;

/** Values and names of the newest rows. */
export function knownOf(rows: Row[]): Known {
  const values = new Map<string, Set<string>>();
  const names = new Map<string, Set<string>>();
  const note = (into: Map<string, Set<string>>, key: string, text: string | null) => {
    if (text !== null && text !== "") {
      into.set(key, (into.get(key) ?? new Set()).add(text));
    }
  };
  for (const row of rows.slice(0, MOST_ROWS)) {
    note(values, "branch", row.branch);
    note(values, "environment", row.environment);
    note(values, "pipeline", row.pipeline);
    note(values, "trigger", row.trigger);
    note(values, "pr", row.pullRequest);
    note(values, "task", row.problemTask);
    for (const [name, value] of row.tags) {
      note(names, "tag", name);
      note(values, `tag.${name}`, jsonText(value));
    }
    for (const [name, several] of row.parameters) {
      note(names, "parameter", name);
      for (const value of several) note(values, `parameter.${name}`, jsonText(value));
    }
  }
  for (const { name } of metricKeys.value) note(names, "metric", name);
  return { values: listed(values), names: listed(names) };
}

function listed(sets: Map<string, Set<string>>): Map<string, string[]> {
  return new Map([...sets].map(([key, set]) => [key, [...set]]));
}
