import "../pages/window";
import { describe, expect, it } from "vitest";
import type { OriginDocument, Status } from "../../src/data/contract";
import {
  attemptAddress,
  commitAddress,
  headAddress,
  isFromFork,
  otherConclusion,
  pullRequestAddress,
  sourceOf,
  workflowAddress,
} from "../../src/data/source";
import { run } from "../compare/documents";

const SHA = "3f2a".repeat(10);
const ORIGIN: OriginDocument = {
  repository: "owner/digits",
  run_id: 123,
  run_attempt: 2,
  event: "pull_request",
  head_sha: SHA,
  head_branch: "main",
  head_repository: "someone/digits",
  pull_request: 12,
  pull_request_title: "A title",
  workflow: ".github/workflows/pipeline.yml",
  conclusion: "failure",
  url: "https://github.com/owner/digits/actions/runs/123/attempts/2",
  actor: "someone",
  started_ms: 0,
};
const CLAIMED = {
  "vcs.repository.url.full": "https://example.org/claimed/",
  "vcs.ref.head.name": "claimed",
  "vcs.ref.head.revision": "0".repeat(40),
  "vcs.change.id": "99",
  "vcs.change.title": "claimed",
  "pdr.github.event": "push",
  "cicd.pipeline.run.url.full": "https://example.org/claimed/job",
};

function of(changes: Partial<OriginDocument> | null, status: Status = "failure") {
  return run("123-2", [], { status, resource: CLAIMED, origin: changes === null ? null : { ...ORIGIN, ...changes } });
}

describe("who ran what", () => {
  it("is what GitHub says, whatever the run log claims", () => {
    expect(sourceOf(of({}))).toEqual({
      repository: "https://github.com/owner/digits",
      branch: "main",
      revision: SHA,
      pullRequest: "12",
      title: "A title",
      trigger: "pull_request",
      actor: "someone",
      job: ORIGIN.url,
    });
    expect(commitAddress(of({}))).toBe(`https://github.com/owner/digits/commit/${SHA}`);
    expect(pullRequestAddress(of({}))).toBe("https://github.com/owner/digits/pull/12");
    expect(headAddress(of({}))).toBe("https://github.com/someone/digits");
    expect(workflowAddress(of({}))).toBe("https://github.com/owner/digits/actions/workflows/pipeline.yml");
  });

  it("is nothing where GitHub does not say it, even if the run log claims it", () => {
    const { pullRequest, title, branch } = sourceOf(
      of({ pull_request: null, pull_request_title: null, head_branch: null }),
    );
    expect([pullRequest, title, branch]).toEqual([null, null, null]);
  });

  it("is what the run log says where it comes from nowhere else", () => {
    const { repository, pullRequest, title, job } = sourceOf(of(null));
    expect(repository).toBe("https://example.org/claimed");
    expect([pullRequest, title, job]).toEqual(["99", "claimed", "https://example.org/claimed/job"]);
    expect(commitAddress(of(null))).toBe(`https://example.org/claimed/commit/${"0".repeat(40)}`);
  });

  it.each(["javascript:alert(1)//owner/digits/actions/runs/1", "https://example.org/actions/runs/1", "", "\u0000"])(
    "gives no addresses where the page %j is not one of the repository",
    (url) => {
      const strange = of({ url });
      expect([sourceOf(strange).repository, commitAddress(strange), headAddress(strange)]).toEqual([null, null, null]);
    },
  );

  it.each<[boolean, Partial<OriginDocument> | null]>([
    [true, {}],
    [true, { head_repository: null }],
    [true, { event: "pull_request_target" }],
    [false, { head_repository: "owner/digits" }],
    [false, { event: "schedule" }],
    [false, null],
  ])("tells forks: %s for %j", (isFork, changes) => {
    expect(isFromFork(of(changes))).toBe(isFork);
  });

  it.each<[string | null, string | null, Status]>([
    [null, "success", "success"],
    [null, "failure", "timeout"],
    [null, "cancelled", "cancellation"],
    [null, null, "success"],
    ["cancelled", "cancelled", "interrupted"],
    ["failure", "failure", "success"],
    ["timed out", "timed_out", "cancellation"],
    ["constructor", "constructor", "success"],
  ])("says %s of a job that ended as %s with a run of %s", (said, conclusion, status) => {
    expect(otherConclusion(of({ conclusion }, status))).toBe(said);
  });
});

it("a job's address is known from the name of the run", () => {
  expect(attemptAddress("https://github.com/o/r", "123-1")).toBe("https://github.com/o/r/actions/runs/123/attempts/1");
  for (const other of ["20261121T010000Z-00000a", "123", "123-1-1", "../1-1", "x123-1"]) {
    expect(attemptAddress("https://github.com/o/r", other)).toBeNull();
  }
});
