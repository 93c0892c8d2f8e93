/** Metrics by task, last tasks first: what a pipeline is for stands at its end. */

import type { MetricKey, Row } from "../../data/rows";

export interface Group {
  task: string;
  metrics: MetricKey[];
}

/** Tasks in the reverse order of the newest runs; within a task, names that end in a number (one per class and such) come last. */
export function groupsOf(metrics: readonly MetricKey[], rows: readonly Row[], find: string): Group[] {
  const wanted = find.trim().toLowerCase();
  const byTask = new Map<string, MetricKey[]>();
  for (const metric of metrics) {
    if (wanted === "" || `${metric.task} ${metric.name}`.toLowerCase().includes(wanted)) {
      const members = byTask.get(metric.task);
      if (members === undefined) {
        byTask.set(metric.task, [metric]);
      } else {
        members.push(metric);
      }
    }
  }
  const places = placesOf(rows);
  const place = (task: string) => -(places.get(task) ?? -1);
  return [...byTask]
    .map(([task, members]) => ({ task, metrics: members.sort(byName) }))
    .sort((one, other) => place(one.task) - place(other.task) || compared(one.task, other.task));
}

function placesOf(rows: readonly Row[]): Map<string, number> {
  const places = new Map<string, number>();
  const seen = new Set<string[]>();
  for (const row of rows) {
    const names = row.taskNames;
    if (!seen.has(names)) {
      seen.add(names);
      for (const name of names) {
        places.set(name, places.get(name) ?? places.size);
      }
    }
  }
  return places;
}

function byName(one: MetricKey, other: MetricKey): number {
  return Number(/\d$/.test(one.name)) - Number(/\d$/.test(other.name)) || compared(one.name, other.name);
}

const COLLATOR = new Intl.Collator("en", { numeric: true });

function compared(one: string, other: string): number {
  return COLLATOR.compare(one, other);
}
