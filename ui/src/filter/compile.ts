/** Turns a filter into a function of a row that is fast enough to run over all runs at every keystroke. */

import type { Json } from "../data/contract";
import { type Filter, keyOf, type Moment, type Operator, type Term, type Value } from "./grammar";
import type { FilterRow } from "./row";

export type Test = (row: FilterRow) => boolean;

/** `nowMs` is what `since:30d` counts from. */
export function compile(filter: Filter, nowMs: number): Test {
  switch (filter.kind) {
    case "and": {
      const tests = filter.parts.map((part) => compile(part, nowMs));
      return (row) => tests.every((test) => test(row));
    }
    case "or": {
      const tests = filter.parts.map((part) => compile(part, nowMs));
      return (row) => tests.some((test) => test(row));
    }
    case "not": {
      const test = compile(filter.part, nowMs);
      return (row) => !test(row);
    }
    case "word":
      return wordTest(filter.text);
    case "term":
      return termTest(filter, nowMs);
  }
}

function termTest(term: Term, nowMs: number): Test {
  if (term.operator === "!=") {
    const test = termTest({ ...term, operator: "=" }, nowMs);
    return (row) => !test(row);
  }
  const tests = term.values.map((value) => valueTest(term, value, nowMs));
  return tests.length === 1 ? (tests[0] as Test) : (row) => tests.some((test) => test(row));
}

function valueTest(term: Term, value: Value, nowMs: number): Test {
  switch (keyOf(term)?.kind) {
    case "status":
      return statusTest(term.operator, value.text);
    case "commit":
      return commitTest(value.text);
    case "exact":
      return pullRequestTest(value.text);
    case "flag":
      return (row) => (value.text === "" ? row.dirty === null : row.dirty === (value.text === "true"));
    case "time":
      return timeTest(term.key, value.moment, nowMs);
    case "duration":
      return numberTest((row) => (row.durationS === null ? [] : [row.durationS]), term.operator, value);
    case "metric":
      return numberTest((row) => row.metric(term.name), term.operator, value, sixDigits);
    case "json":
      return jsonTest(term, value);
    default:
      return textTest(textsOf(term.key), term.operator, value.text);
  }
}

/** Bare words are looked for in what a person would name a run by. */
function wordTest(text: string): Test {
  const wanted = text.toLowerCase();
  const holds = (found: string) => found.toLowerCase().includes(wanted);
  const has = remembered(holds);
  const tagsHave = remembered((tags: ReadonlyMap<string, Json>) =>
    [...tags].some(([name, tag]) => has(name) || plainTexts(tag).some(has)),
  );
  return (row) =>
    // Hardly any two rows share these.
    holds(row.runId) ||
    (row.commit !== null && holds(row.commit)) ||
    (row.branch !== null && has(row.branch)) ||
    (row.pipeline !== null && has(row.pipeline)) ||
    (row.problemError !== null && has(row.problemError)) ||
    (row.pullRequest !== null && has(`#${row.pullRequest}`)) ||
    tagsHave(row.tags);
}

/** What can be searched of a tag: texts, numbers and true or false, also those of a list. */
function plainTexts(json: Json): string[] {
  const items = Array.isArray(json) ? json : [json];
  return items.filter((item) => item !== null && typeof item !== "object").map(String);
}

/** Many rows share one value, which needs to be looked at once. */
function remembered<T>(test: (value: T) => boolean): (value: T) => boolean {
  const known = new Map<T, boolean>();
  return (value) => {
    let result = known.get(value);
    if (result === undefined) {
      result = test(value);
      known.set(value, result);
    }
    return result;
  };
}

function textsOf(key: string): (row: FilterRow) => readonly (string | null)[] {
  switch (key) {
    case "id":
      return (row) => [row.runId];
    case "pipeline":
      return (row) => [row.pipeline];
    case "environment":
      return (row) => [row.environment];
    case "trigger":
      return (row) => [row.trigger];
    case "branch":
      return (row) => [row.branch];
    case "error":
      return (row) => [row.problemError];
    case "task":
      return (row) => row.taskNames ?? [row.problemTask];
    default:
      throw new Error(`the key ${key} has no texts`);
  }
}

function textTest(texts: (row: FilterRow) => readonly (string | null)[], operator: Operator, text: string): Test {
  if (text === "") {
    return (row) => !texts(row).some((found) => found !== null && found !== "");
  }
  const wanted = text.toLowerCase();
  const fits =
    operator === "=" ? (found: string) => found === text : (found: string) => found.toLowerCase().includes(wanted);
  const fitsOnce = remembered(fits);
  return (row) => texts(row).some((found) => found !== null && fitsOnce(found));
}

