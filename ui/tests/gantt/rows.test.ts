import { describe, expect, it } from "vitest";
import type { SpanDocument } from "../../src/data/contract";
import { innerOf } from "../../src/gantt/inner";
import { nextSpot } from "../../src/gantt/keys";
import { barFacts, barLabel, rowLabel } from "../../src/gantt/labels";
import { expandableKeys, type RowOptions, rowsOf } from "../../src/gantt/rows";
import { attempt, task } from "../graph/fixtures";
import { run } from "./fixtures";

const NONE: RowOptions = { nowMs: 50_000, expanded: new Set(), critical: new Set(), leastMs: 0 };
const EXTENT = { start: 0, end: 10_000 };

function span(
  id: string,
  parent: string,
  start: number,
  end: number | null,
  more: Partial<SpanDocument> = {},
): SpanDocument {
  return {
    name: `span ${id}`,
    span_id: id,
    parent_id: parent,
    failed: false,
    start_ms: start,
    end_ms: end,
    attributes: {},
    ...more,
  };
}

const retried = task("ingest", [], {
  start_ms: 100,
  end_ms: 4_000,
  attempts: [
    attempt(1, { status: "failure", start_ms: 200, end_ms: 700 }),
    attempt(2, {
      start_ms: 2_700,
      end_ms: 4_000,
      cells: [
        { index: 1, line: null, failed: false, start_ms: 2_800, end_ms: 3_000 },
        { index: 2, line: null, failed: true, start_ms: 3_000, end_ms: 3_900 },
      ],
      spans: [span("a", "unknown", 3_100, 3_500), span("b", "a", 3_200, 3_210)],
    }),
  ],
});

describe("rows", () => {
  it("are tasks in order of their start, those that never ran last", () => {
    const tasks = [
      task("late", [], { start_ms: 900 }),
      task("never", [], { start_ms: null, end_ms: null, attempts: [], status: "skip" }),
      task("early", [], { start_ms: 5 }),
    ];
    expect(rowsOf(run(tasks), NONE).rows.map(({ name }) => name)).toEqual(["early", "late", "never"]);
  });

  it("hold a bar for each attempt, and the waiting before and between them", () => {
    const [row] = rowsOf(run([retried]), NONE).rows;
    expect(row?.bars.map(({ start, end, waited_s }) => [start, end, waited_s])).toEqual([
      [200, 700, 0.1],
      [2_700, 4_000, 2],
    ]);
    expect(row?.waits).toEqual([
      { start: 100, end: 200 },
      { start: 700, end: 2_700 },
    ]);
  });

  it("unfold into attempts, and those into cells and spans as they lie in each other", () => {
    const { rows } = rowsOf(run([retried]), { ...NONE, expanded: new Set(expandableKeys(run([retried]))) });
    expect(rows.map(({ level, name }) => `${level} ${name}`)).toEqual([
      "1 ingest",
      "2 attempt 1",
      "2 attempt 2",
      "3 cell 1",
      "3 cell 2",
      "4 span a",
      "5 span b",
    ]);
    expect(rows.map(({ isExpanded }) => isExpanded)).toEqual([true, null, true, null, null, null, null]);
  });

  it("of a single attempt unfold straight into cells", () => {
    const [, only] = retried.attempts;
    const tasks = [task("one", [], { attempts: only === undefined ? [] : [only] })];
    const { rows } = rowsOf(run(tasks), { ...NONE, expanded: new Set(["task 0"]) });
    expect(rows.map(({ level, name }) => `${level} ${name}`).slice(0, 3)).toEqual(["1 one", "2 cell 1", "2 cell 2"]);
  });

  it("leave out what is too short and count it, but never what failed", () => {
    const all = { ...NONE, expanded: new Set(expandableKeys(run([retried]))) };
    const { rows, hidden } = rowsOf(run([retried]), { ...all, leastMs: 5_000 });
    expect(rows.filter(({ kind }) => kind === "inner").map(({ name }) => name)).toEqual(["cell 2"]);
    expect(hidden).toBe(3);
  });

  it("of 5,000 spans are 5,000 rows, each with a key of its own", () => {
    const spans = Array.from({ length: 5_000 }, (_, at) =>
      span(`s${at}`, at % 5 ? `s${at - (at % 5)}` : "", at, at + 10),
    );
    const tasks = [task("one", [], { attempts: [attempt(1, { start_ms: 0, end_ms: 6_000, spans })] })];
    const { rows } = rowsOf(run(tasks), { ...NONE, expanded: new Set(["task 0"]) });
    expect(rows).toHaveLength(5_001);
    expect(new Set(rows.map(({ key }) => key)).size).toBe(5_001);
    expect(Math.max(...rows.map(({ level }) => level))).toBe(3);
  });

  it("mark attempts whose clock disagrees with that of their task", () => {
    const tasks = [
      task("a", [], { start_ms: 3_000, end_ms: 4_000, attempts: [attempt(1, { start_ms: 1_200, end_ms: 2_900 })] }),
    ];
    const [row] = rowsOf(run(tasks), NONE).rows;
    expect(row?.bars[0]?.isSkewed).toBe(true);
    expect(row?.bars[0]?.waited_s).toBe(0);
    expect(row?.waits).toEqual([]);
  });
});

