import { describe, expect, it } from "vitest";
import {
  boundedRange,
  idleTimes,
  inRange,
  isMostlyIdle,
  makeScale,
  pannedRange,
  rangeOf,
  WHOLE,
  zoomedRange,
} from "../../src/gantt/scale";
import { ticksOf, tickText } from "../../src/gantt/ticks";

const HOUR = 3_600_000;
const extent = { start: 1_000, end: 11_000 };

describe("a scale", () => {
  it("is even where nothing is shortened", () => {
    const scale = makeScale(extent, []);
    expect(scale.place(1_000)).toBe(0);
    expect(scale.place(6_000)).toBe(0.5);
    expect(scale.place(11_000)).toBe(1);
    expect(scale.time(0.25)).toBe(3_500);
  });

  it("goes back and forth between times and places, also through shortened times and beyond the ends", () => {
    const long = { start: 0, end: 2 * HOUR };
    const scale = makeScale(long, [{ start: 5_000, end: 2 * HOUR - 10_000 }]);
    for (const ms of [-4_000, 0, 4_000, 5_000, HOUR, 2 * HOUR - 10_000, 2 * HOUR, 2 * HOUR + 3_000]) {
      expect(scale.time(scale.place(ms))).toBeCloseTo(ms, 4);
    }
    expect(scale.place(5_000)).toBeGreaterThan(0.25);
  });

  it("stands idle time at the very start and end", () => {
    const scale = makeScale(extent, [
      { start: 1_000, end: 4_000 },
      { start: 9_000, end: 11_000 },
    ]);
    expect(scale.place(1_000)).toBe(0);
    expect(scale.place(11_000)).toBeCloseTo(1);
    expect(scale.place(4_000)).toBeLessThan(0.1);
    expect(Number.isFinite(scale.time(0.5))).toBe(true);
  });
});

describe("idle times", () => {
  it("are those in which nothing at all ran, where they are long", () => {
    const ran = [
      { start: 1_000, end: 2_000 },
      { start: 1_500, end: 3_000 },
      { start: 3_100, end: 4_000 },
      { start: 9_000, end: 11_000 },
    ];
    expect(idleTimes(ran, extent)).toEqual([{ start: 4_000, end: 9_000 }]);
  });

  it("are shortened by themselves only where they are most of the run", () => {
    expect(isMostlyIdle([{ start: 2_000, end: 8_000 }], extent)).toBe(true);
    expect(isMostlyIdle([{ start: 2_000, end: 5_000 }], extent)).toBe(false);
  });
});

describe("a window on the time", () => {
  const scale = makeScale(extent, []);

  it("keeps the time under the pointer when zoomed, and its bounds", () => {
    const range = zoomedRange(WHOLE, 0.3, 2, scale);
    expect(range.from + 0.3 * (range.to - range.from)).toBeCloseTo(0.3);
    expect(range.to - range.from).toBeCloseTo(0.5);
    expect(zoomedRange(range, 0.5, 0.01, scale)).toEqual(WHOLE);
    expect(zoomedRange(WHOLE, 0, 1e12, scale).to).toBeCloseTo(0.5 / 10_000);
  });

  it("cannot be moved off the run", () => {
    expect(pannedRange({ from: 0.25, to: 0.5 }, -10, scale)).toEqual({ from: 0, to: 0.25 });
    expect(boundedRange({ from: 0.9, to: 1.5 }, scale).to).toBe(1);
  });

  it("on an attempt shows all of it and little else", () => {
    const range = rangeOf({ start: 5_000, end: 6_000 }, scale);
    expect(inRange(5_000, scale, range)).toBeGreaterThan(0);
    expect(inRange(6_000, scale, range)).toBeLessThan(1);
    expect(inRange(6_000, scale, range) - inRange(5_000, scale, range)).toBeGreaterThan(0.8);
  });
});

describe("ticks", () => {
  it("are round times since the start, without overlap", () => {
    const ticks = ticksOf(makeScale(extent, []), WHOLE, 1_000);
    expect(ticks.map(({ text }) => text).slice(0, 3)).toEqual(["0", "1 s", "2 s"]);
    expect(ticks[1]?.ms).toBe(2_000);
  });

  it.each([0.02, 1, 90, 9_000, 400_000, 2 * HOUR, 40 * HOUR, 900 * HOUR])(
    "of %d ms are at least one and few",
    (length) => {
      for (const width of [200, 360, 1_000, 3_000]) {
        const scale = makeScale({ start: 1_795_263_458_171.3, end: 1_795_263_458_171.3 + length }, []);
        const ticks = ticksOf(scale, WHOLE, width);
        expect(ticks.length).toBeGreaterThanOrEqual(1);
        ticks.slice(1).forEach((tick, at) => {
          const last = ticks[at];
          expect((tick.at - (last?.at ?? 0)) * width).toBeGreaterThan((last?.text.length ?? 0) * 5);
        });
      }
    },
  );

  it("never lie in a shortened time", () => {
    const gap = { start: 3_000, end: 2 * HOUR };
    const scale = makeScale({ start: 0, end: 2 * HOUR + 20_000 }, [gap]);
    const ticks = ticksOf(scale, WHOLE, 1_000);
    expect(ticks.some(({ ms }) => ms < gap.start)).toBe(true);
    expect(ticks.some(({ ms }) => ms >= gap.end)).toBe(true);
    expect(ticks.filter(({ ms }) => ms >= gap.start && ms < gap.end)).toEqual([]);
  });

  it("are written as exactly as their distance asks for", () => {
    expect(tickText(250, 50)).toBe("250 ms");
    expect(tickText(1_500, 500)).toBe("1.5 s");
    expect(tickText(150_000, 30_000)).toBe("2 min 30 s");
    expect(tickText(120_000, 30_000)).toBe("2 min");
    expect(tickText(3 * HOUR + 5 * 60_000, 300_000)).toBe("3 h 05 min");
    expect(tickText(54 * HOUR, 6 * HOUR)).toBe("2 d 06 h");
  });
});
