import { describe, expect, test } from "vitest";
import { type CompareRow, canonical, compareRuns, differences, GROUPS, hasHistories } from "../../src/compare/rows";
import type { RunDocument } from "../../src/data/contract";
import { attempt, json, run, task } from "./documents";

function row(runs: RunDocument[], group: string, name: string, taskId: string | null = null): CompareRow | undefined {
  return compareRuns(runs).find((found) => found.group === group && found.name === name && found.task === taskId);
}

test("equal runs have no differences", () => {
  const one = () => run("a", [task("train", { parameters: { lr: 0.1 }, attempts: [attempt([["accuracy", 0.9]])] })]);
  expect(compareRuns([one(), one()]).length).toBeGreaterThan(5);
  expect(differences(compareRuns([one(), one()]))).toEqual([]);
});

describe("each kind of fact is compared", () => {
  const base = run(
    "a",
    [task("ingest"), task("train", { needs: ["ingest"], parameters: { lr: 0.1, layers: [1, 2] } })],
    {
      tags: { kind: "nightly" },
      packages: { numpy: "2.0" },
      settings: { workers: 2 },
      resource: { "vcs.ref.head.revision": "3f2a", "host.name": "h1", "cicd.pipeline.run.id": "a", "x.y": 1 },
    },
  );
  const other = run("b", [task("train", { parameters: { lr: 0.2, layers: [1, 2] }, end_ms: 5000 }), task("late")], {
    status: "failure",
    tags: {},
    packages: { numpy: "2.1" },
    settings: { workers: 4 },
    python: "3.13.0",
    resource: { "vcs.ref.head.revision": "77ce", "host.name": "h2", "cicd.pipeline.run.id": "b", "x.y": 2 },
  });
  const found = differences(compareRuns([base, other]));

  test.each([
    ["run", null, "result", ["success", "failure"]],
    ["code", null, "vcs.ref.head.revision", ["3f2a", "77ce"]],
    ["parameters", "train", "lr", [0.1, 0.2]],
    ["tasks", "train", "duration", [2, 5]],
    ["tasks", "late", "result", [undefined, "success"]],
    ["graph", "ingest", "needs", [[], undefined]],
    ["graph", "train", "needs", [["ingest"], []]],
    ["settings", null, "workers", [2, 4]],
    ["tags", null, "kind", ["nightly", undefined]],
    ["machine", null, "python", ["3.12.1", "3.13.0"]],
    ["machine", null, "host.name", ["h1", "h2"]],
    ["packages", null, "numpy", ["2.0", "2.1"]],
    ["resource", null, "x.y", [1, 2]],
  ])("%s %s %s", (group, taskId, name, values) => {
    const match = found.filter((row) => row.group === group && row.task === taskId && row.name === name);
    expect(match.map((row) => row.values)).toEqual([values]);
  });

  test("what is equal, and what always differs, is not there", () => {
    expect(found.map((row) => row.name)).not.toContain("layers");
    expect(found.map((row) => row.name)).not.toContain("cicd.pipeline.run.id");
  });

  test("groups come in their order", () => {
    const order = GROUPS.map(({ id }) => id);
    const places = found.map((row) => order.indexOf(row.group));
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });
});

