import { describe, expect, it } from "vitest";
import {
  cellText,
  firstCell,
  type GridCell,
  type GridRow,
  gridWindow,
  heat,
  medians,
  nextCell,
  shortTask,
} from "../../src/gantt/grid";

function cell(duration_s: number | null, more: Partial<GridCell> = {}): GridCell {
  return { status: "success", duration_s, attempts: 1, ...more };
}

function row(runId: string, cells: (GridCell | null)[]): GridRow {
  return { runId, label: `run ${runId}`, status: "success", cells };
}

const ROWS = [
  row("a", [cell(1), null, cell(2)]),
  row("b", [cell(3), null, cell(90, { status: "failure" })]),
  row("c", [cell(2), cell(5), null]),
];

describe("the grid of runs and tasks", () => {
  it("compares with the median of what succeeded", () => {
    expect(medians(ROWS, 4)).toEqual([2, 5, 2, null]);
    expect(medians([row("a", [cell(1)]), row("b", [cell(4)])], 1)).toEqual([2.5]);
    expect(medians([row("a", [cell(1)]), row("b", [cell(0, { status: "reused" })])], 1)).toEqual([1]);
  });

  it("is warm where slower, cold where faster, neutral where nothing is known", () => {
    expect(heat(cell(2), 2)).toBe(0);
    expect(heat(cell(800), 2)).toBe(1);
    expect(heat(cell(0.001), 2)).toBe(-1);
    expect(heat(cell(4), 2)).toBeGreaterThan(0);
    expect(heat(cell(4), 2)).toBeLessThan(1);
    expect(heat(cell(null), 2)).toBe(0);
    expect(heat(cell(1), null)).toBe(0);
    expect(heat(cell(0), 0)).toBe(0);
  });

  it("says what a cell holds", () => {
    const [first] = ROWS;
    const reused = cell(null, { status: "reused", attempts: 0 });
    expect(first && cellText(first, "train", reused, 2)).toBe("run a · train · reused");
    expect(first && cellText(first, "train", cell(2.6, { attempts: 2 }), 2)).toBe(
      "run a · train · success · 2.60 s, 1.3 × the median · 2 attempts",
    );
    expect(first && cellText(first, "train", cell(null, { status: "skip", attempts: 0 }), null)).toBe(
      "run a · train · skipped",
    );
  });

  it("moves over empty cells, and stays where there is nothing more", () => {
    expect(nextCell({ row: 0, task: 0 }, "ArrowRight", ROWS)).toEqual({ row: 0, task: 2 });
    expect(nextCell({ row: 0, task: 2 }, "ArrowRight", ROWS)).toEqual({ row: 0, task: 2 });
    expect(nextCell({ row: 1, task: 2 }, "ArrowDown", ROWS)).toEqual({ row: 1, task: 2 });
    expect(nextCell({ row: 2, task: 0 }, "End", ROWS)).toEqual({ row: 2, task: 1 });
    expect(nextCell({ row: 2, task: 0 }, "x", ROWS)).toBeNull();
    expect(firstCell([row("a", [null]), row("b", [null, cell(1)])])).toEqual({ row: 1, task: 1 });
    expect(firstCell([])).toBeNull();
  });

  it("heads columns with what differs", () => {
    expect(shortTask("train-model[size=400, seed=1]")).toBe("train-model 400, 1");
    expect(shortTask("train-model[size=400,text=a=b]")).toBe("train-model 400, a=b");
    expect(shortTask("[odd]")).toBe("[odd]");
    expect(shortTask("ingest")).toBe("ingest");
  });

  it("draws all of a moderate grid, and of a large one what is in sight and little more", () => {
    const view = { top: 0, left: 0, width: 1_000, height: 800 };
    expect(gridWindow(view, { rows: 60, tasks: 40, rowPx: 12, cellPx: 25 })).toMatchObject({
      lastRow: 60,
      lastTask: 40,
    });
    const large = { rows: 1_000, tasks: 200, rowPx: 12, cellPx: 18 };
    for (const top of [0, 5_000, 12_000 - 800]) {
      const shown = gridWindow({ ...view, top, left: 900 }, large);
      expect(shown.firstRow * 12).toBeLessThanOrEqual(top);
      expect(shown.lastRow * 12).toBeGreaterThanOrEqual(Math.min(12_000, top + 800));
      expect(shown.lastRow - shown.firstRow).toBeLessThanOrEqual(800 / 12 + 40);
      expect([shown.firstTask, shown.lastTask]).toEqual([40, 120]);
    }
  });
});
