import { describe, expect, it } from "vitest";
import { fitted, nodeBox } from "../../src/graph/boxes";
import { edgePath } from "../../src/graph/edgePath";
import { nodeFacts } from "../../src/graph/facts";
import { layout } from "../../src/graph/layout";
import { nextNode } from "../../src/graph/navigate";
import { planGraph } from "../../src/graph/plan";
import { taskGraph } from "../../src/graph/taskGraph";
import { bounded, firstView, fitView, frameHeight, revealed, zoomed } from "../../src/graph/viewport";
import { attempt, demo, task } from "./fixtures";

const perLetter = (width: number) => (text: string) => text.length * width;
const MEASURES = { name: perLetter(8), small: perLetter(6) };

describe("what a node says", () => {
  it("is result, duration and needs, in one sentence", () => {
    const graph = taskGraph([
      task("ingest"),
      task("train-model", ["ingest"], {
        name: "train-model",
        parameters: { nr_train_images: 600 },
        end_ms: 3_100,
        attempts: [attempt(1, { status: "failure", end_ms: 1_500 }), attempt(2, { start_ms: 2_000, end_ms: 3_100 })],
      }),
    ]);
    const facts = nodeFacts({ key: "", task: 1, group: null }, graph);
    expect(facts.label).toBe("train-model nr_train_images=600, success, 2.10 s, 2 attempts, needs ingest");
    expect(facts.detail).toBe("nr_train_images=600");
  });

  it("of a folded group holds how many did what, and stands out where one failed", () => {
    const graph = taskGraph(demo(9, (at) => (at === 4 ? "failure" : "success")));
    const node = planGraph(graph, new Map(), "right").folded.nodes.find(({ group }) => group?.name === "train");
    if (node === undefined) {
      throw new Error("the group is not folded");
    }
    const facts = nodeFacts(node, graph);
    expect(facts.name).toBe("train ×9");
    expect(facts.status).toBe("failure");
    expect(facts.outcome).toBe("1 failure · 8 success");
    expect(facts.label).toContain("train, 9 tasks folded, 1 failure, 8 success");
  });
});

describe("the box of a node", () => {
  it("is as wide as its text needs, within limits, and cuts what does not fit", () => {
    const graph = taskGraph([task("short"), task("x".repeat(400))]);
    const [short, long] = [0, 1].map((at) =>
      nodeBox(nodeFacts({ key: "", task: at, group: null }, graph), MEASURES, "right"),
    );
    expect(short?.width).toBeLessThan(long?.width ?? 0);
    expect(long?.lines[0].endsWith("…")).toBe(true);
    expect(MEASURES.name(long?.lines[0] ?? "")).toBeLessThanOrEqual(long?.width ?? 0);
  });

  it("keeps the value of a parameter whose name does not fit", () => {
    const graph = taskGraph([task("train", [], { parameters: { a_parameter_with_a_long_name: 600 } })]);
    const box = nodeBox(nodeFacts({ key: "", task: 0, group: null }, graph), MEASURES, "down");
    expect(box.lines[1]).toMatch(/^a_param.*…=600$/);
  });

  it("does not cut a letter of two halves", () => {
    expect(fitted("😀😀😀😀", 50, perLetter(10))).toBe("😀😀…");
  });
});

describe("arrow keys", () => {
  const graph = planGraph(taskGraph(demo(3)), new Map(), "right").folded;
  const sizes = graph.nodes.map(() => ({ width: 140, height: 46 }));
  const placed = layout({ nodes: sizes, edges: graph.edges }, "right");
  const press = (at: number, key: string) => nextNode(at, key, graph, placed, sizes, "right");

  it("follow the edges", () => {
    const forward = press(0, "ArrowRight") ?? -1;
    expect(graph.edges).toContainEqual([0, forward]);
    const back = press(graph.nodes.length - 1, "ArrowLeft") ?? -1;
    expect(graph.edges).toContainEqual([back, graph.nodes.length - 1]);
  });

  it("reach every node from the first, and stop at the ends", () => {
    const seen = new Set([0]);
    for (const at of seen) {
      for (const key of ["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown"]) {
        const next = press(at, key);
        if (next !== null) {
          seen.add(next);
        }
      }
    }
    expect(seen.size).toBe(graph.nodes.length);
    expect(press(0, "ArrowLeft")).toBeNull();
    expect(press(3, "Home")).toBe(0);
    expect(press(3, "a")).toBeNull();
  });
});

describe("what is seen", () => {
  const drawing = { width: 2_000, height: 1_000 };
  const frame = { width: 500, height: 300 };

  it("is all of it, or a readable part with the focus in sight", () => {
    expect(fitView(drawing, frame).scale).toBeCloseTo(468 / 2_000);
    const view = firstView(drawing, frame, { x: 1_900, y: 900 });
    expect(view.scale).toBeGreaterThan(0.6);
    expect(1_900 * view.scale + view.x).toBeLessThan(500);
    expect(900 * view.scale + view.y).toBeLessThan(300);
    expect(firstView({ width: 100, height: 50 }, frame, { x: 0, y: 0 }).scale).toBe(1);
  });

  it("keeps the point under the pointer when zoomed", () => {
    const view = { scale: 0.7, x: -200, y: -150 };
    const at = { x: 250, y: 150 };
    const next = zoomed(view, at, 1.2, drawing, frame);
    expect((at.x - next.x) / next.scale).toBeCloseTo((at.x - view.x) / view.scale);
    expect((at.y - next.y) / next.scale).toBeCloseTo((at.y - view.y) / view.scale);
  });

  it("cannot be lost by dragging", () => {
    const far = bounded({ scale: 1, x: -99_999, y: 99_999 }, drawing, frame);
    expect(far.x).toBe(500 - 2_000 - 16);
    expect(far.y).toBe(16);
  });

  it("moves until a node that gets the focus is seen", () => {
    const view = { scale: 1, x: 16, y: 16 };
    const next = revealed(view, { x: 1_500, y: 700, width: 140, height: 46 }, drawing, frame);
    expect(1_500 + next.x + 140).toBeLessThanOrEqual(500);
    expect(700 + next.y + 46).toBeLessThanOrEqual(300);
  });

  it("is never a giant box", () => {
    expect(frameHeight({ width: 150, height: 46 }, 1_200, 900)).toBe(100);
    expect(frameHeight({ width: 900, height: 90_000 }, 1_200, 900)).toBeLessThanOrEqual(640);
  });
});

describe("the curve of an edge", () => {
  it("is straight in line, and bent along the direction elsewhere", () => {
    const points = [
      { x: 0, y: 0 },
      { x: 10, y: 0 },
      { x: 30, y: 20 },
    ];
    expect(edgePath(points, "right")).toBe("M0 0L10 0C20 0 20 20 30 20");
    expect(edgePath(points, "down")).toBe("M0 0L10 0C10 10 30 10 30 20");
  });
});