describe("spans inside an attempt", () => {
  const outer = { start: 0, end: 1_000, open: null, last: null };

  it("whose parents lead in a circle are shown beside each other", () => {
    const circle = attempt(1, { spans: [span("a", "b", 10, 20), span("b", "a", 11, 19), span("c", "c", 12, 18)] });
    expect(innerOf(circle, outer, 0).shown.map(({ level, name }) => `${level} ${name}`)).toEqual([
      "1 span a",
      "1 span b",
      "1 span c",
    ]);
  });

  it("without an end reach to that of the attempt, and say so", () => {
    const open = attempt(1, { spans: [span("a", "", 10, null)] });
    expect(innerOf(open, { ...outer, open: "running" }, 0).shown[0]).toMatchObject({ end: 1_000, status: "running" });
    expect(innerOf(open, outer, 0).shown[0]).toMatchObject({ status: "interrupted" });
  });

  it("that are nested 300 deep are all there", () => {
    const deep = Array.from({ length: 300 }, (_, at) => span(`s${at}`, at === 0 ? "" : `s${at - 1}`, at, 600 - at));
    expect(innerOf(attempt(1, { spans: deep }), outer, 0).shown).toHaveLength(300);
  });
});

describe("what a bar says", () => {
  const { rows } = rowsOf(run([retried]), { ...NONE, critical: new Set(["ingest"]) });
  const [row] = rows;
  const bar = row?.bars[1];
  if (row === undefined || bar === undefined) {
    throw new Error("no bar");
  }

  it("is all there is to know, in one sentence", () => {
    expect(barLabel(bar, row, EXTENT)).toBe(
      "ingest, attempt 2 of 2, success, starts at +2.70 s, took 1.30 s, waited 2.00 s",
    );
    expect(rowLabel(row, "ingest")).toBe("ingest, success, 2 attempts, on the critical path");
    expect(rowLabel({ ...row, name: "ingest size=2" }, "ingest 2")).toMatch(/^ingest 2, success.*ingest size=2$/);
  });

  it("holds wall-clock time and waiting as facts", () => {
    const facts = new Map(barFacts(bar, row, EXTENT));
    expect(facts.get("Start")).toMatch(/^\+2\.70 s · 1970-01-01 /);
    expect(facts.get("Waited to retry")).toBe("2.00 s");
    expect(facts.get("Attempt")).toBe("2 of 2");
    expect(facts.has("Critical path")).toBe(true);
  });

  it("tells the last thing known of what was interrupted", () => {
    const tasks = [task("a", [], { attempts: [attempt(1, { status: "interrupted", end_ms: null })] })];
    const [open] = rowsOf(run(tasks), NONE).rows;
    const facts = new Map(open?.bars[0] === undefined ? [] : barFacts(open.bars[0], open, EXTENT));
    expect(facts.get("Duration")).toBe("at least 0.00 s");
    expect(facts.get("Last known")).toBe("its start, +1.00 s");
  });
});

describe("keys", () => {
  const tasks = [
    retried,
    task("b", [], { start_ms: 3_000, attempts: [attempt(1, { start_ms: 3_100, end_ms: 3_200 })] }),
  ];
  const { rows } = rowsOf(run(tasks), NONE);

  it("go along a row, and up and down to the bar nearest in time", () => {
    expect(nextSpot({ row: 0, item: 0 }, "ArrowRight", rows)).toEqual({ row: 0, item: 1 });
    expect(nextSpot({ row: 0, item: 2 }, "ArrowRight", rows)).toEqual({ row: 0, item: 2 });
    expect(nextSpot({ row: 1, item: 1 }, "ArrowUp", rows)).toEqual({ row: 0, item: 2 });
    expect(nextSpot({ row: 0, item: 0 }, "ArrowDown", rows)).toEqual({ row: 1, item: 0 });
    expect(nextSpot({ row: 0, item: 2 }, "PageDown", rows)).toEqual({ row: 1, item: 1 });
    expect(nextSpot({ row: 0, item: 2 }, "x", rows)).toBeNull();
  });
});
