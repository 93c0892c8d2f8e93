/** What of a graph is drawn: which groups are folded where nobody has said so, and what is too large to be drawn. */

import { type FoldedGraph, foldGraph, type Group, groupsByDepth, groupsOf } from "./fold";
import type { Direction } from "./shape";
import type { TaskGraph } from "./taskGraph";

/** A group of more members is folded until someone unfolds it. On a phone, more than two do not fit side by side. */
const MOST_UNFOLDED: Record<Direction, number> = { right: 8, down: 2 };
/** Above, a graph is folded as far as possible; people may unfold it. */
const MANY_NODES = 400;
/** Above, nothing is drawn: no one can read it, and the page would stand still. */
const MOST_NODES = 3_000;

export interface Plan {
  groups: Group[];
  isFolded: (group: Group) => boolean;
  folded: FoldedGraph;
  /** A sentence where the graph is shown otherwise than people may expect. */
  notice: string | null;
  tooLarge: boolean;
}

/** `chosen` holds what people folded (true) and unfolded (false), by the key of the group. */
export function planGraph(graph: TaskGraph, chosen: ReadonlyMap<string, boolean>, direction: Direction): Plan {
  const exact = groupsOf(graph);
  const most = MOST_UNFOLDED[direction];
  if (sizeUntouched(graph, exact, most) <= MANY_NODES) {
    return planWith(graph, exact, chosen, (group) => group.members.length > most);
  }
  if (sizeUntouched(graph, exact, 1) <= MANY_NODES) {
    const plan = planWith(graph, exact, chosen, () => true);
    return { ...plan, notice: "A large graph: all groups are folded." };
  }
  const plan = planWith(graph, groupsByDepth(graph), chosen, () => true);
  return {
    ...plan,
    notice: "A very large graph: tasks that are equally many steps from the start are folded together.",
  };
}

function planWith(
  graph: TaskGraph,
  groups: Group[],
  chosen: ReadonlyMap<string, boolean>,
  byDefault: (group: Group) => boolean,
): Plan {
  const isFolded = (group: Group) => chosen.get(group.key) ?? byDefault(group);
  const folded = foldGraph(graph, groups, isFolded);
  return { groups, isFolded, folded, notice: null, tooLarge: folded.nodes.length > MOST_NODES };
}

/** How many nodes there are when each group of more than `most` members is folded. */
function sizeUntouched(graph: TaskGraph, groups: Group[], most: number): number {
  return groups
    .filter((group) => group.members.length > most)
    .reduce((size, group) => size - group.members.length + 1, graph.tasks.length);
}
