import { describe, expect, it } from "vitest";
import { foldGraph, groupsOf, statusCounts } from "../../src/graph/fold";
import { planGraph } from "../../src/graph/plan";
import { type TaskGraph, taskGraph } from "../../src/graph/taskGraph";
import { demo, task } from "./fixtures";

const NOTHING_CHOSEN = new Map<string, boolean>();

function groupSizes(graph: TaskGraph): string[] {
  return groupsOf(graph).map((group) => `${group.name} ×${group.members.length}`);
}

function nodeNames(graph: TaskGraph, chosen = NOTHING_CHOSEN): string[] {
  return planGraph(graph, chosen, "right").folded.nodes.map((node) =>
    node.group === null
      ? (graph.tasks[node.task ?? 0]?.name ?? "")
      : `${node.group.name} ×${node.group.members.length}`,
  );
}

describe("the graph of tasks", () => {
  it("leaves out needs of unknown tasks, and says so", () => {
    const graph = taskGraph([task("a"), task("b", ["a", "gone"])]);
    expect(graph.edges).toEqual([[0, 1]]);
    expect(graph.problems).toEqual(["1 need names a task that is not in this run."]);
  });

  it("breaks circles, also a task that needs itself, and still holds every task", () => {
    const graph = taskGraph([task("a", ["c"]), task("b", ["a"]), task("c", ["b"]), task("d", ["d", "c"])]);
    expect([...graph.order].sort()).toEqual([0, 1, 2, 3]);
    expect(graph.edges).toHaveLength(3);
    expect(graph.problems[0]).toContain("2 edges are left out");
  });

  it("stands needs that are named twice, ids that occur twice and names like __proto__", () => {
    const graph = taskGraph([task("__proto__"), task("b", ["__proto__", "__proto__"]), task("b", ["constructor"])]);
    expect(graph.edges).toEqual([[0, 1]]);
    expect(graph.order).toHaveLength(3);
  });

  it("walks a chain of 20,000 tasks", () => {
    const graph = taskGraph(Array.from({ length: 20_000 }, (_, at) => task(`t${at}`, at === 0 ? [] : [`t${at - 1}`])));
    expect(graph.depth.at(-1)).toBe(19_999);
  });
});

describe("folding", () => {
  it("finds fan-outs, and chains of fan-outs", () => {
    expect(groupSizes(taskGraph(demo(3)))).toEqual(["train ×3", "benchmark ×3"]);
  });

  it("keeps apart tasks of one name at different places", () => {
    const tasks = [task("a"), task("x-1", ["a"]), task("x-2", ["a"]), task("x-3", ["a"]), task("end", ["x-3"])];
    expect(groupSizes(taskGraph(tasks))).toEqual(["x ×2"]);
  });

  it("never joins tasks of which one needs the other", () => {
    const chain = Array.from({ length: 9 }, (_, at) => task(`step-${at}`, at === 0 ? [] : [`step-${at - 1}`]));
    expect(groupSizes(taskGraph(chain))).toEqual([]);
  });

  it("makes of a fan-out of 100 equal tasks one node ×100, without anyone asking for it", () => {
    const tasks = [task("a"), ...Array.from({ length: 100 }, (_, at) => task(`work-${at}`, ["a"])), task("end")];
    const last = tasks.at(-1);
    last?.needs.push(...tasks.slice(1, -1).map(({ id }) => id));
    const graph = taskGraph(tasks);
    expect(nodeNames(graph)).toEqual(["a", "work ×100", "end"]);
    expect(planGraph(graph, NOTHING_CHOSEN, "right").folded.edges).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  it("folds a group of 9, not one of 8, unless someone chose otherwise", () => {
    expect(nodeNames(taskGraph(demo(8)))).toHaveLength(20);
    const nine = taskGraph(demo(9));
    expect(nodeNames(nine)).toEqual(["ingest", "eda", "split", "train ×9", "benchmark ×9", "summary"]);
    const train = groupsOf(nine)[0]?.key ?? "";
    expect(nodeNames(nine, new Map([[train, false]]))).toHaveLength(14);
    const eight = taskGraph(demo(8));
    expect(nodeNames(eight, new Map([[groupsOf(eight)[0]?.key ?? "", true]]))).toHaveLength(13);
  });

  it("folds three of a kind on a phone, where they do not fit side by side", () => {
    expect(planGraph(taskGraph(demo(3)), NOTHING_CHOSEN, "down").folded.nodes).toHaveLength(6);
  });

  it("keeps the order of needs, also where only some groups are folded", () => {
    const graph = taskGraph(demo(5));
    for (const group of groupsOf(graph)) {
      const folded = foldGraph(graph, groupsOf(graph), (one) => one.key === group.key);
      expect(folded.edges.every(([from, to]) => from < to)).toBe(true);
    }
  });

  it("puts what needs a look first", () => {
    expect(statusCounts(["success", "failure", "success", "skip"])).toEqual([
      ["failure", 1],
      ["success", 2],
      ["skip", 1],
    ]);
  });

  it("folds 3,000 tasks of many kinds by their depth, and says so", () => {
    const tasks = Array.from({ length: 3_000 }, (_, at) =>
      task(`t${at}x`, at < 100 ? [] : [`t${at - 100}x`, `t${at - (at % 100) - 1}x`]),
    );
    const plan = planGraph(taskGraph(tasks), NOTHING_CHOSEN, "right");
    expect(plan.folded.nodes.length).toBeLessThanOrEqual(400);
    expect(plan.notice).toContain("very large");
    expect(plan.tooLarge).toBe(false);
  });

  it("draws nothing where even that leaves too many nodes", () => {
    const chain = Array.from({ length: 4_000 }, (_, at) => task(`t${at}x`, at === 0 ? [] : [`t${at - 1}x`]));
    expect(planGraph(taskGraph(chain), NOTHING_CHOSEN, "right").tooLarge).toBe(true);
  });
});
