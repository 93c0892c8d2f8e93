import "../pages/window";
import { describe, expect, it } from "vitest";
import { DAY_MS, scheduleOf } from "../../src/pages/health/schedule";
import { rowsOfRuns } from "./rows";

const START = Date.UTC(2026, 10, 1, 3, 17);

/** Runs at these days, the last of them at day 9. */
function daily(days: number[], trigger: string | null = "schedule") {
  return rowsOfRuns(days.map((day) => ({ id: `${day}`, start: START + day * DAY_MS, trigger })));
}

function at(day: number): number {
  return START + day * DAY_MS;
}

describe("scheduled runs", () => {
  it("are late when they came daily and none did for two days", () => {
    const rows = daily([5, 6, 7, 8, 9]);
    expect(scheduleOf(rows, at(10.9))?.isLate).toBe(false);
    expect(scheduleOf(rows, at(11.1))).toMatchObject({ isLate: true, startMs: at(9) });
  });

  it("are late also where one was left out, or was made again", () => {
    expect(scheduleOf(daily([4, 6, 7, 7.1, 8, 9]), at(12))?.isLate).toBe(true);
  });

  it("are never late where they are weekly, or too few to say so", () => {
    expect(scheduleOf(daily([0, 7, 14, 21]), at(40))?.isLate).toBe(false);
    expect(scheduleOf(daily([8, 9]), at(40))?.isLate).toBe(false);
  });

  it("are not looked for among others", () => {
    expect(scheduleOf(daily([7, 8, 9], "push"), at(40))).toBeNull();
    expect(scheduleOf([], at(40))).toBeNull();
  });
});
