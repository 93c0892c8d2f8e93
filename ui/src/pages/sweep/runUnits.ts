/** Runs as units of a sweep. */

import type { MetricKey, Row } from "../../data/rows";
import { timeText } from "../../parts/format";
import { links } from "../../routing/links";
import { type Axis, axisValue, metricLabels, type Unit } from "./axes";

export interface RunUnit extends Unit {
  row: Row;
}

export function runUnits(rows: Row[]): RunUnit[] {
  return rows.map((row) => ({
    row,
    id: row.runId,
    label: `${timeText(row.startMs)} ${row.runId.slice(-6)}`,
    status: row.status,
    href: links.run(row.runId),
  }));
}

export function runAxes(rows: Row[], metrics: MetricKey[]): Axis<RunUnit>[] {
  const names = new Set<string>();
  const headlines = new Set<string>();
  const seen = new Set<string>();
  for (const row of rows) {
    // Runs of a chunk share their values: each is looked at once.
    const shared = `${row.chunkName} ${row.chunk.parameters.at[row.at]}`;
    if (!seen.has(shared)) {
      seen.add(shared);
      for (const name of row.parameters.keys()) names.add(name);
      for (const metric of row.chunk.metrics) headlines.add(keyOf(metric));
    }
  }
  const ordered = [...metrics].sort(
    (one, other) => Number(headlines.has(keyOf(other))) - Number(headlines.has(keyOf(one))),
  );
  const labels = metricLabels(ordered);
  return [
    ...[...names].sort().map(
      (name): Axis<RunUnit> => ({
        key: `parameter:${name}`,
        label: name,
        kind: "parameter",
        read: ({ row }) => axisValue(row.parameters.get(name) ?? []),
      }),
    ),
    ...ordered.map(
      (metric, at): Axis<RunUnit> => ({
        key: keyOf(metric),
        label: labels[at] ?? metric.name,
        kind: "metric",
        read: ({ row }) => row.metricOf(metric),
      }),
    ),
    { key: "duration", label: "duration in seconds", kind: "other", read: ({ row }) => row.durationS },
    { key: "branch", label: "branch", kind: "other", read: ({ row }) => row.branch },
    { key: "environment", label: "environment", kind: "other", read: ({ row }) => row.environment },
  ];
}

function keyOf({ task, name }: MetricKey): string {
  return `metric:${task}/${name}`;
}
