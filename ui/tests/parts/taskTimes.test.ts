import { describe, expect, it } from "vitest";
import { ranS, shownMetrics, waitedS } from "../../src/parts/taskTimes";
import { attempt, task } from "../graph/fixtures";

describe("times of a task", () => {
  it("tells waiting from running, over all attempts", () => {
    const attempts = [attempt(1, { start_ms: 5_000, end_ms: 6_000 }), attempt(2, { start_ms: 7_000, end_ms: 9_000 })];
    const tried = task("a", [], { start_ms: 1_000, end_ms: 9_500, attempts });
    expect([waitedS(tried), ranS(tried)]).toEqual([4, 4.5]);
  });

  it("knows nothing of a task that was not tried, and no end of one that runs", () => {
    const skipped = task("a", [], { attempts: [] });
    expect([waitedS(skipped), ranS(skipped)]).toEqual([null, null]);
    const running = task("a", [], { start_ms: 0, end_ms: null, attempts: [attempt(1, { end_ms: null })] });
    expect([waitedS(running), ranS(running)]).toEqual([1, null]);
  });

  it("leaves out a node's clock that cannot be right", () => {
    for (const start_ms of [9_000, 500]) {
      const strange = task("a", [], { start_ms: 1_000, end_ms: 3_000, attempts: [attempt(1, { start_ms })] });
      expect([waitedS(strange), ranS(strange)]).toEqual([0, 2]);
    }
  });

  it("shows what a task that was taken over measured where it ran, and no time", () => {
    const loss = { name: "loss", last: 0.5, min: 0.5, max: 0.5, count: 1 };
    const reused = task("a", [], { status: "reused", attempts: [], reused_from: "r0", reused_metrics: [loss] });
    expect([waitedS(reused), ranS(reused), shownMetrics(reused)]).toEqual([null, null, [loss]]);
    expect(shownMetrics(task("a", [], { attempts: [] }))).toEqual([]);
    expect(shownMetrics(task("a", [], { attempts: [attempt(1, { metrics: [loss] })] }))).toEqual([loss]);
  });
});
