import { describe, expect, it } from "vitest";
import { taskOrder } from "../../src/pages/grid/taskOrder";
import { metricsCsv, runsJson } from "../../src/pages/health/allMetrics";
import { monthsOf } from "../../src/pages/health/months";
import { reader } from "../../src/pages/metric/reader";
import { groupsOf } from "../../src/pages/metrics/groups";
import { briefOf, newsOf } from "../../src/pages/metrics/summary";
import { baseOf, differencesOf, pushesOf, subjectsOf, taskDifferences } from "../../src/pages/pullRequest/base";
import { spansIn } from "../../src/pages/run/otlpTraces";
import { type Run, rowsOfRuns } from "./rows";

const KEY = { task: "train", name: "accuracy" };

function run(id: string, value: number | null, more: Partial<Run> = {}): Run {
  return { id, metrics: value === null ? [] : [["train", "accuracy", value]], ...more };
}

describe("the grid's tasks", () => {
  it("are in the order of the newest run, others behind the task that they follow", () => {
    expect(
      taskOrder([
        ["ingest", "train", "summary"],
        ["first", "ingest", "clean", "train", "summary", "last"],
      ]),
    ).toEqual(["first", "ingest", "clean", "train", "summary", "last"]);
  });

  it("are each there once, whatever the orders of the runs", () => {
    expect(taskOrder([["a", "b", "c"], ["c", "b", "a", "d"], [], ["__proto__"]]).sort()).toEqual(
      ["__proto__", "a", "b", "c", "d"].sort(),
    );
  });
});

describe("a pull request", () => {
  const main = Array.from({ length: 20 }, (_, at) => run(`m${at}`, 0.95 + 0.001 * ((at * 7) % 5), { start: at }));

  it("is compared with the newest success of main before it, in the same pipeline and environment", () => {
    const runs = [
      ...main,
      run("other", 0.5, { start: 21, environment: "dev" }),
      run("failed", 0.5, { start: 22, status: "failure" }),
      run("head", 0.7, { start: 23, pr: "12", branch: "main" }),
      run("later", 0.9, { start: 24 }),
    ];
    const rows = rowsOfRuns(runs);
    const [subject] = subjectsOf(rows.filter(({ pullRequest }) => pullRequest === "12"));
    const base = baseOf(subject as never, rows);
    expect([base.run?.runId, base.newest?.runId]).toEqual(["m19", "failed"]);
    const { differences, equal } = differencesOf(base, rows.find(({ runId }) => runId === "head") as never);
    expect(differences.map(({ metric, flag }) => [metric.name, flag?.verdict])).toEqual([["accuracy", "regression"]]);
    expect(equal).toBe(0);
  });

  it("has no base where main was not run before it", () => {
    const rows = rowsOfRuns([run("head", 0.7, { start: 1, pr: "12" }), run("later", 0.9, { start: 2 })]);
    const base = baseOf(subjectsOf([rows[1] as never])[0] as never, rows);
    expect(base.run).toBeNull();
    expect(differencesOf(base, rows[1] as never).differences).toHaveLength(1);
  });

  it("is never compared with a fork's branch of main's name, whose number may not be known", () => {
    const rows = rowsOfRuns([
      ...main,
      run("fork", 0.1, { start: 30, fork: true, trigger: "pull_request" }),
      run("unknown", 0.1, { start: 31, trigger: "pull_request" }),
      run("head", 0.95, { start: 40, pr: "12", branch: "main" }),
    ]);
    const base = baseOf(subjectsOf([rows[0] as never])[0] as never, rows);
    expect(base.run?.runId).toBe("m19");
    expect(base.main).toHaveLength(20);
  });

  it("tells which tasks came to another result", () => {
    const rows = rowsOfRuns([
      run("a", null, {
        tasks: [
          ["ingest", "success"],
          ["train", "success"],
          ["old", "success"],
        ],
      }),
      run("b", null, {
        tasks: [
          ["ingest", "success"],
          ["train", "failure"],
          ["new", "skip"],
        ],
      }),
    ]);
    expect(taskDifferences(rows[1] as never, rows[0] as never)).toEqual([
      { task: "train", base: "success", status: "failure" },
      { task: "new", base: null, status: "skip" },
      { task: "old", base: "success", status: null },
    ]);
  });

  it("has one run for each push: its newest", () => {
    const runs = [run("a", 1, { commit: "one" }), run("b", 1, { commit: "one" }), run("c", 1, { commit: "two" })];
    expect(pushesOf(rowsOfRuns(runs)).map(({ runId }) => runId)).toEqual(["b", "c"]);
  });
});

