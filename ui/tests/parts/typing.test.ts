// @vitest-environment node
import { beforeEach, describe, expect, it, vi } from "vitest";

const listeners = new Map<string, () => void>();
const place = { hash: "#/?q=old" };
const replaceState = vi.fn((_state: null, _title: string, to: string) => {
  place.hash = to;
});
vi.stubGlobal("location", place);
vi.stubGlobal("history", { replaceState });
vi.stubGlobal("addEventListener", (type: string, listener: () => void) => listeners.set(type, listener));

async function fresh() {
  vi.resetModules();
  vi.useFakeTimers();
  listeners.clear();
  replaceState.mockClear();
  place.hash = "#/?q=old";
  return await import("../../src/routing/route");
}

describe("what is typed", () => {
  let routing: Awaited<ReturnType<typeof fresh>>;
  beforeEach(async () => {
    routing = await fresh();
  });

  const type = (text: string) => {
    for (let length = 1; length <= text.length; length += 1) {
      routing.typeQuery({ q: text.slice(0, length) });
    }
  };

  it("acts at once, and stands in the address when one pauses", () => {
    type("branch:main");
    expect(routing.route.value.query.get("q")).toBe("branch:main");
    expect(replaceState).not.toHaveBeenCalled();
    vi.runAllTimers();
    expect(place.hash).toBe("#/?q=branch%3Amain");
    expect(replaceState).toHaveBeenCalledTimes(1);
  });

  it("stands in the address before a link is followed", () => {
    type("pr:1");
    listeners.get("click")?.();
    expect(place.hash).toBe("#/?q=pr%3A1");
  });

  it("stays when something else of the query changes meanwhile", () => {
    type("pr:1");
    routing.changeQuery({ sort: "duration" });
    vi.runAllTimers();
    expect(place.hash).toBe("#/?q=pr%3A1&sort=duration");
  });

  it("is not written over the entry that one went back to", () => {
    type("pr:1");
    place.hash = "#/health";
    listeners.get("popstate")?.();
    listeners.get("hashchange")?.();
    vi.runAllTimers();
    expect(place.hash).toBe("#/health");
    expect(routing.route.value.path).toEqual(["health"]);
  });
});
