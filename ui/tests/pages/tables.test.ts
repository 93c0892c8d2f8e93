import { describe, expect, it } from "vitest";
import type { IndexChunk } from "../../src/data/contract";
import { rowsOf } from "../../src/data/rows";
import { parseCsv } from "../../src/pages/task/parseCsv";

const one = <T>(value: T) => ({ values: [value], at: [0, 0, 0] });

const CHUNK: IndexChunk = {
  run_id: ["a", "b", "c"],
  base_ms: 1_000,
  start: [0, null, 20],
  duration_s: [3, null, 1],
  status: { values: ["success", "failure"], at: [0, 1, 0] },
  pipeline: one("digits"),
  environment: one("dev"),
  trigger: { values: ["schedule"], at: [0, -1, 0] },
  branch: one("main"),
  commit: one("0123456789ab"),
  dirty: one(false),
  pull_request: { values: [], at: [-1, -1, -1] },
  fork: { values: [], at: [-1, -1, -1] },
  tasks: one({ success: 3 }),
  problem: { values: [{ task: "train", error: "KeyError" }], at: [-1, 0, -1] },
  tags: { values: [JSON.parse('{"__proto__": "x"}')], at: [0, -1, -1] },
  parameters: one({ size: [400, 500] }),
  headlines: { values: [[["summary", "best"]]], at: [0, -1, 0] },
  metrics: [{ task: "summary", name: "best", values: [0.5, null, "NaN"] }],
};

describe("rows", () => {
  const [first, second, third] = rowsOf(CHUNK, "2026-11-0", null);

  it("read the columns", () => {
    expect(first?.startMs).toBe(1_000);
    expect(second?.startMs).toBeNull();
    expect(second?.status).toBe("failure");
    expect(second?.problemError).toBe("KeyError");
    expect(second?.trigger).toBeNull();
    expect(first?.parameters.get("size")).toEqual([400, 500]);
    expect(first?.metric("best")).toEqual([0.5]);
    expect(first?.metric("summary/best")).toEqual([0.5]);
    expect(second?.metricOf({ task: "summary", name: "best" })).toBeNull();
    expect(third?.metricOf({ task: "summary", name: "best" })).toBeNaN();
  });

  it("keep the keys of strangers apart from those of JavaScript", () => {
    expect([...(first?.tags ?? [])]).toEqual([["__proto__", "x"]]);
    expect(first?.tags.get("constructor")).toBeUndefined();
  });
});

describe("parseCsv", () => {
  it("reads quotes, separators and line ends", () => {
    expect(parseCsv('a,b\r\n"x, ""y""","z\nw"\n', ",")).toEqual([
      ["a", "b"],
      ['x, "y"', "z\nw"],
    ]);
  });

  it("takes damaged text as it stands", () => {
    expect(parseCsv('a,"b', ",")).toEqual([["a", "b"]]);
    expect(parseCsv("", ",")).toEqual([]);
    expect(parseCsv("a\tb", "\t")).toEqual([["a", "b"]]);
  });
});
