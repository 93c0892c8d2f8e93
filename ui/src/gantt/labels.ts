/** What a bar says: in the box that follows pointer and focus, and to a screen reader. */

import { counted, durationText, timeText } from "../parts/format";
import { statusWord } from "../parts/Status";
import type { Bar, Row } from "./rows";
import type { Extent } from "./times";

/** Facts as pairs of word and value, in the order of their weight. */
export function barFacts(bar: Bar, row: Row, extent: Extent): [word: string, value: string][] {
  const { attempt, inner } = bar;
  const facts: [string, string][] = [
    ["Status", statusWord(bar.status)],
    ["Start", `${sinceStart(bar.start, extent)} · ${timeText(bar.start, true)}`],
    ["Duration", durationOf(bar)],
  ];
  if (inner === null) {
    if (bar.waited_s !== null) {
      facts.push([attempt === bar.task.attempts[0] ? "Waited" : "Waited to retry", durationText(bar.waited_s)]);
    }
    facts.push(["Attempt", attemptText(bar)]);
    if (attempt.host !== null) {
      facts.push(["Node", attempt.host]);
    }
  } else {
    facts.push(["Within", `attempt ${attempt.number}`]);
  }
  if (bar.open === "interrupted" && bar.last !== null) {
    facts.push(["Last known", `${bar.last}, ${sinceStart(bar.end, extent)}`]);
  }
  if (row.isCritical && inner === null) {
    facts.push(["Critical path", "what it takes, the run takes"]);
  }
  if (bar.isSkewed) {
    facts.push(["Clocks", "differ: it lies outside its task"]);
  }
  return facts;
}

/** All in one sentence: `train-model size=400, attempt 1 of 3, success, starts at 2.10 s, took 0.31 s, waited 0.02 s`. */
export function barLabel(bar: Bar, row: Row, extent: Extent): string {
  const parts = [
    row.kind === "attempt" ? bar.task.name : row.name,
    bar.inner === null ? `attempt ${attemptText(bar)}` : `in attempt ${bar.attempt.number} of ${bar.task.name}`,
    statusWord(bar.status),
    `starts at ${sinceStart(bar.start, extent)}`,
    bar.open === null ? `took ${durationOf(bar)}` : durationOf(bar),
    bar.waited_s === null ? "" : `waited ${durationText(bar.waited_s)}`,
    bar.isSkewed ? "clocks differ" : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** The label of a row: first what is seen of its name, as people who speak to their computer say it. */
export function rowLabel(row: Row, shownName: string): string {
  const attempts = row.kind === "task" && row.bars.length > 1 ? [counted(row.bars.length, "attempt")] : [];
  const path = row.isCritical && row.kind === "task" ? ["on the critical path"] : [];
  const full = row.name === shownName ? [] : [row.name];
  return [shownName, statusWord(row.status), ...attempts, ...path, ...full].join(", ");
}

export function sinceStart(ms: number, extent: Extent): string {
  return `+${durationText(Math.max(0, (ms - extent.start) / 1000))}`;
}

export function durationOf({ start, end, open }: Bar): string {
  const text = durationText((end - start) / 1000);
  if (open === "running") {
    return `${text} so far`;
  }
  return open === "interrupted" ? `at least ${text}` : text;
}

function attemptText({ attempt, task }: Bar): string {
  return `${attempt.number} of ${Math.max(attempt.max, task.attempts.length)}`;
}
