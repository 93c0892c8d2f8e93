/** What may be written next in a filter. */

import { KEYS, NAMED_KEYS, STATUSES } from "./grammar";

/** What the runs at hand have: by key the values, and by family (`metric`, `parameter`, `tag`) the names. */
export interface Known {
  /** Keys as a filter writes them: `branch`, `pr`, `tag.kind`. */
  values: ReadonlyMap<string, readonly string[]>;
  names: ReadonlyMap<string, readonly string[]>;
}

export interface Completions {
  /** The part of the text that an option replaces. */
  from: number;
  to: number;
  options: { text: string; about: string }[];
}

const MOST = 12;
const WORD = /(?:[^ \t\r\n\u00a0()"]|"(?:[^"\\]|\\.)*"?)*$/;
const COMPARISON = /^([^:=<>!"]+(?:"(?:[^"\\]|\\.)*")?)(!=|>=|<=|:|=|>|<)(.*)$/s;

/** Options for the word in which the cursor stands; those that begin with what is written come first. */
export function completions(text: string, cursor: number, known: Known): Completions {
  const before = text.slice(0, cursor);
  const word = (WORD.exec(before)?.[0] ?? "").replace(/^-+/, "");
  const end = cursor + (/^[^ \t\r\n\u00a0()]*/.exec(text.slice(cursor))?.[0].length ?? 0);
  const comparison = COMPARISON.exec(word);
  if (comparison === null) {
    return { from: cursor - word.length, to: end, options: ranked(keyOptions(known, word), word.replaceAll('"', "")) };
  }
  const key = (comparison[1] as string).replaceAll('"', "");
  const written = (comparison[3] as string).split(",").pop() as string;
  const options = valueOptions(key, known);
  return { from: cursor - written.length, to: end, options: ranked(options, written.replaceAll('"', "")) };
}

interface Option {
  text: string;
  about: string;
  /** What is compared with the written text. */
  plain: string;
}

function keyOptions(known: Known, written: string): Option[] {
  const options: Option[] = [...KEYS].map(([key, { about }]) => ({ text: `${key}:`, about, plain: key }));
  for (const [family, { about }] of NAMED_KEYS) {
    options.push({ text: `${family}.`, about, plain: family });
    // Only where one asks for them: there may be hundreds.
    for (const name of written === "" ? [] : (known.names.get(family) ?? [])) {
      options.push({ text: `${family}.${quotedName(name)}`, about: "", plain: `${family}.${name}` });
    }
  }
  return options;
}

function valueOptions(key: string, known: Known): Option[] {
  const values = key === "result" ? STATUSES : key === "dirty" ? ["true", "false"] : (known.values.get(key) ?? []);
  return values.map((value) => ({ text: quotedValue(value), about: "", plain: value }));
}

function ranked(options: Option[], written: string): { text: string; about: string }[] {
  const wanted = written.toLowerCase();
  const found: [number, Option][] = [];
  for (const option of options) {
    const at = option.plain.toLowerCase().indexOf(wanted);
    if (at !== -1 && (at === 0 || wanted.length > 1) && option.text !== written) {
      found.push([at === 0 ? 0 : 1, option]);
    }
  }
  found.sort((a, b) => a[0] - b[0]);
  return found.slice(0, MOST).map(([, { text, about }]) => ({ text, about }));
}

/** A name after a dot, in quotes where it would be read as something else. */
export function quotedName(name: string): string {
  return /^[^ \t\r\n\u00a0()":=<>!]+$/.test(name) ? name : quoted(name);
}

/** A value, in quotes where it would be read as something else. */
export function quotedValue(value: string): string {
  return /^[^ \t\r\n\u00a0()",]+$/.test(value) ? value : quoted(value);
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
