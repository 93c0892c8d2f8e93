// @vitest-environment node
import { beforeAll, describe, expect, it, vi } from "vitest";

// Routes follow the window's address: here there is none.
vi.stubGlobal("location", { hash: "" });
vi.stubGlobal("addEventListener", () => {});

let links: typeof import("../../src/routing/links").links;
let safeHref: typeof import("../../src/routing/links").safeHref;
let parseRoute: typeof import("../../src/routing/route").parseRoute;

beforeAll(async () => {
  ({ links, safeHref } = await import("../../src/routing/links"));
  ({ parseRoute } = await import("../../src/routing/route"));
});

describe("addresses", () => {
  const nasty = ["train[size=600]", "a/b", "../..", "50% ?&=#", "‮evil", "__proto__", "日本 😀", "'\"<>"];

  it.each(nasty)("keep the task %s", (task) => {
    expect(parseRoute(links.task("run-1", task, { attempt: 2 })).path).toEqual(["run", "run-1", "task", task]);
  });

  it.each(nasty)("keep the metric %s", (name) => {
    const { path, query } = parseRoute(links.metric(name, name));
    expect(path).toEqual(["metric"]);
    expect(query.get("task")).toBe(name);
    expect(query.get("name")).toBe(name);
  });

  // Addresses that stand in e-mails: what they mean must not change.
  it.each([
    ["#/", [], {}],
    ["", [], {}],
    ["#/?q=result%3Afailure&sort=-duration", [], { q: "result:failure", sort: "-duration" }],
    ["#/run/20261121T060000Z-0a1b2c", ["run", "20261121T060000Z-0a1b2c"], {}],
    [
      "#/run/R/task/train%5Bsize%3D600%5D?attempt=2&cell=3",
      ["run", "R", "task", "train[size=600]"],
      { attempt: "2", cell: "3" },
    ],
    ["#/compare?runs=a%2Cb&all=1", ["compare"], { runs: "a,b", all: "1" }],
    ["#/diff?task=t&runs=a%2Cb", ["diff"], { task: "t", runs: "a,b" }],
    ["#/metric?task=t&name=n&x=commit", ["metric"], { task: "t", name: "n", x: "commit" }],
    ["#/pr/12", ["pr", "12"], {}],
    ["#/grid", ["grid"], {}],
    ["#/metrics", ["metrics"], {}],
    ["#/sweep", ["sweep"], {}],
    ["#/health", ["health"], {}],
  ])("%s is read as ever", (hash, path, query) => {
    const route = parseRoute(hash);
    expect(route.path).toEqual(path);
    expect(Object.fromEntries(route.query)).toEqual(query);
  });

  it("take what cannot be decoded as it stands", () => {
    expect(parseRoute("#/run/%E0%A4%A").path).toEqual(["run", "%E0%A4%A"]);
  });
});

describe("safeHref", () => {
  it.each(["https://github.com/o/r", "http://example.com", "mailto:a@example.com", " https://example.com "])(
    "lets %s pass",
    (url) => {
      expect(safeHref(url)).toBe(url.trim());
    },
  );

  it.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "blob:https://example.com/1",
    "file:///etc/passwd",
    "//example.com",
    "https://example.com/\u0000",
    "",
    null,
    12,
    { toString: () => "https://example.com" },
  ])("refuses %s", (url) => {
    expect(safeHref(url)).toBeNull();
  });
});
