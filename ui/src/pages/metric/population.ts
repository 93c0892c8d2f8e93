/** Runs that may be compared: those of one pipeline in one environment. Others measure something else. */

import type { Row } from "../../data/rows";
import { mostFrequent } from "./mainline";

export interface Choice {
  name: string;
  runs: number;
}

export interface Population {
  pipeline: string;
  environment: string;
  rows: Row[];
  /** What else there is to choose, most runs first. */
  pipelines: Choice[];
  environments: Choice[];
}

/**
 * What the address asks for, else the pipeline and environment of the most runs that `has` lets through; of equal ones
 * that of the newest. `rows` come newest first.
 */
export function populationOf(rows: readonly Row[], query: URLSearchParams, has: (row: Row) => boolean): Population {
  const having = rows.filter(has);
  const counted = having.length > 0 ? having : rows;
  const pipelines = countsOf(counted, (row) => row.pipeline);
  const pipeline = query.get("pipeline") ?? mostFrequent(pipelines) ?? "";
  const environments = countsOf(
    counted.filter((row) => row.pipeline === pipeline),
    (row) => row.environment,
  );
  const environment = query.get("environment") ?? mostFrequent(environments) ?? "";
  return {
    pipeline,
    environment,
    rows: rows.filter((row) => row.pipeline === pipeline && row.environment === environment),
    pipelines: choicesOf(pipelines, pipeline),
    environments: choicesOf(environments, environment),
  };
}

function countsOf(rows: readonly Row[], name: (row: Row) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) {
    counts.set(name(row), (counts.get(name(row)) ?? 0) + 1);
  }
  return counts;
}

/** What is chosen is among the choices also where no run has it: an old address says so, instead of showing another. */
function choicesOf(counts: ReadonlyMap<string, number>, chosen: string): Choice[] {
  const all = new Map(counts);
  if (!all.has(chosen)) {
    all.set(chosen, 0);
  }
  return [...all].map(([name, runs]) => ({ name, runs })).sort((one, other) => other.runs - one.runs);
}
