/** The table as CSV (RFC 4180), for a spreadsheet. */

import type { Row } from "../../data/rows";
import { isoText, jsonText } from "../../parts/format";
import type { Column } from "./columns";

/** Every row with its id and start, then the columns as they are shown; numbers in full. */
export function csv(rows: Row[], columns: Column[]): string {
  const head = [
    "run",
    "started",
    ...columns.map(({ title, detail }) => (detail === undefined ? title : `${detail} ${title}`)),
  ];
  const lines = rows.map((row) => [row.runId, isoText(row.startMs), ...columns.map((column) => text(row, column))]);
  return csvOf([head, ...lines]);
}

/** Lines of fields as CSV. */
export function csvOf(lines: string[][]): string {
  return lines.map((line) => `${line.map(field).join(",")}\r\n`).join("");
}

function text(row: Row, { key, order }: Column): string {
  if (key.startsWith("parameter:")) {
    return (row.parameters.get(key.slice("parameter:".length)) ?? []).map(jsonText).join(" ");
  }
  if (key === "tasks") {
    return [...row.taskCounts].map(([status, count]) => `${status} ${count}`).join(" ");
  }
  const value = order(row);
  return value === null ? "" : String(value);
}

/** A field that begins like a formula would be run by a spreadsheet: it gets an apostrophe, unless it is a number. */
function field(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) && Number.isNaN(Number(value)) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
