import { describe, expect, it } from "vitest";
import { counted, durationText, metricText, relativeTime, sizeText, timeText } from "../../src/parts/format";

describe("durationText", () => {
  it.each([
    [null, ""],
    [0.314, "0.31 s"],
    [9.994, "9.99 s"],
    [9.996, "10.0 s"],
    [59.96, "1 min 00 s"],
    [185, "3 min 05 s"],
    [7_620, "2 h 07 min"],
  ])("writes %s as %s", (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });
});

describe("metricText", () => {
  it.each([
    [1797, "1797"],
    [0.997423456, "0.99742"],
    [1e-9, "1e-9"],
    ["NaN" as const, "NaN"],
    ["-Infinity" as const, "-Infinity"],
    [null, ""],
  ])("writes %s as %s", (value, text) => {
    expect(metricText(value)).toBe(text);
  });
});

describe("sizeText", () => {
  it.each([
    [812, "812 B"],
    [1434, "1.4 KiB"],
    [314_572_800, "300.0 MiB"],
    [5 * 1024 ** 4, "5120.0 GiB"],
  ])("writes %s as %s", (bytes, text) => {
    expect(sizeText(bytes)).toBe(text);
  });
});

describe("times", () => {
  it("tells how long ago", () => {
    const now = Date.UTC(2026, 10, 21);
    expect(relativeTime(now - 59_000, now)).toBe("just now");
    expect(relativeTime(now - 60_000, now)).toBe("1 minute ago");
    expect(relativeTime(now - 3 * 86_400_000, now)).toBe("3 days ago");
    expect(relativeTime(now + 7_200_000, now)).toBe("in 2 hours");
  });

  it("does not fail on moments that no calendar has", () => {
    expect(timeText(9e18)).toBe("");
    expect(timeText(Number.NaN)).toBe("");
  });
});

it("counts in words", () => {
  expect(counted(1, "run")).toBe("1 run");
  expect(counted(12_000, "run")).toBe("12,000 runs");
});
