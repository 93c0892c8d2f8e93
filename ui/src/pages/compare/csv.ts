/** The comparison as CSV: a line for each row, or for each run where these are the rows. */

import type { CompareRow } from "../../compare/rows";
import type { RunDocument } from "../../data/contract";
import { csvOf } from "../runs/csv";
import { plainText } from "./values";

export function compareCsv(rows: CompareRow[], runs: RunDocument[], by: "rows" | "runs"): string {
  const lines = [
    ["group", "task", "name", ...runs.map((run) => run.run_id)],
    ...rows.map((row) => [row.group, row.task ?? "", row.name, ...row.values.map((value) => plainText(row, value))]),
  ];
  return csvOf(by === "rows" ? lines : transposed(lines));
}

function transposed(lines: string[][]): string[][] {
  return (lines[0] ?? []).map((_, column) => lines.map((line) => line[column] ?? ""));
}
