import { expect, test } from "vitest";
import { compile } from "../../src/filter/compile";
import { parse } from "../../src/filter/parse";
import text from "./corpus.json?raw";
import { type CorpusRow, rowOf } from "./rows";

interface Corpus {
  now: string;
  rows: CorpusRow[];
  matches: [filter: string, ids: string][];
  errors: [filter: string, column: number, length: number, message: string][];
}

// JSON.parse and not an import: a bundler makes `__proto__` something else than a key.
const corpus = JSON.parse(text) as Corpus;
const rows = corpus.rows.map(rowOf);

test.each(corpus.matches)("%j is passed by %j", (filter, ids) => {
  const parsed = parse(filter);
  expect(parsed.error).toBeUndefined();
  if (parsed.filter !== undefined) {
    const passes = compile(parsed.filter, Date.parse(corpus.now));
    expect(rows.filter(passes).map((row) => row.runId.slice(-4))).toEqual(ids === "" ? [] : ids.split(" "));
  }
});

test.each(corpus.errors)("%j is refused at column %d", (filter, column, length, message) => {
  const { error } = parse(filter);
  expect(error).toMatchObject({ column, length });
  expect(error?.message).toContain(message);
});
