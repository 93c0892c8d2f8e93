/** What main's values are expected to be: level and spread of the last runs, begun anew where the level changed. */

import { type Finding, findings } from "./regressions";
import { type Level, levelOf } from "./robust";

/** A month of daily runs. */
const WINDOW = 30;
const FEWEST = 5;

export interface MainHistory {
  /** For each value, the level of the values up to and with it; null where there are too few. */
  levels: (Level | null)[];
  findings: Finding[];
}

/** `values` of main in the order of the runs; null for a run without. */
export function mainHistory(values: readonly (number | null)[]): MainHistory {
  const found = findings(values);
  const steps = new Set(found.filter(({ kind }) => kind === "step").map(({ at }) => at));
  const levels: (Level | null)[] = [];
  let recent: number[] = [];
  let previous: Level | null = null;
  values.forEach((value, place) => {
    if (steps.has(place)) {
      recent = [];
    }
    if (value !== null && Number.isFinite(value)) {
      recent.push(value);
      if (recent.length > WINDOW) {
        recent.shift();
      }
      previous = recent.length >= FEWEST ? levelOf(recent) : null;
    }
    levels.push(previous);
  });
  return { levels, findings: found };
}
