import "./window";
import { describe, expect, it } from "vitest";
import type { RunDocument, TaskDocument } from "../../src/data/contract";
import { listOf, listText } from "../../src/pages/compare/list";
import { axisValue, defaultChoice, isWithin, metricLabels, read } from "../../src/pages/sweep/axes";
import { limitsOf, limitsText } from "../../src/pages/sweep/limits";
import { taskAxes, taskUnits } from "../../src/pages/sweep/taskUnits";

function task(id: string, needs: string[], parameters = {}, metrics: Record<string, number> = {}): TaskDocument {
  return {
    id,
    name: id.split("[")[0] ?? id,
    needs,
    parameters,
    status: "success",
    start_ms: 0,
    end_ms: 5_000,
    attempts: [
      {
        start_ms: 2_000,
        metrics: Object.entries(metrics).map(([name, last]) => ({ name, last, min: last, max: last, count: 1 })),
      },
    ],
  } as unknown as TaskDocument;
}

const RUN = {
  run_id: "r",
  tasks: [
    task("split", []),
    task("train[n=1]", ["split"], { n: 1 }, { loss: 0.5 }),
    task("train[n=2]", ["split"], { n: 2 }, { loss: 0.4 }),
    task("bench[n=1]", ["train[n=1]", "split"], { n: 1 }, { auc: 0.8, loss: 0.6 }),
    task("bench[n=2]", ["train[n=2]", "split"], { n: 2 }, { auc: 0.9, loss: 0.7 }),
    task("summary", ["bench[n=1]", "bench[n=2]"], {}, { best: 0.9 }),
  ],
} as unknown as RunDocument;

describe("tasks of one run", () => {
  it("have the metrics of those that belong to them alone", () => {
    const units = taskUnits(RUN, "train");
    const axes = taskAxes(units);
    const values = new Map(axes.map((axis) => [axis.key, units.map(axis.read)]));
    expect(values.get("parameter:n")).toEqual([1, 2]);
    expect(values.get("metric:loss")).toEqual([0.5, 0.4]);
    expect(values.get("metric:bench/auc")).toEqual([0.8, 0.9]);
    expect(values.get("metric:bench/loss")).toEqual([0.6, 0.7]);
    expect(values.get("duration")).toEqual([3, 3]);
    expect(values.has("metric:summary/best")).toBe(false);
    expect(axes.map(({ label }) => label)).toContain("loss · bench");
    expect(axes.map(({ label }) => label)).toContain("auc");
  });
});

describe("axes", () => {
  it("are of numbers, or of texts in their natural order", () => {
    const axis = (values: (number | string | null)[]) =>
      read({ key: "k", label: "k", kind: "parameter", read: (at: number) => values[at] ?? null }, [0, 1, 2]);
    expect(axis([3, null, 1]).categories).toBeNull();
    expect(axis(["size 10", null, "size 9"]).categories).toEqual(["size 9", "size 10"]);
    expect(axis([10, "all", null])).toMatchObject({ values: ["10", "all", null], categories: ["10", "all"] });
  });

  it("show several values of one run as a text", () => {
    expect([axisValue([]), axisValue([7]), axisValue([7, 8]), axisValue(["a"]), axisValue([true])]).toEqual([
      null,
      7,
      "7, 8",
      "a",
      "true",
    ]);
  });

  it("begin with what varies", () => {
    const axes = (["same", "rate", "accuracy"] as const).map((key) => ({
      key,
      label: key,
      kind: key === "accuracy" ? ("metric" as const) : ("parameter" as const),
      read: (at: number) => (key === "same" ? 1 : at),
    }));
    expect(defaultChoice(axes, [0, 1])).toEqual({ x: "rate", y: "accuracy", color: null, axes: ["rate", "accuracy"] });
  });

  it("name the task only where several have such a metric", () => {
    const metrics = [
      { task: "a", name: "loss" },
      { task: "b", name: "loss" },
      { task: "b", name: "auc" },
    ];
    expect(metricLabels(metrics)).toEqual(["loss · a", "loss · b", "auc"]);
  });
});

describe("limits", () => {
  const key = "metric:train[a|b~c=50%]/x";

  it("survive the address, whatever a key is called", () => {
    const limits = new Map([
      [key, { low: -1.5, high: 2e9 }],
      ["__proto__", { low: 0, high: 0 }],
    ]);
    expect(limitsOf(limitsText(limits))).toEqual(limits);
    expect(limitsText(new Map())).toBeNull();
  });

  it("that cannot be read limit nothing", () => {
    for (const text of ["", "1~2", "2~1~k", "x~2~k", "|||", "~"]) {
      expect(limitsOf(text).size, text).toBe(0);
    }
  });

  it("keep both ends, and nothing that has no value", () => {
    const reading = { key, label: "", kind: "metric" as const, values: [1, 2, 3, null, Number.NaN], categories: null };
    const limits = new Map([[key, { low: 1, high: 2 }]]);
    expect([0, 1, 2, 3, 4].map((at) => isWithin([reading], limits, at))).toEqual([true, true, false, false, false]);
  });
});

describe("lists in addresses", () => {
  it("hold items with any character", () => {
    for (const items of [[], ["a"], ["a|b", "%7C", "%", "x,y"], ["%257C"]]) {
      expect(listOf(listText(items))).toEqual(items);
    }
  });
});
