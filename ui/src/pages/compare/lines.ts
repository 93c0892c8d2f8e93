/** The lines of the comparison: headings of groups and tasks, and under them the rows. */

import { type CompareRow, GROUPS, type Group } from "../../compare/rows";
import type { RunDocument } from "../../data/contract";
import { sourceOf } from "../../data/source";
import { cellText, labelOf } from "./values";

export type Line =
  | { kind: "group"; id: Group; title: string; count: number; isFolded: boolean }
  | { kind: "task"; group: Group; task: string }
  /** Where the repository shows what changed from the base to each run. */
  | { kind: "changes"; addresses: (string | null)[] }
  /** Alone where no other row is about its task. */
  | { kind: "row"; row: CompareRow; isAlone: boolean };

export function linesOf(rows: CompareRow[], runs: RunDocument[], folded: ReadonlySet<Group>): Line[] {
  const lines: Line[] = [];
  const byGroup = new Map<Group, CompareRow[]>();
  for (const row of rows) {
    const group = byGroup.get(row.group);
    if (group === undefined) {
      byGroup.set(row.group, [row]);
    } else {
      group.push(row);
    }
  }
  for (const { id, title } of GROUPS) {
    const group = byGroup.get(id) ?? [];
    if (group.length > 0) {
      const isFolded = folded.has(id);
      lines.push({ kind: "group", id, title, count: group.length, isFolded });
      if (!isFolded) {
        lines.push(...changesLine(id, runs), ...withTasks(group));
      }
    }
  }
  return lines;
}

function changesLine(group: Group, runs: RunDocument[]): Line[] {
  const addresses = runs.map((run) => changesAddress(runs[0], run));
  return group === "code" && addresses.some((address) => address !== null) ? [{ kind: "changes", addresses }] : [];
}

/** A task with several rows has a heading, which leads to its notebooks; a single row names its task itself. */
function withTasks(rows: CompareRow[]): Line[] {
  return rows.flatMap((row, at): Line[] => {
    const isFirst = row.task !== rows[at - 1]?.task;
    const isAlone = row.group !== "tasks" && row.task !== null && isFirst && row.task !== rows[at + 1]?.task;
    const line: Line = { kind: "row", row, isAlone };
    return row.task !== null && isFirst && !isAlone
      ? [{ kind: "task", group: row.group, task: row.task }, line]
      : [line];
  });
}

/** The repository's page of what lies between two commits; null where there is nothing between, or no such page. */
export function changesAddress(base: RunDocument | undefined, run: RunDocument): string | null {
  const [from, to] = [base === undefined ? null : revisionOf(base), revisionOf(run)];
  const { repository } = sourceOf(run);
  if (from === null || to === null || from === to || repository === null || !/^https?:/i.test(repository)) {
    return null;
  }
  return `${repository}/compare/${from}...${to}`;
}

function revisionOf(run: RunDocument): string | null {
  const { revision } = sourceOf(run);
  return revision !== null && /^[0-9a-f]{7,64}$/.test(revision) ? revision : null;
}

/** Rows in whose task, name or values the text occurs. */
export function found(rows: CompareRow[], text: string): CompareRow[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") {
    return rows;
  }
  const holds = (part: string) => part.toLowerCase().includes(wanted);
  return rows.filter(
    (row) =>
      holds(`${row.task ?? ""} ${labelOf(row)} ${row.name}`) || row.values.some((value) => holds(cellText(row, value))),
  );
}
