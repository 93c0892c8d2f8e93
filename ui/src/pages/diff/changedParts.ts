/** Within lines that were replaced one by one, the part that changed. */

import type { DiffLine } from "../../compare/lines";

/** From and up to which character; of lines that have nothing in common, nothing. */
export function changedParts(lines: DiffLine[]): Map<DiffLine, [number, number]> {
  const parts = new Map<DiffLine, [number, number]>();
  for (let at = 0; at < lines.length; ) {
    const removed = runOf(lines, at, "removed");
    const added = runOf(lines, at + removed.length, "added");
    if (removed.length > 0 && removed.length === added.length) {
      removed.forEach((line, place) => {
        const other = added[place];
        if (other !== undefined) {
          mark(parts, line, other);
        }
      });
    }
    at += Math.max(1, removed.length + added.length);
  }
  return parts;
}

function runOf(lines: DiffLine[], from: number, kind: DiffLine["kind"]): DiffLine[] {
  let end = from;
  while (lines[end]?.kind === kind) {
    end += 1;
  }
  return lines.slice(from, end);
}

function mark(parts: Map<DiffLine, [number, number]>, one: DiffLine, other: DiffLine): void {
  const shorter = Math.min(one.text.length, other.text.length);
  let start = 0;
  while (start < shorter && one.text[start] === other.text[start]) {
    start += 1;
  }
  let end = 0;
  while (end < shorter - start && one.text.at(-1 - end) === other.text.at(-1 - end)) {
    end += 1;
  }
  // Never through the middle of a character that takes two.
  start = isSplit(one.text, start) || isSplit(other.text, start) ? start - 1 : start;
  end = isSplit(one.text, one.text.length - end) || isSplit(other.text, other.text.length - end) ? end - 1 : end;
  const common = one.text.slice(0, start).trim() + one.text.slice(one.text.length - end).trim();
  if (common !== "") {
    parts.set(one, [start, one.text.length - end]);
    parts.set(other, [start, other.text.length - end]);
  }
}

function isSplit(text: string, at: number): boolean {
  const code = at < text.length ? text.charCodeAt(at) : 0;
  return code >= 0xdc00 && code <= 0xdfff;
}
