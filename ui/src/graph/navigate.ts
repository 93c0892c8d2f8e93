/** Where an arrow key leads from a node. */

import type { FoldedGraph } from "./fold";
import type { Direction, GraphLayout, Point, Size } from "./shape";

const ARROWS: Record<string, Point> = {
  ArrowRight: { x: 1, y: 0 },
  ArrowLeft: { x: -1, y: 0 },
  ArrowDown: { x: 0, y: 1 },
  ArrowUp: { x: 0, y: -1 },
};

/**
 * The node that `key` leads to: along the direction of the graph the nearest one that an edge leads to, else the nearest
 * one that way. Null where the key means nothing, or nothing is there.
 */
export function nextNode(
  at: number,
  key: string,
  graph: FoldedGraph,
  layout: GraphLayout,
  sizes: Size[],
  direction: Direction,
): number | null {
  if (key === "Home" || key === "End") {
    return graph.nodes.length === 0 ? null : key === "Home" ? 0 : graph.nodes.length - 1;
  }
  const arrow = ARROWS[key];
  if (arrow === undefined) {
    return null;
  }
  const centre = (node: number): Point => ({
    x: (layout.nodes[node]?.x ?? 0) + (sizes[node]?.width ?? 0) / 2,
    y: (layout.nodes[node]?.y ?? 0) + (sizes[node]?.height ?? 0) / 2,
  });
  const along = direction === "right" ? arrow.x : arrow.y;
  const linked = along === 0 ? [] : neighbours(at, along > 0, graph);
  const candidates = linked.length > 0 ? linked : graph.nodes.map((_, node) => node).filter((node) => node !== at);
  const here = centre(at);
  let [best, least] = [null as number | null, Number.POSITIVE_INFINITY];
  for (const node of candidates) {
    const there = centre(node);
    const ahead = (there.x - here.x) * arrow.x + (there.y - here.y) * arrow.y;
    const aside = Math.abs((there.x - here.x) * arrow.y) + Math.abs((there.y - here.y) * arrow.x);
    const distance = ahead + 2.5 * aside;
    if ((linked.length > 0 || ahead > 1) && distance < least) {
      [best, least] = [node, distance];
    }
  }
  return best;
}

function neighbours(at: number, forward: boolean, graph: FoldedGraph): number[] {
  return graph.edges.flatMap(([from, to]) => {
    if (forward) {
      return from === at ? [to] : [];
    }
    return to === at ? [from] : [];
  });
}
