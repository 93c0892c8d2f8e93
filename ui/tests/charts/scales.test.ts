import { describe, expect, test } from "vitest";
import {
  extent,
  fittingScale,
  linearScale,
  logScale,
  ordinalScale,
  type Scale,
  tightScale,
  timeScale,
} from "../../src/charts/draw/scales";

function texts(scale: Scale): string[] {
  return scale.ticks.map(({ text }) => text);
}

describe("a linear scale", () => {
  test("has round marks that enclose the values, from below to above", () => {
    const scale = linearScale([0.912, 0.987], [300, 0], 5);
    expect(texts(scale)).toEqual(["0.9", "0.92", "0.94", "0.96", "0.98", "1"]);
    expect(scale.at(0.9)).toBeCloseTo(300);
    expect(scale.at(1)).toBeCloseTo(0);
    expect(scale.value(scale.at(0.93))).toBeCloseTo(0.93);
  });

  test.each([
    [0, 0],
    [5, 5],
    [-3e-9, -3e-9],
    [1e300, 1.0000000001e300],
    [-1.7e308, 1.7e308],
    [0, 5e-324],
  ])("copes with values from %d to %d", (low, high) => {
    const scale = linearScale([low, high], [100, 0], 5);
    expect(Number.isFinite(scale.at(low))).toBe(true);
    expect(scale.ticks.length).toBeLessThan(20);
  });
});

describe("a logarithmic scale", () => {
  test("has decades", () => {
    expect(texts(logScale([0.002, 30_000], [300, 0], 10))).toEqual(
      [0.001, 0.01, 0.1, 1, 10, 100, 1000, 10_000, 100_000].map(String),
    );
    expect(logScale([1, 100], [0, 100], 5).at(10)).toBeCloseTo(50);
  });

  test("has more marks where there is one decade", () => {
    expect(texts(logScale([1, 9], [300, 0], 5))).toEqual(["1", "2", "5", "10"]);
  });
});

test("values of several sizes get a logarithmic scale, others do not", () => {
  const rates = [0.0001, 0.0003, 0.001, 0.01, 0.1];
  expect(fittingScale(rates, [0, 1], 5).isLog).toBe(true);
  expect(fittingScale([...rates, 0], [0, 1], 5).isLog).toBe(false);
  expect(fittingScale([1, 500, 600, 700], [0, 1], 5).isLog).toBe(false);
  expect(fittingScale([], [0, 1], 5).isLog).toBe(false);
});

test("a tight scale ends at the lowest and the highest value", () => {
  const scale = tightScale([0.13, 0.5, Number.NaN, 0.87], [300, 0], 5);
  expect([scale.at(0.13), scale.at(0.87)]).toEqual([300, 0]);
  expect(texts(scale).slice(0, 2)).toEqual(["0.13", "0.87"]);
  const rates = tightScale([0.0001, 0.0002, 0.001, 0.5], [300, 0], 5);
  expect(rates.isLog).toBe(true);
  expect([rates.at(0.0001), rates.at(0.5)]).toEqual([300, 0]);
});

describe("a scale of time", () => {
  const day = 86_400_000;

  test("marks days, weeks or months, as there is room", () => {
    const start = Date.UTC(2026, 10, 1);
    const scale = timeScale([start, start + 30 * day], [0, 1000], 10);
    expect(scale.ticks.length).toBeGreaterThanOrEqual(3);
    expect(texts(scale).every((text) => /^2026-1[12]-\d\d$/.test(text))).toBe(true);
  });

  test("marks hours within a day, and says which day", () => {
    const scale = timeScale([Date.UTC(2026, 10, 1, 3, 10), Date.UTC(2026, 10, 1, 9)], [0, 1000], 8);
    expect(scale.ticks.length).toBeGreaterThan(3);
    expect(texts(scale)[0]).toMatch(/^(\d{4}-)?\d\d-\d\d/);
    expect(texts(scale)[1]).toMatch(/^(\d\d:\d\d|\d{4}-\d\d-\d\d)$/);
  });

  test("has room around a single moment", () => {
    expect(timeScale([0, 0], [0, 100], 5).at(0)).toBe(50);
  });

  test("of centuries has not too many marks", () => {
    expect(timeScale([0, 300 * 365 * day], [0, 1000], 8).ticks.length).toBeLessThanOrEqual(60);
  });
});

test("a scale of names leaves names out where there is no room", () => {
  const names = new Map(Array.from({ length: 100 }, (_, at) => [at, `c${at}`]));
  const scale = ordinalScale(names, [0, 1000], 10);
  expect(scale.ticks.length).toBeLessThanOrEqual(10);
  expect(scale.at(0)).toBeGreaterThan(0);
  expect(scale.at(99)).toBeLessThan(1000);
});

test("the extent passes over what is not finite", () => {
  expect(extent([3, null, Number.NaN, 1, Number.POSITIVE_INFINITY])).toEqual([1, 3]);
  expect(extent([null, Number.NaN])).toBeNull();
});
