import { describe, expect, test } from "vitest";
import { mainHistory } from "../../src/stats/band";
import { betterOf, verdictOf } from "../../src/stats/direction";
import { against, findings } from "../../src/stats/regressions";
import { levelOf, median } from "../../src/stats/robust";
import { normal, seeded } from "./random";

const SIGMA = 0.01;

/** Accuracy around 0.9, that moves by `step` sigmas at `at`. */
function series(noise: () => number, length: number, at = length, step = 0): number[] {
  return Array.from({ length }, (_, place) => 0.9 + SIGMA * (noise() + (place >= at ? step : 0)));
}

// Thousands of series, on machines of any speed.
describe("accuracy on seeded series", { timeout: 120_000 }, () => {
  test.each([
    [30, 7],
    [40, 6],
    [60, 6],
  ])("of steps by 3 sigma after %d runs, at least 95 %% are found within %d runs", (before, within) => {
    const random = seeded(20261121 + before);
    const noise = normal(random);
    let found = 0;
    let placed = 0;
    const rounds = 600;
    for (let round = 0; round < rounds; round += 1) {
      const sign = random() < 0.5 ? -1 : 1;
      const step = findings(series(noise, before + within, before, 3 * sign)).find(
        ({ kind, direction, foundAt }) =>
          kind === "step" && direction === (sign > 0 ? "up" : "down") && foundAt >= before,
      );
      found += step === undefined ? 0 : 1;
      placed += step !== undefined && Math.abs(step.at - before) <= 1 ? 1 : 0;
    }
    expect(found / rounds).toBeGreaterThanOrEqual(0.95);
    expect(placed / found).toBeGreaterThanOrEqual(0.9);
  });

  test("of series of 100 runs without any change, at most 5 % have an alarm", () => {
    const noise = normal(seeded(7));
    const rounds = 600;
    let alarmed = 0;
    for (let round = 0; round < rounds; round += 1) {
      alarmed += findings(series(noise, 100)).length > 0 ? 1 : 0;
    }
    expect(alarmed / rounds).toBeLessThanOrEqual(0.05);
  });

  test("of pull requests that change nothing, at most 1 % are flagged; of those that move by 6 sigma, 95 %", () => {
    const noise = normal(seeded(99));
    let unchanged = 0;
    let moved = 0;
    for (let round = 0; round < 2000; round += 1) {
      const level = levelOf(series(noise, 30));
      unchanged += against(level, 0.9 + SIGMA * noise()).isFar ? 1 : 0;
      moved += against(level, 0.9 + SIGMA * (noise() - 6)).isFar ? 1 : 0;
    }
    expect(unchanged / 2000).toBeLessThanOrEqual(0.01);
    expect(moved / 2000).toBeGreaterThanOrEqual(0.95);
  });

  test("a slow drift of a tenth of a sigma a run is found as well", () => {
    const noise = normal(seeded(3));
    const drift = Array.from({ length: 100 }, (_, place) => 0.9 + SIGMA * (noise() + Math.max(0, place - 40) * 0.1));
    expect(findings(drift).some(({ kind, direction }) => kind === "step" && direction === "up")).toBe(true);
  });
});

describe("findings", () => {
  test("a single run far out is no step, and does not widen the band", () => {
    const values = series(normal(seeded(5)), 50);
    values[30] = 0.5;
    const found = findings(values);
    expect(found).toMatchObject([{ at: 30, kind: "outlier", direction: "down", foundAt: 30 }]);
    const { levels } = mainHistory(values);
    expect(levels[49]?.spread).toBeLessThan(1.6 * SIGMA);
  });

  test("a step is one finding, and a later step back another", () => {
    const values = series(normal(seeded(11)), 90, 30, -5).map((value, place) =>
      place >= 60 ? value + 5 * SIGMA : value,
    );
    const found = findings(values);
    expect(found).toMatchObject([
      { kind: "step", direction: "down" },
      { at: 60, kind: "step", direction: "up" },
    ]);
    // The noise may make the run before look like the first of the new level.
    expect(Math.abs((found[0]?.at ?? 0) - 30)).toBeLessThanOrEqual(1);
  });

  test("where all values are equal, any other counts", () => {
    const values: number[] = Array.from({ length: 40 }, (_, place) => (place < 30 ? 0.95 : 0.9499));
    expect(findings(values)).toMatchObject([{ at: 30, kind: "step", direction: "down" }]);
    expect(findings(Array.from({ length: 200 }, () => 0))).toEqual([]);
  });

  test("gaps and values that are not finite are passed over, and places stay those of the runs", () => {
    const values: (number | null)[] = series(normal(seeded(2)), 60, 40, 5);
    values.splice(10, 0, null, Number.NaN, Number.POSITIVE_INFINITY);
    expect(findings(values)).toMatchObject([{ at: 43, kind: "step", direction: "up" }]);
  });

  test("few values say nothing", () => {
    expect(findings([1, 2, 3, 100])).toEqual([]);
    expect(findings([])).toEqual([]);
  });

  test("the band starts anew after a step", () => {
    const { levels } = mainHistory(series(normal(seeded(8)), 60, 30, 6));
    expect(levels[3]).toBeNull();
    expect(levels[29]?.centre).toBeCloseTo(0.9, 1);
    expect(levels[31]).toBeNull();
    expect((levels[59]?.centre ?? 0) - (levels[29]?.centre ?? 0)).toBeGreaterThan(5 * SIGMA);
  });
});

describe("robust", () => {
  test("median", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
    expect(median([1.7e308, 1.7e308])).toBe(1.7e308);
  });

  test("a fifth of wild values moves the level by less than a sigma", () => {
    const noise = normal(seeded(4));
    const values = Array.from({ length: 50 }, (_, place) => (place % 5 === 0 ? 1000 : noise()));
    const level = levelOf(values);
    expect(Math.abs(level.centre)).toBeLessThan(1);
    expect(level.spread).toBeLessThan(2);
  });
});

test.each([
  ["accuracy", "higher"],
  ["roc_auc", "higher"],
  ["valF1", "higher"],
  ["train/log_loss", "lower"],
  ["RMSE", "lower"],
  ["accuracy_loss", null],
  ["rows", null],
  ["glossary", null],
  ["constructor", null],
])("%s is better %s", (name, better) => {
  expect(betterOf(name)).toBe(better);
});

test("a move is judged by the metric's name", () => {
  expect(verdictOf("accuracy", "down")).toBe("regression");
  expect(verdictOf("loss", "down")).toBe("improvement");
  expect(verdictOf("rows", "down")).toBe("change");
});
