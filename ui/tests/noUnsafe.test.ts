import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const SOURCE = path.join(__dirname, "../src");
const UNSAFE =
  /\b(innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|srcdoc|eval\(|new Function)\b/;
/** What runs inside the sandboxed frame is where a stranger's HTML belongs. */
const INSIDE_THE_FRAME = /^viewer\/frame/;

const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));

describe("a stranger's text never becomes HTML of the page", () => {
  it("looks at all sources", () => {
    expect(files.length).toBeGreaterThan(40);
  });

  it.each(files.filter((name) => !INSIDE_THE_FRAME.test(name)))("%s", (name) => {
    const code = readFileSync(path.join(SOURCE, name), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    expect(code).not.toMatch(UNSAFE);
  });
});
