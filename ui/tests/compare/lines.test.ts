import { describe, expect, test } from "vitest";
import { commonPairs, type DiffLine, lineDiff } from "../../src/compare/lines";
import { seeded } from "../stats/random";

const SIGNS = { same: " ", removed: "-", added: "+" };

function shown(lines: DiffLine[]): string {
  return lines.map(({ kind, text }) => `${SIGNS[kind]}${text}`).join("|");
}

test.each([
  ["", "", ""],
  ["a", "a\n", " a"],
  ["", "a\nb", "+a|+b"],
  ["a\nb", "", "-a|-b"],
  ["a\nb\nc", "a\nx\nc", " a|-b|+x| c"],
  ["a\nb\nc", "b\nc\nd", "-a| b| c|+d"],
  ["a\r\nb", "a\nb", " a| b"],
  ["a\n\nb", "a\nb", " a|-| b"],
])("%j to %j", (before, after, wanted) => {
  expect(shown(lineDiff(before, after).lines)).toBe(wanted);
});

test("lines are numbered in both texts and counted", () => {
  const diff = lineDiff("a\nb\nc", "a\nx\ny\nc");
  expect(diff).toMatchObject({ removed: 1, added: 2, isCoarse: false });
  expect(diff.lines.map(({ before, after }) => [before, after])).toEqual([
    [1, 1],
    [2, null],
    [null, 2],
    [null, 3],
    [3, 4],
  ]);
});

/** Length of a longest common subsequence, by the table that everybody knows. */
function longest(a: string[], b: string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const item of a) {
    const next = [0];
    b.forEach((other, j) => {
      next.push(item === other ? (row[j] as number) + 1 : Math.max(row[j + 1] as number, next[j] as number));
    });
    row = next;
  }
  return row[b.length] as number;
}

describe("on random texts", () => {
  const random = seeded(1);
  const text = (length: number, letters: number) =>
    Array.from({ length }, () => String.fromCharCode(97 + Math.floor(random() * letters)));

  test("as much as possible is common, and both texts can be read out of the difference", () => {
    for (let round = 0; round < 500; round += 1) {
      const a = text(Math.floor(random() * 30), 1 + Math.floor(random() * 5));
      const b = text(Math.floor(random() * 30), 1 + Math.floor(random() * 5));
      const { pairs } = commonPairs(a, b);
      expect(pairs.length).toBe(longest(a, b));
      expect(pairs.every(([i, j]) => a[i] === b[j])).toBe(true);
      const { lines } = lineDiff(a.join("\n"), b.join("\n"));
      expect(lines.filter(({ kind }) => kind !== "added").map((line) => line.text)).toEqual(a);
      expect(lines.filter(({ kind }) => kind !== "removed").map((line) => line.text)).toEqual(b);
    }
  });
});

test("texts without anything in common are replaced, however long", () => {
  const long = (word: string) => Array.from({ length: 50_000 }, (_, at) => `${word}${at}`).join("\n");
  const diff = lineDiff(`same\n${long("a")}\nend`, `same\n${long("b")}\nend`);
  expect(diff).toMatchObject({ removed: 50_000, added: 50_000, isCoarse: true });
  expect(diff.lines[0]).toMatchObject({ kind: "same", text: "same" });
  expect(diff.lines.at(-1)).toMatchObject({ kind: "same", text: "end", before: 50_002, after: 50_002 });
});
