/** Reads one metric of many runs: its column is looked up once in each chunk, not once for each run. */

import type { Num } from "../../data/contract";
import type { MetricKey, Row } from "../../data/rows";

export type Read = (row: Row) => number | null;

/** Null where the run has no such metric, NaN or infinite where it logged that. */
export function reader({ task, name }: MetricKey): Read {
  const columns = new Map<unknown, (Num | null)[]>();
  return (row) => {
    const source = row.details ?? row.chunk;
    let values = columns.get(source);
    if (values === undefined) {
      values = source.metrics.find((column) => column.task === task && column.name === name)?.values ?? [];
      columns.set(source, values);
    }
    const value = values[row.at] ?? null;
    return value === null ? null : Number(value);
  };
}

/** Every metric that one of these runs has. */
export function metricsOf(rows: readonly Row[]): MetricKey[] {
  const places = new Map<Row["chunk"] | NonNullable<Row["details"]>, number[]>();
  for (const row of rows) {
    const source = row.details ?? row.chunk;
    const known = places.get(source);
    if (known === undefined) {
      places.set(source, [row.at]);
    } else {
      known.push(row.at);
    }
  }
  const found: MetricKey[] = [];
  const seen = new Map<string, Set<string>>();
  for (const [source, at] of places) {
    for (const { task, name, values } of source.metrics) {
      const names = seen.get(task) ?? new Set();
      if (!names.has(name) && at.some((place) => (values[place] ?? null) !== null)) {
        seen.set(task, names.add(name));
        found.push({ task, name });
      }
    }
  }
  return found;
}

/** The number as the data writes it: words for what JSON does not have. */
export function numOf(value: number | null): Num | null {
  return value === null || Number.isFinite(value)
    ? value
    : Number.isNaN(value)
      ? "NaN"
      : value > 0
        ? "Infinity"
        : "-Infinity";
}

/** Oldest first; runs whose start is not recorded stand where their id does. */
export function oldestFirst(rows: readonly Row[]): Row[] {
  const started = rows.map((row, place) => ({ row, place, start: row.startMs }));
  // Given newest first, in the order of their ids: each without a start takes that of the run before it.
  let known = Number.NEGATIVE_INFINITY;
  for (const entry of started.reverse()) {
    known = entry.start ?? known;
    entry.start = known;
  }
  return started
    .sort((one, other) => (one.start as number) - (other.start as number) || other.place - one.place)
    .map(({ row }) => row);
}
