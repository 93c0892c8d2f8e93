/** What a node says, in the drawing and to a screen reader. */

import type { Json, Status, TaskDocument } from "../data/contract";
import { counted, durationText, jsonText } from "../parts/format";
import { statusWord } from "../parts/Status";
import { ranS } from "../parts/taskTimes";
import { type FoldedNode, statusCounts } from "./fold";
import type { TaskGraph } from "./taskGraph";

export interface NodeFacts {
  name: string;
  /** Second line; empty for a task without parameters. */
  detail: string;
  /** Third line: result, duration, attempts. */
  outcome: string;
  /** Of a group: that of the member most in need of a look. */
  status: Status;
  /** Of a group: how many members have which status. */
  counts: [status: Status, count: number][];
  /** All in one sentence. */
  label: string;
}

/** More names than these are not read out. */
const MOST_NAMES = 6;

export function nodeFacts(node: FoldedNode, graph: TaskGraph): NodeFacts {
  return node.group === null
    ? taskFacts(node.task ?? 0, graph)
    : groupFacts(node.group.name, node.group.members, graph);
}

/** `train-model nr_train_images=600` */
export function taskTitle(task: TaskDocument): string {
  return [task.name, parametersText(task.parameters)].filter((text) => text !== "").join(" ");
}

function parametersText(parameters: { [name: string]: Json }): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${jsonText(value)}`)
    .join(", ");
}

function taskFacts(at: number, graph: TaskGraph): NodeFacts {
  const task = graph.tasks[at] as TaskDocument;
  const attempts = task.attempts.length > 1 ? counted(task.attempts.length, "attempt") : "";
  const parts = [statusWord(task.status), durationText(ranS(task)), attempts].filter((text) => text !== "");
  const needs = (graph.before[at] ?? []).map((need) => graph.tasks[need]?.name ?? "");
  return {
    name: task.name,
    detail: parametersText(task.parameters),
    outcome: parts.join(" · "),
    status: task.status,
    counts: [[task.status, 1]],
    label: [taskTitle(task), ...parts, needsText(needs)].join(", "),
  };
}

function groupFacts(groupName: string, members: number[], graph: TaskGraph): NodeFacts {
  const tasks = members.map((at) => graph.tasks[at] as TaskDocument);
  const counts = statusCounts(tasks.map((task) => task.status));
  const seconds = tasks.map(ranS).filter((value) => value !== null);
  const name = `${groupName} ×${tasks.length}`;
  const outcome = counts.map(([status, count]) => `${count} ${statusWord(status)}`);
  const range = rangeText(seconds);
  const needs = [
    ...new Set(members.flatMap((at) => graph.before[at] ?? []).map((need) => graph.tasks[need]?.name ?? "")),
  ];
  return {
    name,
    detail: valuesText(tasks),
    outcome: (outcome.length > 1 ? outcome : [...outcome, range].filter((text) => text !== "")).join(" · "),
    status: counts[0]?.[0] ?? "waiting",
    counts,
    label: [`${groupName}, ${tasks.length} tasks folded`, ...outcome, range, needsText(needs)]
      .filter((text) => text !== "")
      .join(", "),
  };
}

function needsText(names: string[]): string {
  if (names.length === 0) {
    return "needs nothing";
  }
  const more = names.length > MOST_NAMES ? [`${names.length - MOST_NAMES} more`] : [];
  return `needs ${[...names.slice(0, MOST_NAMES), ...more].join(", ")}`;
}

function rangeText(seconds: number[]): string {
  if (seconds.length === 0) {
    return "";
  }
  const [least, most] = seconds.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ] as [number, number]);
  const [from, to] = [durationText(least), durationText(most)];
  return from === to ? from : `${from} – ${to}`;
}

/** `size=400, 500, 600`: the values of each parameter, in the members' order. */
function valuesText(tasks: TaskDocument[]): string {
  const values = new Map<string, Set<string>>();
  for (const task of tasks.slice(0, 50)) {
    for (const [name, value] of Object.entries(task.parameters)) {
      values.set(name, (values.get(name) ?? new Set()).add(jsonText(value)));
    }
  }
  return [...values].map(([name, found]) => `${name}=${[...found].join(", ")}`).join("; ");
}
