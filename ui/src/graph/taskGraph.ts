/** The tasks of a run as a graph that can be trusted: every edge leads to a task, and there is no cycle. */

import type { TaskDocument } from "../data/contract";
import { depths, neighboursOf, topologicalOrder } from "./layers";

export interface TaskGraph {
  tasks: TaskDocument[];
  /** From what is needed to what needs it, as positions in `tasks`. */
  edges: [from: number, to: number][];
  before: number[][];
  after: number[][];
  depth: number[];
  /** Positions in `tasks`, each after all that it needs. */
  order: number[];
  /** What a damaged run log holds and a graph cannot show, as sentences. */
  problems: string[];
}

export function taskGraph(tasks: TaskDocument[]): TaskGraph {
  const { edges, unknown } = knownEdges(tasks);
  const acyclic = withoutCycles(tasks.length, edges);
  const neighbours = neighboursOf(tasks.length, acyclic);
  const problems: string[] = [];
  if (unknown > 0) {
    problems.push(
      unknown === 1
        ? "1 need names a task that is not in this run."
        : `${unknown} needs name tasks that are not in this run.`,
    );
  }
  if (acyclic.length < edges.length) {
    const count = edges.length - acyclic.length;
    problems.push(`Tasks need each other in a circle: ${count === 1 ? "1 edge is" : `${count} edges are`} left out.`);
  }
  return {
    tasks,
    edges: acyclic,
    ...neighbours,
    depth: depths(neighbours),
    order: topologicalOrder(neighbours),
    problems,
  };
}

function knownEdges(tasks: TaskDocument[]): { edges: [number, number][]; unknown: number } {
  const position = new Map<string, number>();
  tasks.forEach((task, at) => {
    if (!position.has(task.id)) {
      position.set(task.id, at);
    }
  });
  const edges: [number, number][] = [];
  let unknown = 0;
  tasks.forEach((task, to) => {
    for (const need of new Set(task.needs)) {
      const from = position.get(need);
      if (from === undefined) {
        unknown += 1;
      } else {
        edges.push([from, to]);
      }
    }
  });
  return { edges, unknown };
}

/** Without the edges that close a circle, as a search in depth meets them. */
function withoutCycles(count: number, edges: [number, number][]): [number, number][] {
  const { after } = neighboursOf(count, edges);
  const state = new Uint8Array(count); // 0 not seen, 1 on the way, 2 done
  const closing = new Set<string>();
  for (let root = 0; root < count; root += 1) {
    const way: { node: number; next: number }[] = state[root] === 0 ? [{ node: root, next: 0 }] : [];
    state[root] = state[root] === 0 ? 1 : (state[root] as number);
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const follower = after[top.node]?.[top.next];
      top.next += 1;
      if (follower === undefined) {
        state[top.node] = 2;
        way.pop();
      } else if (state[follower] === 1) {
        closing.add(`${top.node} ${follower}`);
      } else if (state[follower] === 0) {
        state[follower] = 1;
        way.push({ node: follower, next: 0 });
      }
    }
  }
  return closing.size === 0 ? edges : edges.filter(([from, to]) => !closing.has(`${from} ${to}`));
}
