/**
 * The filter language of runs, the same in the page's address and in `pdr runs --filter` (Python: `report/filter.py`).
 *
 *     filter   any number of alternatives, joined by OR; within each, terms that must all hold (AND may be written)
 *     term     KEY OPERATOR VALUE | word | "some words" | -term | NOT term | (filter)
 *     KEY      one of KEYS, or metric.NAME, parameter.NAME, tag.NAME (a NAME with spaces or signs: in quotes)
 *     OPERATOR : = != > >= < <=
 *     VALUE    bare or in quotes; after : = != several may follow, joined by commas: any of them
 *
 * `!=` is `NOT ... =` in every case, and an empty value in quotes stands for "there is none".
 */

import type { Status } from "../data/contract";

export type Operator = ":" | "=" | "!=" | ">" | ">=" | "<" | "<=";

/** How the values of a key are written and compared. */
export type KeyKind = "text" | "exact" | "commit" | "status" | "flag" | "time" | "duration" | "metric" | "json";

export interface Key {
  kind: KeyKind;
  about: string;
}

export const KEYS: ReadonlyMap<string, Key> = new Map<string, Key>([
  ["result", { kind: "status", about: "how the run ended or stands" }],
  ["pipeline", { kind: "text", about: "name of the pipeline" }],
  ["environment", { kind: "text", about: "dev, ci ..." }],
  ["trigger", { kind: "text", about: "push, schedule, pull_request ..." }],
  ["branch", { kind: "text", about: "branch that was run" }],
  ["commit", { kind: "commit", about: "first digits of the commit" }],
  ["pr", { kind: "exact", about: "number of the pull request" }],
  ["since", { kind: "time", about: "started at or after: 30d, 12h, 2026-11-01 (UTC)" }],
  ["before", { kind: "time", about: "started before: 30d, 12h, 2026-11-01 (UTC)" }],
  ["duration", { kind: "duration", about: "seconds, or 5min, 2h" }],
  ["task", { kind: "text", about: "id of a task of the run" }],
  ["error", { kind: "text", about: "why the run did not succeed" }],
  ["id", { kind: "text", about: "id of the run" }],
  ["dirty", { kind: "flag", about: "true where the work tree had changes that were not committed" }],
]);

/** Keys that go on with a name after a dot. */
export const NAMED_KEYS: ReadonlyMap<string, Key> = new Map<string, Key>([
  ["metric", { kind: "metric", about: "last value of a metric: metric.accuracy>0.9" }],
  ["parameter", { kind: "json", about: "parameter of a task: parameter.lr=0.1" }],
  ["tag", { kind: "json", about: "tag of the run: tag.kind=nightly" }],
]);

export const STATUSES: readonly Status[] = [
  "success",
  "failure",
  "error",
  "timeout",
  "cancellation",
  "skip",
  "waiting",
  "running",
  "interrupted",
];

/** A moment: fixed, or so many milliseconds before now. */
export type Moment = { ms: number } | { agoMs: number };

/** A value as written, and what was understood of it where the key asks for more than text. */
export interface Value {
  text: string;
  number: number | null;
  moment: Moment | null;
}

export interface Term {
  kind: "term";
  key: string;
  /** What follows the dot of `metric.`, `parameter.` and `tag.`; else empty. */
  name: string;
  operator: Operator;
  values: Value[];
}

export type Filter =
  | { kind: "and" | "or"; parts: Filter[] }
  | { kind: "not"; part: Filter }
  | { kind: "word"; text: string }
  | Term;

/** `column` counts from 1; `length` is at least 1. */
export interface FilterError {
  message: string;
  column: number;
  length: number;
}

export const LONGEST_FILTER = 4000;
export const DEEPEST_FILTER = 60;

export function keyOf(term: Term): Key | undefined {
  return KEYS.get(term.key) ?? NAMED_KEYS.get(term.key);
}

/** What a filter needs to know of runs beyond the index: the caller loads it. */
export interface Uses {
  tasks: boolean;
  metrics: Set<string>;
  parameters: Set<string>;
}

export function usesOf(filter: Filter): Uses {
  const uses: Uses = { tasks: false, metrics: new Set(), parameters: new Set() };
  const visit = (part: Filter): void => {
    if (part.kind === "and" || part.kind === "or") {
      part.parts.forEach(visit);
    } else if (part.kind === "not") {
      visit(part.part);
    } else if (part.kind === "term") {
      uses.tasks ||= part.key === "task";
      if (part.key === "metric") {
        uses.metrics.add(part.name);
      } else if (part.key === "parameter") {
        uses.parameters.add(part.name);
      }
    }
  };
  visit(filter);
  return uses;
}
