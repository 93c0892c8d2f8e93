/** Layout of one connected graph in layers (Sugiyama's method): layers, order, coordinates, and bends of long edges. */

import { placeAcross } from "./coordinates";
import { layersOf, neighboursOf } from "./layers";
import { type Layered, orderLayers } from "./ordering";
import type { GraphLayout, GraphShape, Point } from "./shape";

export const NODE_GAP = 18;
const BEND_GAP = 10;
export const LAYER_GAP = 52;

/** Bends that one graph may have; above, the longest edges go straight, over whatever lies between. */
const MOST_BENDS = 12_000;

/** Layers from left to right. The graph has no cycle, no loop and no edge twice. */
export function layeredLayout(shape: GraphShape): GraphLayout {
  const count = shape.nodes.length;
  const layer = layersOf(neighboursOf(count, shape.edges));
  const { graph, chains, layerOf } = withBends(shape, layer);
  const layers = orderLayers(graph);
  const bend = layerOf.map((_, place) => place >= count);
  const size = layerOf.map((_, place) => shape.nodes[place]?.height ?? 0);
  const across = placeAcross(layers, graph, { size, bend, nodeGap: NODE_GAP, bendGap: BEND_GAP });
  const [start, end] = layerEdges(shape, layer, layers.length);
  const nodes = shape.nodes.map(({ width, height }, node) => {
    const at = layer[node] ?? 0;
    const room = (end[at] ?? 0) - (start[at] ?? 0) - width;
    return { x: (start[at] ?? 0) + room / 2, y: (across[node] ?? 0) - height / 2 };
  });
  const edges = shape.edges.map(([from, to], number): Point[] => {
    const bends = (chains[number] ?? []).flatMap((place) => {
      const at = layerOf[place] ?? 0;
      const y = across[place] ?? 0;
      return [
        { x: start[at] ?? 0, y },
        { x: end[at] ?? 0, y },
      ];
    });
    return [
      { x: (nodes[from]?.x ?? 0) + (shape.nodes[from]?.width ?? 0), y: across[from] ?? 0 },
      ...bends,
      { x: nodes[to]?.x ?? 0, y: across[to] ?? 0 },
    ];
  });
  const height = across.reduce((most, y, place) => Math.max(most, y + (size[place] ?? 0) / 2), 0);
  return { width: end.at(-1) ?? 0, height, nodes, edges };
}

interface Bent {
  graph: Layered;
  /** For each edge its bends, in order: places beyond the nodes. */
  chains: number[][];
  layerOf: number[];
}

/**
 * A bend in every layer that an edge passes, so that every link leads to the next layer. Edges of one node share their
 * bends: they run as one line, and part where they must.
 */
function withBends(shape: GraphShape, layer: number[]): Bent {
  const longest = longestSpan(shape, layer);
  const layerOf = [...layer];
  const graph: Layered = {
    layers: Array.from({ length: Math.max(...layer, 0) + 1 }, () => []),
    before: layer.map(() => []),
    after: layer.map(() => []),
  };
  for (const [node, at] of layer.entries()) {
    graph.layers[at]?.push(node);
  }
  // For each node, its bends in the layers that follow its own.
  const trunks: number[][] = layer.map(() => []);
  const chains = shape.edges.map(([from, to]) => {
    const start = layer[from] ?? 0;
    const span = (layer[to] ?? 0) - start;
    if (span > longest) {
      return [];
    }
    const trunk = trunks[from] ?? [];
    while (trunk.length < span - 1) {
      const place = layerOf.length;
      const last = trunk.at(-1) ?? from;
      layerOf.push(start + trunk.length + 1);
      graph.layers[start + trunk.length + 1]?.push(place);
      graph.before.push([last]);
      graph.after.push([]);
      graph.after[last]?.push(place);
      trunk.push(place);
    }
    const last = span > 1 ? (trunk[span - 2] ?? from) : from;
    graph.after[last]?.push(to);
    graph.before[to]?.push(last);
    return trunk.slice(0, span - 1);
  });
  return { graph, chains, layerOf };
}

/** The length up to which edges get bends. */
function longestSpan(shape: GraphShape, layer: number[]): number {
  const spans = shape.edges.map(([from, to]) => (layer[to] ?? 0) - (layer[from] ?? 0));
  let bends = 0;
  for (const span of spans.sort((one, other) => one - other)) {
    bends += span - 1;
    if (bends > MOST_BENDS) {
      return span - 1;
    }
  }
  return Number.POSITIVE_INFINITY;
}

function layerEdges(shape: GraphShape, layer: number[], count: number): [start: number[], end: number[]] {
  const widest = new Array<number>(count).fill(0);
  layer.forEach((at, node) => {
    widest[at] = Math.max(widest[at] ?? 0, shape.nodes[node]?.width ?? 0);
  });
  const start: number[] = [];
  const end: number[] = [];
  let x = 0;
  for (const width of widest) {
    start.push(x);
    end.push(x + width);
    x += width + LAYER_GAP;
  }
  return [start, end];
}
