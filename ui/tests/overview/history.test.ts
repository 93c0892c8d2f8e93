import { describe, expect, it } from "vitest";
import { flagText, usualText } from "../../src/pages/metric/flags";
import { historyOf, placed } from "../../src/pages/metric/history";
import { mainlineOf } from "../../src/pages/metric/mainline";
import { populationOf } from "../../src/pages/metric/population";
import { metricsOf, oldestFirst, reader } from "../../src/pages/metric/reader";
import { type Run, rowsOfRuns } from "./rows";

const KEY = { task: "train", name: "accuracy" };

function run(at: number, value: number | null | "NaN", more: Partial<Run> = {}): Run {
  const metrics: Run["metrics"] = value === null ? [] : [["train", "accuracy", value]];
  return { id: `20260101-${String(at).padStart(4, "0")}`, metrics, ...more };
}

/** Values with a little noise that is no chance. */
function level(count: number, centre: number, from = 0): Run[] {
  return Array.from({ length: count }, (_, at) => run(from + at, centre + 0.001 * (((at * 7) % 5) - 2)));
}

function history(runs: Run[]) {
  const rows = rowsOfRuns(runs);
  return historyOf(rows, KEY.name, reader(KEY), mainlineOf(rows));
}

describe("the main branch", () => {
  it("is main, where a run has it, and else the most frequent one, and this is said", () => {
    expect(mainlineOf(rowsOfRuns([run(0, 1, { branch: "trunk" }), run(1, 1)])).branch).toBe("main");
    const other = mainlineOf(rowsOfRuns(["a", "trunk", "trunk"].map((branch, at) => run(at, 1, { branch }))));
    expect(other.branch).toBe("trunk");
    expect(other.why).toContain("There is no branch main or master: trunk");
  });

  it("is not what a pull request calls main", () => {
    const runs = [run(0, 1, { branch: "trunk" }), run(1, 1, { pr: "3" }), run(2, 1, { pr: "3" })];
    expect(mainlineOf(rowsOfRuns(runs)).branch).toBe("trunk");
    expect(history(runs).entries.map(({ kind }) => kind)).toEqual(["main", "pull_request", "pull_request"]);
  });

  it("is every run without a pull request where none names a branch", () => {
    const runs = [run(0, 1, { branch: null }), run(1, 1, { branch: null, pr: "3" })];
    expect(history(runs).entries.map(({ kind }) => kind)).toEqual(["main", "pull_request"]);
  });
});

describe("a history", () => {
  it("keeps main's runs without the metric as gaps, and leaves out others without it", () => {
    const drawn = placed(history([run(0, 1), run(1, null), run(2, null, { pr: "3" }), run(3, "NaN")]), "time");
    expect(drawn.points.map(({ value }) => value)).toEqual([1, null, "NaN"]);
  });

  it("flags a lasting change of main, with what was usual, and a pull request that is far from main", () => {
    const found = history([...level(30, 0.95), ...level(12, 0.91, 30), run(50, 0.7, { pr: "12" })]);
    expect(found.flags.map(({ kind, verdict }) => [kind, verdict])).toEqual([
      ["pull_request", "regression"],
      ["step", "regression"],
    ]);
    expect(found.flags[1]?.row.runId).toBe("20260101-0030");
    expect(found.flags[1]?.usual).toMatch(/^0\.94\d* to 0\.95\d*$/);
    expect(flagText(found.flags[0] as never)).toMatch(/^regression: 0\.7, usual 0\.9/);
  });

  it("calls one number usual where all were 0", () => {
    expect(usualText(history(Array.from({ length: 30 }, (_, day) => run(day, 0))).level as never)).toBe("0");
  });

  it("flags nothing where main is as ever", () => {
    expect(history([...level(60, 0.95), run(99, 0.951, { pr: "12" })]).flags).toEqual([]);
  });

  it("has the commits of an axis in the order of their first run, and says how many runs have none", () => {
    const runs = [
      run(0, 1, { commit: "bbbbbbbbbbbb" }),
      run(1, 2, { commit: "aaaaaaaaaaaa" }),
      run(2, 3, { commit: null }),
    ];
    const again = run(3, null, { commit: "bbbbbbbbbbbb" });
    const drawn = placed(history([...runs, again]), "commit");
    expect(drawn.points.map(({ x, tick, value }) => [x, tick, value])).toEqual([
      [0, "bbbbbbb", 1],
      [1, "aaaaaaa", 2],
    ]);
    expect(drawn.without).toBe(1);
  });

  it("has pull requests by number, beside what was usual on main", () => {
    const runs = [
      ...level(12, 0.95),
      run(20, 0.94, { pr: "10" }),
      run(21, 0.95, { pr: "9" }),
      run(22, 0.96, { pr: "10" }),
    ];
    const drawn = placed(history(runs), "pull_request");
    expect(drawn.points.map(({ x, tick }) => [x, tick])).toEqual([
      [0, "PR 9"],
      [1, "PR 10"],
      [1, "PR 10"],
    ]);
    expect(drawn.band.map(({ x }) => x)).toEqual([0, 1]);
  });
});

describe("what is compared", () => {
  const rows = rowsOfRuns([
    run(0, 1),
    run(1, 1),
    run(2, 1, { environment: "dev" }),
    run(3, null, { environment: "dev" }),
    run(4, null, { environment: "dev" }),
  ]);
  const has = (query: string) => populationOf(rows, new URLSearchParams(query), (row) => reader(KEY)(row) !== null);

  it("is one environment: that of the most runs with the metric, or the one asked for", () => {
    expect(has("").environment).toBe("ci");
    expect(has("").rows).toHaveLength(2);
    expect(has("").environments).toEqual([
      { name: "ci", runs: 2 },
      { name: "dev", runs: 1 },
    ]);
    expect(has("environment=dev").rows).toHaveLength(3);
  });

  it("is nothing, and not something else, where an old address asks for what is gone", () => {
    expect(has("environment=gone").rows).toEqual([]);
    expect(has("environment=gone").environments.at(-1)).toEqual({ name: "gone", runs: 0 });
  });
});

describe("rows", () => {
  it("are put oldest first, those without a start where their id is", () => {
    const rows = rowsOfRuns([run(0, 1, { start: 10 }), run(1, 1, { start: null }), run(2, 1, { start: 5 })]);
    expect(oldestFirst(rows).map(({ runId }) => runId.at(-1))).toEqual(["2", "0", "1"]);
  });

  it("tell their metrics once each, also under names that objects know", () => {
    const rows = rowsOfRuns([
      { id: "a", metrics: [["__proto__", "constructor", 1]] },
      { id: "b", metrics: [["__proto__", "constructor", 2]] },
    ]);
    expect(metricsOf(rows)).toEqual([{ task: "__proto__", name: "constructor" }]);
    expect(rows.map(reader({ task: "__proto__", name: "constructor" }))).toEqual([2, 1]);
    expect(rows.map(reader({ task: "toString", name: "x" }))).toEqual([null, null]);
  });
});

it("tells what is usual with as many digits as its ends need", () => {
  expect(usualText({ centre: 0.95, spread: 0.005, count: 30 })).toBe("0.94 to 0.96");
  expect(usualText({ centre: 1797, spread: 0.003, count: 30 })).toBe("1797");
  expect(usualText({ centre: 0, spread: Number.MIN_VALUE, count: 30 })).not.toContain("NaN");
});
