/** All that touches dagre. */

import { Graph, layout as runDagre } from "@dagrejs/dagre";
import type { Direction, GraphLayout, GraphShape } from "./shape";

export const NODE_GAP = 20;
export const LAYER_GAP = 48;

/** The graph must have no cycle, no loop and no edge twice. */
export function dagreLayout(shape: GraphShape, direction: Direction): GraphLayout {
  const graph = new Graph();
  graph.setGraph({
    rankdir: direction === "right" ? "LR" : "TB",
    nodesep: NODE_GAP,
    edgesep: 12,
    ranksep: LAYER_GAP,
    marginx: 4,
    marginy: 4,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  shape.nodes.forEach((size, index) => {
    graph.setNode(String(index), { width: size.width, height: size.height });
  });
  for (const [from, to] of shape.edges) {
    graph.setEdge(String(from), String(to), {});
  }
  runDagre(graph);
  const whole = graph.graph();
  return {
    width: whole.width ?? 0,
    height: whole.height ?? 0,
    nodes: shape.nodes.map((size, index) => {
      const node = graph.node(String(index));
      return { x: (node.x ?? 0) - size.width / 2, y: (node.y ?? 0) - size.height / 2 };
    }),
    edges: shape.edges.map(([from, to]) => {
      const { points = [] } = graph.edge(String(from), String(to));
      return points.map(({ x, y }: { x: number; y: number }) => ({ x, y }));
    }),
  };
}