describe("numbers", () => {
  const metric = (name: string, ...values: (number | "NaN")[]) =>
    row(
      values.map((value, at) => run(`r${at}`, [task("t", { attempts: [attempt([[name, value]])] })])),
      "metrics",
      name,
      "t",
    );

  test("have deltas to the first run, and best and worst where the name tells", () => {
    expect(metric("accuracy", 0.5, 0.75, 0.25)?.numbers).toEqual({
      deltas: [0, 0.25, -0.25],
      highest: [1],
      lowest: [2],
      better: "higher",
    });
    expect(metric("loss", 1, 2)?.numbers?.better).toBe("lower");
    expect(metric("rows", 1, 2)?.numbers?.better).toBeNull();
  });

  test("that are equal have no best; several may be the best", () => {
    expect(metric("accuracy", 1, 1)?.numbers).toMatchObject({ highest: [], lowest: [] });
    expect(metric("accuracy", 1, 2, 2)?.numbers).toMatchObject({ highest: [1, 2], lowest: [0] });
  });

  test("that are none have no delta; NaN equals NaN", () => {
    expect(metric("accuracy", "NaN", 1)?.numbers).toMatchObject({ deltas: [null, null], highest: [], lowest: [] });
    expect(metric("accuracy", "NaN", "NaN")).toMatchObject({ differs: false, numbers: null });
  });

  test("min and max can be compared instead of the last", () => {
    const runs = [run("a", [task("t", { attempts: [attempt([["m", 5]])] })])];
    const values = (statistic: "last" | "min" | "max") =>
      compareRuns(runs, { statistic }).find((found) => found.name === "m")?.values;
    expect([values("last"), values("min"), values("max")]).toEqual([[5], [0], [9]]);
    expect(hasHistories(runs)).toBe(false);
  });

  test("waiting is no part of a task's duration", () => {
    const waited = run("a", [
      task("t", { start_ms: 0, end_ms: 9000, attempts: [attempt([], 4000), attempt([], 7000)] }),
    ]);
    expect(row([waited], "tasks", "duration", "t")?.values).toEqual([5]);
  });
});

test("names may be anything", () => {
  const hostile = run("a", [task("__proto__", { parameters: json('{"__proto__": 1, "constructor": 2}') })], {
    tags: json('{"__proto__": "x"}'),
  });
  const plain = run("b");
  expect(row([plain, hostile], "parameters", "__proto__", "__proto__")?.values).toEqual([undefined, 1]);
  expect(row([plain, hostile], "tags", "__proto__")?.values).toEqual([undefined, "x"]);
  expect(row([plain, hostile], "parameters", "constructor", "__proto__")?.differs).toBe(true);
});

test("the order of keys is no difference, null is a value", () => {
  expect(canonical({ b: [1, { d: 1, c: null }], a: 2 })).toBe('{"a":2,"b":[1,{"c":null,"d":1}]}');
  const of = (parameters: string) => run("x", [task("t", { parameters: json(parameters) })]);
  expect(row([of('{"p":{"a":1,"b":2}}'), of('{"p":{"b":2,"a":1}}')], "parameters", "p", "t")?.differs).toBe(false);
  expect(row([of('{"p":null}'), of("{}")], "parameters", "p", "t")?.differs).toBe(true);
});

test("a hundred runs with two hundred metrics each make one row per metric", () => {
  const runs = Array.from({ length: 100 }, (_, at) =>
    run(`r${at}`, [
      task("t", { attempts: [attempt(Array.from({ length: 200 }, (_, name) => [`m${name}`, at * name]))] }),
    ]),
  );
  const rows = compareRuns(runs).filter(({ group }) => group === "metrics");
  expect(rows).toHaveLength(200);
  expect(rows[3]?.values[99]).toBe(297);
  expect(rows[3]?.numbers?.deltas[99]).toBe(297);
});

describe("a run whose details expired", () => {
  const pruned = { level: "details" as const, when_ms: 0 };
  const whole = run("a", [], { packages: { numpy: "2.0" } });
  const other = run("b", [], { packages: { numpy: "2.1" } });
  const expired = run("c", [], { packages: {}, pruned });

  test("does not differ in packages, which are not known any more", () => {
    expect(differences(compareRuns([whole, expired])).map(({ name }) => name)).toEqual([]);
    expect(differences(compareRuns([expired, expired]))).toEqual([]);
  });

  test("hides no difference between others", () => {
    const row = differences(compareRuns([expired, whole, other])).find(({ name }) => name === "numpy");
    expect(row?.values).toEqual([undefined, "2.0", "2.1"]);
  });

  test("differs in packages as long as media alone expired", () => {
    const media = run("d", [], { packages: {}, pruned: { level: "media", when_ms: 0 } });
    expect(differences(compareRuns([whole, media])).map(({ name }) => name)).toEqual(["numpy"]);
  });
});

test("that two runs are two attempts at GitHub is no difference", () => {
  const at = (number: number) =>
    run(`${number}-1`, [], {
      resource: { "cicd.pipeline.run.url.full": `https://example.org/${number}`, "pdr.github.run_id": `${number}` },
    });
  expect(differences(compareRuns([at(1), at(2)]))).toEqual([]);
});
