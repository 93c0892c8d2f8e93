/** Which lines of two texts are the same (Myers' shortest edit script). */

export interface DiffLine {
  kind: "same" | "removed" | "added";
  text: string;
  /** Number of the line in either text, from 1; null where it is not in it. */
  before: number | null;
  after: number | null;
}

export interface LineDiff {
  lines: DiffLine[];
  removed: number;
  added: number;
  /** The texts differ in more than was looked at: what lies between equal ends is shown as replaced. */
  isCoarse: boolean;
}

/** More edits than this nobody reads, and they cost the square of it. */
const MOST_EDITS = 1500;

export function lineDiff(before: string, after: string): LineDiff {
  const a = linesOf(before);
  const b = linesOf(after);
  const found = commonPairs(a, b);
  const diff: LineDiff = { lines: [], removed: 0, added: 0, isCoarse: found.isCoarse };
  let [i, j] = [0, 0];
  for (const [nextI, nextJ] of [...found.pairs, [a.length, b.length] as const]) {
    for (; i < nextI; i += 1) {
      diff.lines.push({ kind: "removed", text: a[i] as string, before: i + 1, after: null });
      diff.removed += 1;
    }
    for (; j < nextJ; j += 1) {
      diff.lines.push({ kind: "added", text: b[j] as string, before: null, after: j + 1 });
      diff.added += 1;
    }
    if (i < a.length && j < b.length) {
      diff.lines.push({ kind: "same", text: a[i] as string, before: i + 1, after: j + 1 });
      [i, j] = [i + 1, j + 1];
    }
  }
  return diff;
}

function linesOf(text: string): string[] {
  if (text === "") {
    return [];
  }
  const lines = text.split(/\r\n|\n/);
  if (lines[lines.length - 1] === "") {
    lines.pop();
  }
  return lines;
}

export interface CommonPairs {
  /** Places of equal items in both lists, ascending in both. */
  pairs: [number, number][];
  isCoarse: boolean;
}

/** A longest common subsequence, as pairs of places. */
export function commonPairs(a: readonly string[], b: readonly string[]): CommonPairs {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) {
    start += 1;
  }
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    [endA, endB] = [endA - 1, endB - 1];
  }
  const middle = shortestEdit(numbered(a.slice(start, endA), b.slice(start, endB)));
  const pairs: [number, number][] = [];
  for (let place = 0; place < start; place += 1) {
    pairs.push([place, place]);
  }
  for (const [i, j] of middle ?? []) {
    pairs.push([i + start, j + start]);
  }
  for (let rest = 0; endA + rest < a.length; rest += 1) {
    pairs.push([endA + rest, endB + rest]);
  }
  return { pairs, isCoarse: middle === null };
}

/** Equal items get equal numbers, which are faster to compare. */
function numbered(a: readonly string[], b: readonly string[]): [number[], number[]] {
  const numbers = new Map<string, number>();
  const numberOf = (item: string) => {
    const known = numbers.get(item) ?? numbers.size;
    numbers.set(item, known);
    return known;
  };
  return [a.map(numberOf), b.map(numberOf)];
}

/** Pairs of equal places; null where more than MOST_EDITS edits are needed. */
function shortestEdit([a, b]: [number[], number[]]): [number, number][] | null {
  const most = Math.min(a.length + b.length, MOST_EDITS);
  const furthest = new Int32Array(2 * most + 3);
  const origin = most + 1;
  const trace: Int32Array[] = [];
  for (let edits = 0; edits <= most; edits += 1) {
    // What is needed to walk back: the diagonals that were reached before this edit.
    trace.push(furthest.slice(origin - edits - 1, origin + edits + 2));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let i = startOn(furthest, origin, diagonal, edits);
      while (i < a.length && i - diagonal < b.length && a[i] === b[i - diagonal]) {
        i += 1;
      }
      furthest[origin + diagonal] = i;
      if (i >= a.length && i - diagonal >= b.length) {
        return walkBack(trace, a.length, b.length);
      }
    }
  }
  return null;
}

/** Where an edit script goes on along a diagonal: after a removal, or after an addition where that got further. */
function startOn(furthest: Int32Array, origin: number, diagonal: number, edits: number): number {
  const below = furthest[origin + diagonal - 1] as number;
  const above = furthest[origin + diagonal + 1] as number;
  const isAddition = diagonal === -edits || (diagonal !== edits && below < above);
  return isAddition ? above : below + 1;
}

function walkBack(trace: Int32Array[], lengthA: number, lengthB: number): [number, number][] {
  const pairs: [number, number][] = [];
  let [i, j] = [lengthA, lengthB];
  for (let edits = trace.length - 1; edits >= 0; edits -= 1) {
    const furthest = trace[edits] as Int32Array;
    const origin = edits + 1;
    const diagonal = i - j;
    const begun = edits === 0 ? 0 : startOn(furthest, origin, diagonal, edits);
    while (i > begun && j > begun - diagonal) {
      [i, j] = [i - 1, j - 1];
      pairs.push([i, j]);
    }
    if (edits > 0) {
      const below = furthest[origin + diagonal - 1] as number;
      const above = furthest[origin + diagonal + 1] as number;
      const isAddition = diagonal === -edits || (diagonal !== edits && below < above);
      [i, j] = isAddition ? [i, j - 1] : [i - 1, j];
    }
  }
  return pairs.reverse();
}
