import "../pages/window";
import { expect, it } from "vitest";
import { likelyRows } from "../../src/parts/ownName";
import { rowsOfRuns } from "../overview/rows";

const TIME = Date.UTC(2026, 10, 21, 6, 0, 0);

it("a run of GitHub is looked for by the time in the id of its log", () => {
  const rows = rowsOfRuns([
    { id: "9-1", start: TIME - 3_600_000 },
    { id: "10-1", start: TIME + 4_000 },
    { id: "20261121T060000Z-00000b", start: TIME },
    { id: "11-1", start: null },
  ]);
  expect(likelyRows("20261121T060000Z-00000a", rows).map(({ runId }) => runId)).toEqual(["10-1"]);
  expect(likelyRows("10-2", rows)).toEqual([]);
  expect(likelyRows("99999999T999999Z-0", rows)).toEqual([]);
});

it("nothing is loaded where too many can be meant", () => {
  const rows = rowsOfRuns(Array.from({ length: 11 }, (_, at) => ({ id: `${at}-1`, start: TIME })));
  expect(likelyRows("20261121T060000Z-00000a", rows)).toEqual([]);
});
