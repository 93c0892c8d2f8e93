import { describe, expect, test } from "vitest";
import { brushOf, type Column, columnsOf, keptRows, nearestRow, shadesOf } from "../../src/charts/draw/brushes";
import type { ParallelAxis, ParallelRow } from "../../src/charts/props";

const AXES: ParallelAxis[] = [
  { id: "lr", label: "lr", categories: null },
  { id: "opt", label: "optimizer", categories: ["adam", "sgd", "__proto__"] },
  { id: "acc", label: "accuracy", categories: null },
];

function row(runId: string, ...values: ParallelRow["values"]): ParallelRow {
  return { runId, label: runId, values };
}

const ROWS = [
  row("a", 1, "adam", 0.5),
  row("b", 2, "sgd", "NaN"),
  row("c", 3, "__proto__", 0.9),
  row("d", null, "other", 0.7),
];
const COLUMNS = columnsOf(AXES, ROWS, 0, 300);
const [LR, OPT, ACC] = COLUMNS as [Column, Column, Column];

function kept(...brushes: [string, number, number][]): string {
  const limits = new Map(brushes.map(([axis, low, high]) => [axis, { low, high }]));
  const found = keptRows(COLUMNS, limits, ROWS.length);
  return ROWS.filter((_, at) => found[at] === 1)
    .map(({ runId }) => runId)
    .join("");
}

test("names have places, and what is unknown has none", () => {
  expect([...OPT.values]).toEqual([0, 1, 2, Number.NaN]);
  expect([...ACC.values]).toEqual([0.5, Number.NaN, 0.9, 0.7]);
});

describe("runs are kept", () => {
  test("without limits all of them, also those without values", () => {
    expect(kept()).toBe("abcd");
  });

  test("within all limits, ends included; a run without a value is outside", () => {
    expect(kept(["lr", 1, 2])).toBe("ab");
    expect(kept(["lr", 1, 3])).toBe("abc");
    expect(kept(["acc", 0, 1])).toBe("acd");
    expect(kept(["lr", 2, 3], ["acc", 0.9, 1])).toBe("c");
    expect(kept(["opt", 1, 2])).toBe("bc");
  });
});

describe("a stroke along an axis", () => {
  test("sets limits, whichever its direction", () => {
    const brush = brushOf(LR, 150, 300);
    expect(brush?.low).toBe(1);
    expect(brush?.high).toBeCloseTo(2);
    expect(brushOf(LR, 300, 150)).toEqual(brush);
  });

  test("over all of it keeps the lowest and the highest exactly", () => {
    const odd = columnsOf(
      [AXES[0] as ParallelAxis],
      [row("a", 0.1), row("b", 0.30000000000000004)],
      7,
      311,
    )[0] as Column;
    expect(brushOf(odd, 7, 311)).toEqual({ low: 0.1, high: 0.30000000000000004 });
  });

  test("on names takes whole names", () => {
    expect(brushOf(OPT, 160, 120)).toEqual({ low: 1, high: 1 });
    expect(brushOf(OPT, 0, 200)).toEqual({ low: 1, high: 2 });
    expect(brushOf(OPT, 200, 250)).toBeNull();
  });

  test("of no length takes the limits away", () => {
    expect(brushOf(LR, 100, 101)).toBeNull();
  });
});

test("lines are coloured from the lowest to the highest", () => {
  const shade = shadesOf(LR);
  expect([0, 1, 2, 3].map(shade)).toEqual([0, 0.5, 1, null]);
  expect(shadesOf(undefined)(0)).toBeNull();
});

describe("the line under the pointer", () => {
  const all = new Uint8Array(4).fill(1);
  const xs = [0, 100, 200];

  test("is the nearest one, between two axes", () => {
    expect(nearestRow(COLUMNS, xs, all, 50, 300)).toBe(0);
    expect(nearestRow(COLUMNS, xs, all, 50, 150)).toBe(1);
    expect(nearestRow(COLUMNS, xs, all, 50, 2)).toBe(2);
  });

  test("is none where none is near or it is not kept", () => {
    expect(nearestRow(COLUMNS, xs, all, 50, 75)).toBe(-1);
    expect(nearestRow(COLUMNS, xs, new Uint8Array(4), 50, 150)).toBe(-1);
    expect(nearestRow([], [], all, 50, 150)).toBe(-1);
  });
});

test("axes without any value, and a single one, can be drawn", () => {
  const columns = columnsOf(AXES, [row("a", null, null, null)], 0, 300);
  expect(columns.every(({ scale, range }) => Number.isFinite(scale.at(range[0])))).toBe(true);
});
