import { describe, expect, test } from "vitest";
import { layoutOf, nearestPoint } from "../../src/charts/draw/history";
import { wordOf } from "../../src/charts/draw/Marks";
import { smoothed } from "../../src/charts/draw/smoothing";
import type { HistoryPoint, MetricHistoryProps } from "../../src/charts/props";

function point(x: number, value: HistoryPoint["value"], kind: HistoryPoint["kind"] = "main"): HistoryPoint {
  return { runId: `r${x}`, x, value, kind, status: "success", label: "", timeMs: x, tick: `c${x}`, flag: null };
}

function layout(points: HistoryPoint[], facts: Partial<MetricHistoryProps> = {}) {
  const props = { name: "m", points, band: [], xAxis: "commit" as const, yLog: false, onSelect: () => {}, ...facts };
  return layoutOf(props, 800, 300);
}

/** How many strokes a path has. */
function strokes(path: string): number {
  return path.split("M").length - 1;
}

describe("the line of main", () => {
  test("is interrupted where a run has no value, or one that has no height", () => {
    expect(strokes(layout([point(0, 1), point(1, 2), point(2, 3)]).line)).toBe(1);
    expect(strokes(layout([point(0, 1), point(1, null), point(2, 3)]).line)).toBe(2);
    expect(strokes(layout([point(0, 1), point(1, "NaN"), point(2, 3)]).line)).toBe(2);
  });

  test("passes over the runs of pull requests", () => {
    const { line, drawn } = layout([point(0, 1), point(1, 9, "pull_request"), point(2, 3)]);
    expect(line.split(/[ML]/)).toHaveLength(3);
    expect(drawn).toHaveLength(3);
  });
});

describe("values without a height", () => {
  test("stand at an edge, and do not stretch the scale", () => {
    const { drawn, frame, yScale } = layout([point(0, 1), point(1, "NaN"), point(2, "Infinity"), point(3, 2)]);
    expect(drawn.map(({ edge }) => edge)).toEqual([null, "NaN", "Infinity", null]);
    expect(drawn[1]?.y).toBeGreaterThan(frame.bottom - 10);
    expect(drawn[2]?.y).toBe(frame.top);
    expect(yScale.ticks.at(-1)?.value).toBeLessThan(3);
  });

  test("are those of 0 and less on a log scale, and are counted", () => {
    const { drawn, notShown } = layout([point(0, 1), point(1, 0), point(2, -5), point(3, 100)], { yLog: true });
    expect(notShown).toBe(2);
    expect(drawn.map(({ edge }) => edge)).toEqual([null, "0", "-5", null]);
    expect(drawn.every(({ y }) => Number.isFinite(y))).toBe(true);
  });
});

describe("the band", () => {
  const band = (x: number) => ({ x, low: 0.9, middle: 1, high: 1.1 });

  test("is one area where every run of main has one", () => {
    expect(strokes(layout([point(0, 1), point(1, 1)], { band: [band(0), band(1)] }).band)).toBe(1);
  });

  test("is interrupted where it is too early to say, as after a step", () => {
    const points = [0, 1, 2, 3].map((x) => point(x, 1));
    expect(strokes(layout(points, { band: [band(0), band(3)] }).band)).toBe(2);
  });

  test("may reach below 0 on a log scale", () => {
    const path = layout([point(0, 1), point(1, 10)], { yLog: true, band: [{ ...band(0), low: -1 }, band(1)] }).band;
    expect(path).not.toMatch(/NaN|Infinity/);
  });
});

test("nothing at all can be drawn", () => {
  expect(layout([]).drawn).toEqual([]);
  expect(layout([point(0, null)]).line).toBe("");
});

test("the point under the pointer is the nearest", () => {
  const places = [
    { x: 0, y: 0 },
    { x: 50, y: 100 },
    { x: 52, y: 0 },
  ];
  expect(nearestPoint(places, 49, 90)).toBe(1);
  expect(nearestPoint(places, 49, 5)).toBe(2);
  expect(nearestPoint([], 0, 0)).toBe(-1);
});

test("a flag is said in its first word", () => {
  expect(wordOf("regression: 0.91, main 0.95")).toBe("regression");
  expect(wordOf("x".repeat(100))).toHaveLength(24);
});

describe("smoothing", () => {
  test("keeps gaps and does not begin at 0", () => {
    expect(smoothed([10, 10, null, 10], 0.9).map((value) => (value === null ? null : Math.round(value)))).toEqual([
      10,
      10,
      null,
      10,
    ]);
  });

  test("follows slowly, and not at all without a weight", () => {
    expect(smoothed([0, 1], 0.5)[1]).toBeCloseTo(2 / 3);
    expect(smoothed([0, 1, 5], 0)).toEqual([0, 1, 5]);
    expect(smoothed([1, Number.NaN, 1], 0.9)[2]).toBeCloseTo(1);
  });
});
