/** Folding: tasks of the same name at the same place of the graph become one node, `train-model ×3`. */

import type { Status } from "../data/contract";
import type { TaskGraph } from "./taskGraph";

export interface Group {
  /** Stays the same while the graph does: what people folded and unfolded is remembered by it. */
  key: string;
  name: string;
  /** Positions in `tasks`, at least two. */
  members: number[];
}

export interface FoldedNode {
  key: string;
  /** Position of the task in `tasks`; null for a folded group. */
  task: number | null;
  group: Group | null;
}

export interface FoldedGraph {
  /** Each after all that it needs. */
  nodes: FoldedNode[];
  edges: [from: number, to: number][];
}

/** Rounds of telling tasks apart by their neighbours; a graph needs no more than it is deep. */
const MOST_ROUNDS = 40;

/**
 * Tasks of the same name with the same kinds of tasks before and after them. Kinds are refined until they no longer
 * differ in their neighbours' kinds, so that in train × k → benchmark × k both become a group. Tasks of one kind are
 * equally deep: folding makes no circle.
 */
export function groupsOf(graph: TaskGraph): Group[] {
  let kinds = numbered(graph.tasks.map((task, at) => `${graph.depth[at]} ${task.name}`));
  for (let round = 0, count = distinct(kinds); round < MOST_ROUNDS; round += 1) {
    kinds = numbered(
      kinds.map((kind, at) => `${kind}|${setText(graph.before[at], kinds)}|${setText(graph.after[at], kinds)}`),
    );
    const refined = distinct(kinds);
    if (refined === count) {
      break;
    }
    count = refined;
  }
  return collect(graph, kinds, "group", (at) => graph.tasks[at]?.name ?? "");
}

/** For graphs of too many kinds: all tasks that are equally deep are one group. */
export function groupsByDepth(graph: TaskGraph): Group[] {
  return collect(graph, graph.depth, "step", (at) => `step ${(graph.depth[at] ?? 0) + 1}`);
}

function setText(neighbours: number[] | undefined, kinds: number[]): string {
  const found = new Set((neighbours ?? []).map((at) => kinds[at] ?? 0));
  return [...found].sort((one, other) => one - other).join(" ");
}

function numbered(keys: string[]): number[] {
  const numbers = new Map<string, number>();
  return keys.map((key) => {
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  });
}

function distinct(values: number[]): number {
  return new Set(values).size;
}

function collect(graph: TaskGraph, kinds: number[], prefix: string, nameOf: (at: number) => string): Group[] {
  const byKind = new Map<number, number[]>();
  for (const at of graph.order) {
    const kind = kinds[at] ?? 0;
    const members = byKind.get(kind) ?? [];
    members.push(at);
    byKind.set(kind, members);
  }
  return [...byKind.values()]
    .filter((members) => members.length > 1)
    .map((members) => {
      const first = members[0] as number;
      return { key: `${prefix} ${graph.tasks[first]?.id ?? first}`, name: nameOf(first), members };
    });
}

/** The graph with each group for which `isFolded` as one node. */
export function foldGraph(graph: TaskGraph, groups: Group[], isFolded: (group: Group) => boolean): FoldedGraph {
  const groupOf = new Map<number, Group>();
  for (const group of groups.filter(isFolded)) {
    for (const member of group.members) {
      groupOf.set(member, group);
    }
  }
  const nodes: FoldedNode[] = [];
  const nodeOf = new Map<number | Group, number>();
  for (const at of graph.order) {
    const group = groupOf.get(at) ?? null;
    if (!nodeOf.has(group ?? at)) {
      nodeOf.set(group ?? at, nodes.length);
      nodes.push(group === null ? { key: `task ${at}`, task: at, group } : { key: group.key, task: null, group });
    }
  }
  const place = (at: number) => nodeOf.get(groupOf.get(at) ?? at) ?? 0;
  const edges = new Map<string, [number, number]>();
  for (const [from, to] of graph.edges) {
    const edge: [number, number] = [place(from), place(to)];
    edges.set(edge.join(" "), edge);
  }
  return { nodes, edges: [...edges.values()] };
}

/** What needs a look first stands first. */
const URGENCY: Status[] = [
  "failure",
  "error",
  "timeout",
  "interrupted",
  "cancellation",
  "running",
  "waiting",
  "success",
  "reused",
  "skip",
];

/** The lower, the more it needs a look. A status that is not known here comes last. */
export function statusRank(status: Status): number {
  const at = URGENCY.indexOf(status);
  return at < 0 ? URGENCY.length : at;
}

/** How many members have each status, the most urgent first. */
export function statusCounts(statuses: Status[]): [status: Status, count: number][] {
  const counts = new Map<Status, number>();
  for (const status of statuses) {
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  return [...counts].sort(([one], [other]) => statusRank(one) - statusRank(other));
}
