/** Source code with colours, in the languages that notebooks of pipelines hold. */

import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import json from "highlight.js/lib/languages/json";
import julia from "highlight.js/lib/languages/julia";
import python from "highlight.js/lib/languages/python";
import r from "highlight.js/lib/languages/r";
import sql from "highlight.js/lib/languages/sql";
import yaml from "highlight.js/lib/languages/yaml";
import { escaped } from "./html";

for (const [name, language] of Object.entries({ bash, json, julia, python, r, sql, yaml })) {
  hljs.registerLanguage(name, language);
}

const OTHER_NAMES = new Map([
  ["ipython", "python"],
  ["ipython2", "python"],
  ["ipython3", "python"],
  ["pycon", "python"],
  ["zsh", "bash"],
]);
// Longer source is shown plainly: colours would cost more time than they help.
const LONGEST = 100_000;

export function highlighted(source: string, language: string): string {
  const name = OTHER_NAMES.get(language) ?? language;
  if (source.length > LONGEST || hljs.getLanguage(name) === undefined) {
    return escaped(source);
  }
  return hljs.highlight(source, { language: name, ignoreIllegals: true }).value;
}

const MAGICS = new Map([
  ["bash", "bash"],
  ["sh", "bash"],
  ["script", "bash"],
  ["sql", "sql"],
  ["R", "r"],
  ["julia", "julia"],
]);

/** A code cell: what follows `%%bash` is no Python. */
export function highlightedCell(source: string, language: string): string {
  const magic = /^%%(\w+)[^\n]*\n/.exec(source);
  const other = magic === null ? undefined : MAGICS.get(magic[1] ?? "");
  if (magic === null || other === undefined) {
    return highlighted(source, language);
  }
  return `${escaped(magic[0])}${highlighted(source.slice(magic[0].length), other)}`;
}