describe("a tile", () => {
  it("tells the newest value, the change to the one before, and that the newest run is without", () => {
    const main = rowsOfRuns([run("a", 1), run("b", 3), run("c", null)]).reverse();
    const brief = briefOf(main, reader(KEY));
    expect([brief.last?.value, brief.last?.row.runId, brief.change, brief.isGone]).toEqual([3, "b", 2, true]);
  });

  it("flags what changed lately, and no longer what changed long ago", () => {
    const values = (low: number) =>
      Array.from({ length: 25 + low }, (_, at) => (at < 25 ? 0.95 : 0.9) + 0.001 * ((at * 7) % 5));
    const news = (low: number) => {
      const main = rowsOfRuns(values(low).map((value, at) => run(`r${at}`, value))).reverse();
      return newsOf(main, briefOf(main, reader(KEY)).values, "accuracy").flag;
    };
    expect(news(8)?.verdict).toBe("regression");
    expect(news(8)?.row.runId).toBe("r25");
    expect(news(30)).toBeNull();
  });

  it("is in its task's group, found by name, and stands behind those whose names do not end in a number", () => {
    const metrics = ["f1_10", "f1_9", "loss"].map((name) => ({ task: "train", name }));
    const groups = groupsOf([{ task: "zero", name: "x" }, ...metrics], [], "TRAIN");
    expect(groups.map(({ task, metrics: found }) => [task, found.map(({ name }) => name)])).toEqual([
      ["train", ["loss", "f1_9", "f1_10"]],
    ]);
  });
});

describe("data to take along", () => {
  const rows = rowsOfRuns([
    {
      id: "a",
      metrics: [
        ["train", 'say "x", y', 0.5],
        ["train", "=SUM(A1)", "NaN"],
      ],
    },
    { id: "b", start: null },
  ]);

  it("is a line for each metric of each run, and no formula", () => {
    const text = new TextDecoder().decode(metricsCsv(rows));
    expect(text.split("\r\n")).toEqual([
      "run,task,metric,value",
      'a,train,"say ""x"", y",0.5',
      "a,train,'=SUM(A1),NaN",
      "",
    ]);
  });

  it("is a list of runs as JSON", () => {
    const runs = JSON.parse(new TextDecoder().decode(runsJson(rows)));
    expect(runs.map(({ run: id, metrics }: { run: string; metrics: unknown[] }) => [id, metrics.length])).toEqual([
      ["b", 0],
      ["a", 2],
    ]);
    expect(runs[0].started).toBeNull();
    expect(JSON.parse(new TextDecoder().decode(runsJson([])))).toEqual([]);
  });

  it("has the spans of a run log alone, and no torn line", () => {
    const spans = '{"resourceSpans":[{"scopeSpans":[]}]}';
    const log = '{"resourceLogs":[{"body":"{\\"resourceSpans\\":1}"}]}';
    expect(spansIn(`${log}\n${spans}\n${log}\n${spans}\n{"resourceSpans":[{"sco`)).toBe(`${spans}\n${spans}\n`);
    expect(spansIn("")).toBe("");
  });
});

it("counts runs by month and pipeline, also those without a start", () => {
  const day = 86_400_000;
  const rows = rowsOfRuns([
    run("a", 1, { start: 0 }),
    run("b", 1, { start: 40 * day, status: "failure" }),
    run("c", 1, { start: 40 * day, pipeline: "other" }),
    run("d", 1, { start: null }),
  ]);
  const { pipelines, months } = monthsOf(rows);
  expect(pipelines).toEqual(["digits", "other"]);
  expect(months.map(({ month, cells }) => [month, cells.get("digits")])).toEqual([
    ["1970-02", { runs: 1, troubled: 1 }],
    ["1970-01", { runs: 1, troubled: 0 }],
    ["unknown", { runs: 1, troubled: 0 }],
  ]);
});