function statusTest(operator: Operator, text: string): Test {
  const wanted = text.toLowerCase();
  if (wanted === "") {
    return (row) => row.status === null;
  }
  return (row) => row.status !== null && (operator === ":" ? row.status.startsWith(wanted) : row.status === wanted);
}

/** A commit is the same, however many of its digits are written. */
function commitTest(text: string): Test {
  const wanted = text.toLowerCase();
  if (wanted === "") {
    return (row) => row.commit === null || row.commit === "";
  }
  return (row) =>
    row.commit !== null && row.commit !== "" && (row.commit.startsWith(wanted) || wanted.startsWith(row.commit));
}

function pullRequestTest(text: string): Test {
  const wanted = text.replace(/^#/, "");
  return (row) => (row.pullRequest ?? "") === wanted;
}

function timeTest(key: string, moment: Moment | null, nowMs: number): Test {
  if (moment === null) {
    return () => false;
  }
  const edge = "ms" in moment ? moment.ms : nowMs - moment.agoMs;
  return key === "since"
    ? (row) => row.startMs !== null && row.startMs >= edge
    : (row) => row.startMs !== null && row.startMs < edge;
}

/** The index holds six digits of a metric; what is asked of it is asked of so many. */
function sixDigits(number: number): number {
  return Number.isFinite(number) ? Number(number.toPrecision(6)) : number;
}

function numberTest(
  numbers: (row: FilterRow) => readonly number[],
  operator: Operator,
  value: Value,
  rounded: (number: number) => number = (number) => number,
): Test {
  const wanted = value.number;
  if (wanted === null) {
    return (row) => numbers(row).length === 0;
  }
  const isEqual = operator === ":" || operator === "=";
  const edge = isEqual ? rounded(wanted) : wanted;
  const fits = comparison(operator, edge);
  return (row) => {
    const found = numbers(row);
    for (let index = 0; index < found.length; index += 1) {
      if (fits(rounded(found[index] as number))) {
        return true;
      }
    }
    return false;
  };
}

/** NaN is equal to NaN here, and neither above nor below anything. */
function comparison(operator: Operator, edge: number): (number: number) => boolean {
  switch (operator) {
    case ">":
      return (number) => number > edge;
    case ">=":
      return (number) => number >= edge;
    case "<":
      return (number) => number < edge;
    case "<=":
      return (number) => number <= edge;
    default:
      return Number.isNaN(edge) ? Number.isNaN : (number) => number === edge;
  }
}

function jsonTest(term: Term, value: Value): Test {
  const found = (row: FilterRow): readonly Json[] => {
    if (term.key === "parameter") {
      return row.parameters.get(term.name) ?? [];
    }
    const tag = row.tags.get(term.name);
    return tag === undefined ? [] : [tag];
  };
  if (value.text === "") {
    return (row) => found(row).every((json) => json === "");
  }
  const fits = jsonFits(term.operator, value);
  return (row) => found(row).some((json) => fits(json) || (Array.isArray(json) && json.some(fits)));
}

function jsonFits(operator: Operator, value: Value): (json: Json) => boolean {
  if (operator === ":" || operator === "=") {
    const wanted = jsonOf(value.text);
    const lower = value.text.toLowerCase();
    return (json) => {
      if (typeof json === "string") {
        return operator === ":" ? json.toLowerCase().includes(lower) : json === value.text || json === wanted;
      }
      return wanted !== undefined && isSame(json, wanted);
    };
  }
  if (value.number !== null) {
    const fits = comparison(operator, value.number);
    return (json) => typeof json === "number" && fits(json);
  }
  const { text } = value;
  return (json) => {
    if (typeof json !== "string") {
      return false;
    }
    return operator.startsWith(">")
      ? json > text || (operator === ">=" && json === text)
      : json < text || (operator === "<=" && json === text);
  };
}

const MOST_BRACKETS = 50;

function jsonOf(text: string): Json | undefined {
  if ((text.match(/[[{]/g) ?? []).length > MOST_BRACKETS) {
    return undefined;
  }
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function isSame(a: Json, b: Json): boolean {
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") {
    return a === b;
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, at) => isSame(item, b[at] as Json))
    );
  }
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(a[key] as Json, b[key] as Json))
  );
}
