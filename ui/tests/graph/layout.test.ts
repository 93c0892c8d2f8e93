import { describe, expect, it } from "vitest";
import { layout } from "../../src/graph/layout";
import { crossings } from "../../src/graph/ordering";
import type { Direction, GraphLayout, GraphShape } from "../../src/graph/shape";
import { randomEdges, randomNumbers } from "./fixtures";

function shape(count: number, edges: [number, number][], seed = 1): GraphShape {
  const random = randomNumbers(seed);
  return {
    nodes: Array.from({ length: count }, () => ({ width: 120 + 100 * random(), height: 40 + 24 * random() })),
    edges,
  };
}

function overlaps(graph: GraphShape, { nodes }: GraphLayout): string[] {
  const found: string[] = [];
  nodes.forEach((one, at) => {
    nodes.slice(at + 1).forEach((other, after) => {
      const a = graph.nodes[at];
      const b = graph.nodes[at + 1 + after];
      if (a === undefined || b === undefined) {
        throw new Error("a node without size");
      }
      const beside = one.x + a.width <= other.x || other.x + b.width <= one.x;
      const above = one.y + a.height <= other.y || other.y + b.height <= one.y;
      if (!beside && !above) {
        found.push(`${at} ${at + 1 + after}`);
      }
    });
  });
  return found;
}

/** Edges with a step back, or that do not begin and end at their nodes. */
function wrongEdges(graph: GraphShape, placed: GraphLayout, direction: Direction): number[] {
  const along = direction === "right" ? "x" : "y";
  const extent = direction === "right" ? "width" : "height";
  return graph.edges.flatMap(([from, to], number) => {
    const points = placed.edges[number] ?? [];
    const forward = points.every((point, at) => at === 0 || point[along] >= (points[at - 1]?.[along] ?? 0) - 1e-6);
    const begins = (placed.nodes[from]?.[along] ?? 0) + (graph.nodes[from]?.[extent] ?? 0);
    const joined =
      Math.abs((points[0]?.[along] ?? -1) - begins) < 1e-6 &&
      Math.abs((points.at(-1)?.[along] ?? -1) - (placed.nodes[to]?.[along] ?? 0)) < 1e-6;
    return forward && joined && points.length >= 2 ? [] : [number];
  });
}

function outside(graph: GraphShape, placed: GraphLayout): number[] {
  return placed.nodes.flatMap((point, at) => {
    const { width, height } = graph.nodes[at] ?? { width: 0, height: 0 };
    const inside =
      point.x >= -1e-6 &&
      point.y >= -1e-6 &&
      point.x + width <= placed.width + 1e-6 &&
      point.y + height <= placed.height + 1e-6;
    return inside ? [] : [at];
  });
}

describe.each<Direction>(["right", "down"])("a layout to the %s", (direction) => {
  it.each([
    ["one node", 1, 0],
    ["no edges at all", 40, 0],
    ["a few", 12, 16],
    ["many parts", 60, 20],
    ["300 nodes and 1,000 edges", 300, 1_000],
  ])("of %s: nothing overlaps, all edges go forward from node to node, all lies inside", (_, count, edges) => {
    const graph = shape(count, randomEdges(count, edges, 7));
    const placed = layout(graph, direction);
    expect(overlaps(graph, placed)).toEqual([]);
    expect(wrongEdges(graph, placed, direction)).toEqual([]);
    expect(outside(graph, placed)).toEqual([]);
  });
});

describe("a layout", () => {
  it("of nothing is empty", () => {
    expect(layout({ nodes: [], edges: [] }, "right")).toEqual({ width: 0, height: 0, nodes: [], edges: [] });
  });

  it("of a chain is one straight line", () => {
    const graph = shape(
      6,
      [0, 1, 2, 3, 4].map((at) => [at, at + 1]),
    );
    const middles = layout(graph, "right").nodes.map((point, at) => point.y + (graph.nodes[at]?.height ?? 0) / 2);
    for (const middle of middles) {
      expect(middle).toBeCloseTo(middles[0] ?? Number.NaN, 3);
    }
  });

  it("untangles two chains that begin crossed", () => {
    const graph = shape(6, [
      [0, 3],
      [1, 2],
      [2, 5],
      [3, 4],
      [0, 1],
    ]);
    const placed = layout(graph, "right");
    const points = (number: number) => placed.edges[number] ?? [];
    const above = Math.sign((points(0).at(-1)?.y ?? 0) - (points(1).at(-1)?.y ?? 0));
    expect(Math.sign((points(3).at(-1)?.y ?? 0) - (points(2).at(-1)?.y ?? 0))).toBe(above);
  });

  it("puts nodes that nothing needs near what they need, not at the far end", () => {
    const graph = shape(5, [
      [0, 1],
      [1, 2],
      [2, 3],
      [0, 4],
    ]);
    const placed = layout(graph, "right");
    expect(placed.nodes[4]?.x).toBeLessThan(placed.nodes[2]?.x ?? 0);
  });

  it("of 3,000 nodes and 10,000 edges ends, with every node in a place of its own", () => {
    const graph = shape(3_000, randomEdges(3_000, 10_000, 3));
    const placed = layout(graph, "right");
    expect(new Set(placed.nodes.map(({ x, y }) => `${x} ${y}`)).size).toBe(3_000);
    expect(wrongEdges(graph, placed, "right")).toEqual([]);
  });

  it("is the same each time", () => {
    const graph = shape(50, randomEdges(50, 90, 5));
    expect(layout(graph, "right")).toEqual(layout(graph, "right"));
  });
});

describe("crossings", () => {
  it("are counted as one would by hand", () => {
    const complete = {
      layers: [
        [0, 1],
        [2, 3],
      ],
      before: [[], [], [0, 1], [0, 1]],
      after: [[2, 3], [2, 3], [], []],
    };
    expect(crossings(complete.layers, complete)).toBe(1);
    const three = {
      layers: [
        [0, 1, 2],
        [3, 4, 5],
      ],
      before: [[], [], [], [2], [1], [0]],
      after: [[5], [4], [3], [], [], []],
    };
    expect(crossings(three.layers, three)).toBe(3);
    expect(
      crossings(
        [
          [0, 1, 2],
          [5, 4, 3],
        ],
        three,
      ),
    ).toBe(0);
  });
});
