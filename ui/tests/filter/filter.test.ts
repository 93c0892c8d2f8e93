import { describe, expect, test } from "vitest";
import { compile } from "../../src/filter/compile";
import { completions, type Known, quotedName, quotedValue } from "../../src/filter/complete";
import { LONGEST_FILTER, usesOf } from "../../src/filter/grammar";
import { nearest } from "../../src/filter/nearest";
import { parse } from "../../src/filter/parse";
import { rowOf } from "./rows";

const ROW = rowOf({
  id: "r1",
  status: "success",
  pipeline: "p",
  environment: "ci",
  tags: {},
  tasks: [],
  parameters: {},
  metrics: [],
});

describe("hostile filters", () => {
  test("a filter that is too long is refused at the character where it is", () => {
    const { error } = parse("a".repeat(LONGEST_FILTER + 3));
    expect(error).toMatchObject({ column: LONGEST_FILTER + 1, length: 3 });
  });

  test.each(["(", "-", "NOT ", "-("])("thousands of %j do not exhaust the stack", (text) => {
    const { error } = parse(`${text.repeat(Math.floor((LONGEST_FILTER - 1) / text.length))}a`);
    expect(error?.message).toContain("deep");
  });

  test("a value with thousands of brackets is compared as text", () => {
    const { filter } = parse(`parameter.a="${"[".repeat(3000)}"`);
    expect(filter && compile(filter, 0)(ROW)).toBe(false);
  });

  test("whatever is typed gives a filter or an error within the text", () => {
    const pieces = [
      "a",
      "result",
      "metric.",
      ":",
      "=",
      "!",
      "<",
      '"',
      "\\",
      "(",
      ")",
      "-",
      " ",
      ",",
      "OR",
      "NOT",
      "1",
      "é",
    ];
    let seed = 7;
    const random = () => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed / 2147483648;
    };
    for (let round = 0; round < 5000; round += 1) {
      const text = Array.from(
        { length: 1 + Math.floor(random() * 12) },
        () => pieces[Math.floor(random() * pieces.length)],
      ).join("");
      const { filter, error } = parse(text);
      if (filter !== undefined) {
        expect(typeof compile(filter, 0)(ROW)).toBe("boolean");
      } else {
        expect(error?.column).toBeGreaterThanOrEqual(1);
        expect(error?.column).toBeLessThanOrEqual(text.length + 1);
        expect(error?.length).toBeGreaterThanOrEqual(1);
      }
    }
  });
});

test("what a filter needs beyond the index is told", () => {
  const { filter } = parse('task:a OR -(metric."t/x">1 parameter.lr=1) metric.y<2');
  expect(filter && usesOf(filter)).toEqual({
    tasks: true,
    metrics: new Set(["t/x", "y"]),
    parameters: new Set(["lr"]),
  });
  const plain = parse("branch:main").filter;
  expect(plain && usesOf(plain).tasks).toBe(false);
});

test.each([
  ["failed", "failure"],
  ["cancelled", "cancellation"],
  ["err", "error"],
  ["x", null],
])("%j is meant as %j", (given, meant) => {
  expect(nearest(given, ["success", "failure", "error", "cancellation"])).toBe(meant);
});

describe("completions", () => {
  const known: Known = {
    values: new Map([
      ["branch", ["main", "fix loader", "maintenance"]],
      ["tag.kind", ["nightly"]],
    ]),
    names: new Map([
      ["metric", ["accuracy", "roc auc"]],
      ["tag", ["kind"]],
    ]),
  };
  /** The text after the first option, or the one given, was taken. */
  const taken = (text: string, option = 0) => {
    const found = completions(text, text.length, known);
    return text.slice(0, found.from) + found.options[option]?.text + text.slice(found.to);
  };

  test("keys", () => {
    expect(taken("bra")).toBe("branch:");
    expect(taken("result:failure -bra")).toBe("result:failure -branch:");
    expect(taken("(bra")).toBe("(branch:");
    expect(taken("metric.acc")).toBe("metric.accuracy");
    expect(taken("roc")).toBe('metric."roc auc"');
    expect(completions("", 0, known).options.map(({ text }) => text)).toContain("since:");
    expect(completions("", 0, known).options.map(({ text }) => text)).not.toContain("metric.accuracy");
  });

  test("values", () => {
    expect(taken("result:f")).toBe("result:failure");
    expect(taken("result:failure,t")).toBe("result:failure,timeout");
    expect(taken("branch:m")).toBe("branch:main");
    expect(taken("branch:", 1)).toBe('branch:"fix loader"');
    expect(taken("branch!=lo")).toBe('branch!="fix loader"');
    expect(taken('branch:"fix l')).toBe('branch:"fix loader"');
    expect(taken("tag.kind=")).toBe("tag.kind=nightly");
    expect(completions("pr:", 3, known).options).toEqual([]);
  });

  test("the rest of the word under the cursor is replaced, what follows stays", () => {
    const found = completions("branch:mai digits", 9, known);
    expect([found.from, found.to]).toEqual([7, 10]);
  });

  test.each(["plain", 'a "b" \\', "a,b", "x(y)", "-minus", "OR", "", "é:=<>"])(
    "%j written as a value is read as itself",
    (text) => {
      const { filter } = parse(`tag.${quotedName("n m")}=${quotedValue(text)}`);
      expect(filter).toMatchObject({ kind: "term", name: "n m", values: [{ text }] });
    },
  );
});
