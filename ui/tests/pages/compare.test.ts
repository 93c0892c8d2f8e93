import "./window";
import { describe, expect, it } from "vitest";
import { lineDiff } from "../../src/compare/lines";
import { compareRuns } from "../../src/compare/rows";
import type { RunDocument } from "../../src/data/contract";
import { askedOf, MOST_RUNS } from "../../src/pages/compare/address";
import { alignTasks } from "../../src/pages/compare/alignTasks";
import { changesAddress, found, linesOf } from "../../src/pages/compare/lines";
import { diffAddress, sidesOf } from "../../src/pages/diff/address";
import { changedParts } from "../../src/pages/diff/changedParts";
import { imageAddress } from "../../src/pages/diff/Pictures";

function run(id: string, tasks: string[], resource: Record<string, string> = {}): RunDocument {
  return {
    run_id: id,
    pipeline: "digits",
    environment: "dev",
    status: "success",
    start_ms: 0,
    end_ms: 1_000,
    message: null,
    settings: {},
    tags: {},
    packages: {},
    python: "3.11",
    platform: "Linux",
    resource,
    origin: null,
    pruned: null,
    tasks: tasks.map((task) => ({
      id: task,
      name: task.split("[")[0],
      needs: tasks[0] === task ? [] : [tasks[0]],
      parameters: {},
      attempts: [],
      status: "success",
      start_ms: null,
      end_ms: null,
    })),
  } as unknown as RunDocument;
}

describe("tasks of several runs", () => {
  it("are the same by name where each run has one of it", () => {
    const { runs, ownId } = alignTasks([run("a", ["split[r=1]", "train"]), run("b", ["split[r=2]", "train"])]);
    expect(runs.map(({ tasks }) => tasks.map(({ id }) => id))).toEqual([
      ["split", "train"],
      ["split", "train"],
    ]);
    expect(runs[1]?.tasks[1]?.needs).toEqual(["split"]);
    expect([ownId(0, "split"), ownId(1, "split"), ownId(1, "train"), ownId(1, "other")]).toEqual([
      "split[r=1]",
      "split[r=2]",
      "train",
      null,
    ]);
  });

  it("keep their ids where a run has two of a name, or all ids are equal", () => {
    const several = [run("a", ["train[n=1]", "train[n=2]"]), run("b", ["train[n=3]"])];
    expect(alignTasks(several).runs.flatMap(({ tasks }) => tasks.map(({ id }) => id))).toEqual([
      "train[n=1]",
      "train[n=2]",
      "train[n=3]",
    ]);
    const equal = [run("a", ["train[n=1]"]), run("b", ["train[n=1]"])];
    expect(alignTasks(equal).runs[0]?.tasks[0]?.id).toBe("train[n=1]");
  });
});

describe("lines of the comparison", () => {
  const repository = { "vcs.repository.url.full": "https://example.org/r/" };
  const [from, to] = ["a".repeat(40), "b".repeat(40)];

  it("fold by group, and name each task once", () => {
    const runs = [run("a", ["ingest"]), run("b", ["ingest"])];
    const rows = compareRuns(runs);
    const kinds = linesOf(rows, runs, new Set(["run", "machine"])).map((line) =>
      line.kind === "row" ? line.row.name : line.kind === "group" ? line.id : line.kind,
    );
    expect(kinds).toEqual(["run", "tasks", "task", "result", "attempts", "graph", "needs", "machine"]);
  });

  it("are found by task, by the shown name and by value", () => {
    const runs = [run("a", ["ingest"], { "vcs.ref.head.revision": from })];
    const rows = compareRuns(runs);
    expect(found(rows, "COMMIT").map(({ name }) => name)).toEqual(["vcs.ref.head.revision"]);
    expect(found(rows, "linux").map(({ name }) => name)).toEqual(["platform"]);
    expect(found(rows, "ingest").every(({ task }) => task === "ingest")).toBe(true);
  });

  it("link what lies between two commits, and nothing that is no commit or no web address", () => {
    const at = (revision: string, url = repository["vcs.repository.url.full"]) =>
      run("x", [], { "vcs.repository.url.full": url, "vcs.ref.head.revision": revision });
    expect(changesAddress(at(from), at(to))).toBe(`https://example.org/r/compare/${from}...${to}`);
    expect(changesAddress(at(from), at(from))).toBeNull();
    expect(changesAddress(at(from), at("main/../../x"))).toBeNull();
    for (const url of ["javascript:alert(1)//", "mailto:a@example.org", "git@example.org:r.git"]) {
      expect(changesAddress(at(from, url), at(to, url)), url).toBeNull();
    }
  });
});

describe("addresses", () => {
  it("of a comparison name each run once, and at most so many", () => {
    const many = Array.from({ length: MOST_RUNS + 3 }, (_, at) => `r${at}`).join(",");
    expect(askedOf(new URLSearchParams({ runs: "b, a,b,,a" }))).toMatchObject({ runIds: ["b", "a"], repeated: 2 });
    expect(askedOf(new URLSearchParams({ runs: many })).leftOut).toBe(3);
  });

  it("of a notebook diff hold any two tasks", () => {
    const sides = (address: string) => sidesOf(new URLSearchParams(address.slice(address.indexOf("?"))));
    for (const tasks of [
      ["a[x=1,y=2]", "a[x=1,y=2]"],
      ["a[x=1|2]", "b%7C"],
    ] as [string, string][]) {
      expect(sides(diffAddress(tasks, ["r1", "r2"]))).toEqual({ taskIds: tasks, runIds: ["r1", "r2"] });
    }
    expect(sidesOf(new URLSearchParams({ task: "a", runs: "r1" }))?.runIds).toEqual(["r1", "r1"]);
    expect(sidesOf(new URLSearchParams({ tasks: "a", runs: "r1,r2" }))).toBeNull();
    expect(sidesOf(new URLSearchParams({ task: "a" }))).toBeNull();
  });
});

describe("lines that were replaced", () => {
  const parts = (before: string, after: string) => {
    const { lines } = lineDiff(before, after);
    const changed = changedParts(lines);
    return lines.map((line) => {
      const part = changed.get(line);
      return part === undefined ? null : line.text.slice(...part);
    });
  };

  it("mark what changed in each", () => {
    expect(parts("a = 1\nb = 22", "a = 3\nb = 2x2")).toEqual(["1", "", "3", "x"]);
    expect(parts("x = f(a)", "x = f(a, b)")).toEqual(["", ", b"]);
  });

  it("mark nothing where nothing is common, or lines do not belong together", () => {
    expect(parts("one", "tua")).toEqual([null, null]);
    expect(parts("a = 1", "a = 2\na = 3")).toEqual([null, null, null]);
  });

  it("never split a character", () => {
    expect(parts("say 😀 now", "say 😁 now")).toEqual(["😀", "😁"]);
  });
});

describe("images of notebooks", () => {
  it("become data of their type, and nothing else", () => {
    expect(imageAddress("image/png:aGVs\nbG8=")).toBe("data:image/png;base64,aGVsbG8=");
    expect(imageAddress("image/svg+xml:<svg/>")).toBe("data:image/svg+xml;base64,PHN2Zy8+");
    for (const image of ["image/x-evil:aGVsbG8=", "text/html:aGVsbG8=", "image/png:no base64!", "image/png;x:aGVs"]) {
      expect(imageAddress(image), image).toBeNull();
    }
  });
});
