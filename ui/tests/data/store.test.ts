import "../pages/window";
import { afterEach, expect, it, vi } from "vitest";
import type { Manifest } from "../../src/data/contract";
import { add } from "../../src/data/files";

/** What the site holds, by address; a missing file is one that does not load. */
const site = new Map<string, unknown>();

vi.mock("../../src/data/script", () => ({
  loadScript: async (path: string) => {
    const address = path.replace(/\?.*/, "");
    if (!site.has(address)) {
      throw new Error(`${address} could not be loaded`);
    }
    const key = address === "data/manifest.js" ? "" : address.replace(/.*\/|\.js$/g, "");
    if (key === "run") {
      add("run", address.split("/")[2] ?? "", site.get(address));
    } else {
      add(key === "" ? "manifest" : "index", key, site.get(address));
    }
  },
}));

const { connection, loadRun, missing, openSite, rows } = await import("../../src/data/store");

function manifest(index: string): Partial<Manifest> {
  return { format: 1, live: true, chunks: [{ name: "2026-11-0", runs: 1, index, details: "" }], unfinished: {} };
}

afterEach(() => vi.useRealTimers());

it("of a live site, a chunk that did not load is missing until its next version does", async () => {
  vi.useFakeTimers();
  site.set("data/manifest.js", manifest("a"));
  await openSite();
  expect(missing.value).toEqual(["index/2026-11-0"]);

  site.set("data/manifest.js", manifest("b"));
  site.set("data/index/2026-11-0.js", { run_id: ["one"] });
  await vi.advanceTimersByTimeAsync(1_500);
  expect(rows.value.map(({ runId }) => runId)).toEqual(["one"]);
  expect(missing.value).toEqual([]);

  site.clear();
  await vi.advanceTimersByTimeAsync(1_500);
  expect(connection.value).toBe("lost");
});

it("rows are newest first, whether ids are times or numbers", async () => {
  site.set("data/manifest.js", { ...manifest("c"), live: false });
  site.set("data/index/2026-11-0.js", {
    run_id: ["10-1", "20261101T000000Z-00000a", "9-1"],
    base_ms: 1_000,
    start: [30, 20, 10],
  });
  await openSite();
  expect(rows.value.map(({ runId }) => runId)).toEqual(["10-1", "20261101T000000Z-00000a", "9-1"]);
  expect(rows.value.map(({ fork }) => fork)).toEqual([false, false, false]);
});

it("what a run of an older site does not say is null", async () => {
  site.set("data/runs/old/run.js", { run_id: "old", log: { file: "old.otlp.jsonl" } });
  expect(await loadRun("old")).toMatchObject({ run_id: "old", origin: null, pruned: null });
});
