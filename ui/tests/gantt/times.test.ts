import { describe, expect, it } from "vitest";
import { criticalPath } from "../../src/gantt/criticalPath";
import { attemptInterval, runExtent, taskEnd } from "../../src/gantt/times";
import { attempt, task } from "../graph/fixtures";
import { run } from "./fixtures";

const NOW = 50_000;

describe("from when to when an attempt ran", () => {
  it("is what its run log says", () => {
    expect(attemptInterval(attempt(1, { start_ms: 10, end_ms: 30 }), NOW)).toEqual({
      start: 10,
      end: 30,
      open: null,
      last: null,
    });
  });

  it("reaches to now while it runs", () => {
    expect(attemptInterval(attempt(1, { status: "running", end_ms: null }), NOW)).toMatchObject({
      end: NOW,
      open: "running",
    });
  });

  it("ends with the last thing known where it was interrupted", () => {
    const interrupted = attempt(1, {
      status: "interrupted",
      end_ms: null,
      cells: [{ index: 2, line: null, failed: false, start_ms: 1_500, end_ms: null }],
      outputs: [{ stream: "stdout", text: "epoch 3", time_ms: 4_000, cell: 2, dropped_bytes: 0 }],
    });
    expect(attemptInterval(interrupted, NOW)).toEqual({
      start: 1_000,
      end: 4_000,
      open: "interrupted",
      last: "an output",
    });
    expect(attemptInterval(attempt(1, { status: "interrupted", end_ms: null }), NOW)).toMatchObject({
      end: 1_000,
      last: "its start",
    });
  });

  it("never ends before it starts, whatever the clocks say", () => {
    expect(attemptInterval(attempt(1, { start_ms: 100, end_ms: 40 }), NOW)).toMatchObject({ start: 100, end: 100 });
  });

  it("is nothing where nothing is known", () => {
    expect(attemptInterval(attempt(1, { start_ms: null, end_ms: null }), NOW)).toBeNull();
  });
});

describe("the extent of a run", () => {
  it("holds what other machines' clocks put outside of it", () => {
    const tasks = [task("a", [], { attempts: [attempt(1, { start_ms: -500, end_ms: 99_000 })] })];
    expect(runExtent(run(tasks, { start_ms: 0, end_ms: 10_000 }), NOW)).toEqual({ start: -500, end: 99_000 });
  });

  it("is never empty", () => {
    expect(runExtent(run([], { start_ms: null, end_ms: null }), NOW)).toEqual({ start: NOW, end: NOW + 1 });
    expect(runExtent(run([], { start_ms: 7, end_ms: 7 }), NOW)).toEqual({ start: 7, end: 8 });
  });

  it("reaches to now while the run goes on", () => {
    expect(runExtent(run([task("a")], { end_ms: null, status: "running" }), NOW).end).toBe(NOW);
  });
});

describe("the critical path", () => {
  const timed = (id: string, needs: string[], start: number, end: number) =>
    task(id, needs, { start_ms: start, end_ms: end, attempts: [attempt(1, { start_ms: start, end_ms: end })] });

  it("is the chain of needs that determined the end", () => {
    const tasks = [
      timed("ingest", [], 0, 10),
      timed("eda", ["ingest"], 10, 25),
      timed("split", ["ingest"], 10, 20),
      timed("train-1", ["split"], 20, 30),
      timed("train-2", ["split"], 20, 60),
      timed("summary", ["train-1", "train-2"], 60, 70),
    ];
    expect(criticalPath(run(tasks), NOW)).toEqual(["ingest", "split", "train-2", "summary"]);
  });

  it("ends with the last task that ran, not with those skipped after it", () => {
    const tasks = [
      timed("a", [], 0, 10),
      timed("b", ["a"], 10, 90),
      task("c", ["b"], { status: "skip", start_ms: 95, end_ms: 95, attempts: [] }),
    ];
    expect(criticalPath(run(tasks), NOW)).toEqual(["a", "b"]);
  });

  it("goes through what still runs", () => {
    const running = task("b", ["a"], {
      end_ms: null,
      status: "running",
      attempts: [attempt(1, { start_ms: 10, end_ms: null, status: "running" })],
    });
    expect(taskEnd(running, NOW)).toBe(NOW);
    expect(criticalPath(run([timed("a", [], 0, 10), running, timed("c", ["a"], 10, 400)]), NOW)).toEqual(["a", "b"]);
  });

  it("comes to an end in circles, and where needs are unknown", () => {
    const tasks = [timed("a", ["b", "gone"], 0, 10), timed("b", ["a"], 0, 20)];
    expect(criticalPath(run(tasks), NOW)).toEqual(["a", "b"]);
    expect(criticalPath(run([]), NOW)).toEqual([]);
  });
});
