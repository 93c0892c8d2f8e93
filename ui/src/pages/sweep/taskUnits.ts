/** Tasks of one run that have the same name, as units of a sweep: often one run trains many models. */

import type { RunDocument, TaskDocument } from "../../data/contract";
import { numberOf } from "../../parts/format";
import { ranS } from "../../parts/taskTimes";
import { links } from "../../routing/links";
import { type Axis, axisValue, metricLabels, type Unit } from "./axes";

export interface TaskUnit extends Unit {
  task: TaskDocument;
  /** By name, the tasks that belong to this one alone of its kind: the benchmark of a model, say. */
  related: Map<string, TaskDocument>;
}

/** Names that several tasks of the run have, and how many. */
export function repeatedNames(run: RunDocument): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { name } of run.tasks) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return new Map([...counts].filter(([, count]) => count > 1));
}

export function taskUnits(run: RunDocument, name: string): TaskUnit[] {
  const tasks = run.tasks.filter((task) => task.name === name);
  const families = tasks.map((task) => family(run, task));
  const owners = new Map<string, number>();
  for (const id of families.flatMap((ids) => [...ids])) {
    owners.set(id, (owners.get(id) ?? 0) + 1);
  }
  return tasks.map((task, at) => ({
    task,
    related: relatedOf(run, task, families[at] ?? new Set(), owners),
    id: task.id,
    label: task.id,
    status: task.status,
    href: links.task(run.run_id, task.id),
  }));
}

export function taskAxes(units: TaskUnit[]): Axis<TaskUnit>[] {
  const parameters = new Set(units.flatMap(({ task }) => Object.keys(task.parameters)));
  const metrics = metricsOf(units);
  const labels = metricLabels(metrics);
  return [
    ...[...parameters].sort().map(
      (name): Axis<TaskUnit> => ({
        key: `parameter:${name}`,
        label: name,
        kind: "parameter",
        read: ({ task }) => {
          const value = Object.hasOwn(task.parameters, name) ? task.parameters[name] : undefined;
          return axisValue(value === undefined ? [] : [value]);
        },
      }),
    ),
    ...metrics.map(
      ({ task, name, isOwn }, at): Axis<TaskUnit> => ({
        key: isOwn ? `metric:${name}` : `metric:${task}/${name}`,
        label: labels[at] ?? name,
        kind: "metric",
        read: (unit) => lastOf(isOwn ? unit.task : unit.related.get(task), name),
      }),
    ),
    {
      key: "duration",
      label: "duration in seconds",
      kind: "other",
      read: ({ task }) => ranS(task),
    },
    { key: "attempts", label: "attempts", kind: "other", read: ({ task }) => task.attempts.length },
  ];
}

interface TaskMetric {
  /** Name of the task. */
  task: string;
  name: string;
  isOwn: boolean;
}

/** The tasks' own metrics, then those of the tasks that belong to them. */
function metricsOf(units: TaskUnit[]): TaskMetric[] {
  const found = new Map<string, TaskMetric>();
  const add = (task: TaskDocument, isOwn: boolean) => {
    for (const name of metricNames(task))
      found.set(JSON.stringify([task.name, name]), { task: task.name, name, isOwn });
  };
  for (const { task } of units) add(task, true);
  for (const { related } of units) for (const task of related.values()) add(task, false);
  return [...found.values()];
}

/** Names that end in a number come last: they are parts of what stands before. */
function metricNames(task: TaskDocument): string[] {
  const names = (task.attempts.at(-1)?.metrics ?? []).map(({ name }) => name);
  return names.sort((one, other) => Number(/\d$/.test(one)) - Number(/\d$/.test(other)));
}

function lastOf(task: TaskDocument | undefined, name: string): number | null {
  const metric = task?.attempts.at(-1)?.metrics.find((one) => one.name === name);
  return metric === undefined ? null : numberOf(metric.last);
}

/** All that the task needs, and all that needs it, over any number of steps. */
function family(run: RunDocument, task: TaskDocument): Set<string> {
  const needs = new Map(run.tasks.map(({ id, needs }) => [id, needs]));
  const neededBy = new Map<string, string[]>();
  for (const other of run.tasks) {
    for (const id of other.needs) neededBy.set(id, [...(neededBy.get(id) ?? []), other.id]);
  }
  return new Set([...reached(task.id, needs), ...reached(task.id, neededBy)]);
}

function reached(from: string, steps: Map<string, string[]>): Set<string> {
  const found = new Set<string>();
  const open = [from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const next of steps.get(id) ?? []) {
      if (!found.has(next)) {
        found.add(next);
        open.push(next);
      }
    }
  }
  return found;
}

function relatedOf(run: RunDocument, task: TaskDocument, ids: Set<string>, owners: Map<string, number>) {
  const related = new Map<string, TaskDocument>();
  for (const other of run.tasks) {
    if (other.name !== task.name && ids.has(other.id) && owners.get(other.id) === 1 && !related.has(other.name)) {
      related.set(other.name, other);
    }
  }
  return related;
}
