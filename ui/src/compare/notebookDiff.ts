/** Two evaluated notebooks, cell by cell: what stayed, changed, moved, came and went. */

import { commonPairs } from "./lines";

/** What is compared of a cell; `images` are their contents, or hashes of these. */
export interface ComparedCell {
  kind: string;
  source: string;
  outputsText: string;
  images: readonly string[];
  failed: boolean;
}

export interface CellPair {
  /** Places in the two notebooks; null where the cell is in one alone. */
  before: number | null;
  after: number | null;
  /** Whether the order of cells changed: it then stands where it is now. */
  isMoved: boolean;
  sourceDiffers: boolean;
  outputDiffers: boolean;
  imagesDiffer: boolean;
  /** Failed in one of the two alone. */
  failureDiffers: boolean;
}

export interface NotebookDiff {
  /** In the order of the later notebook; cells that are gone stand after what preceded them. */
  pairs: CellPair[];
  counts: { same: number; changed: number; moved: number; added: number; removed: number };
}

/** From here on two cells that stand at the same place are versions of one. */
const ALIKE = 0.5;
/** For cells that stand elsewhere more is asked. */
const ALIKE_ELSEWHERE = 0.7;
/** Similarities are computed for so many pairs of cells at most. */
const MOST_COMPARISONS = 200_000;
/** Shorter sources (`df.head()`) are in many cells: finding them elsewhere says nothing. */
const SHORTEST_MOVED = 3;

export function diffNotebooks(before: readonly ComparedCell[], after: readonly ComparedCell[]): NotebookDiff {
  const partners = new Partners(before, after);
  partners.pairEqual();
  partners.pairAlikeInGaps();
  partners.pairMoved();
  const pairs = partners.inOrder().map(([i, j, isMoved]) => comparedPair(before, after, i, j, isMoved));
  return { pairs, counts: countsOf(pairs) };
}

/** For each cell of either notebook the cell of the other one that it is paired with. */
class Partners {
  private readonly ofBefore: (number | null)[];
  private readonly ofAfter: (number | null)[];
  private readonly moved = new Set<number>();
  private readonly wordsBefore: Words[];
  private readonly wordsAfter: Words[];

  constructor(
    private readonly before: readonly ComparedCell[],
    private readonly after: readonly ComparedCell[],
  ) {
    this.ofBefore = before.map(() => null);
    this.ofAfter = after.map(() => null);
    this.wordsBefore = before.map(wordsOf);
    this.wordsAfter = after.map(wordsOf);
  }

  pairEqual(): void {
    for (const [i, j] of commonPairs(this.before.map(keyOf), this.after.map(keyOf)).pairs) {
      this.pair(i, j);
    }
  }

  /** Between cells that are paired, those that are most alike, in their order. */
  pairAlikeInGaps(): void {
    const anchors = this.ofBefore.flatMap((j, i) => (j === null ? [] : [[i, j] as const]));
    let [startI, startJ] = [0, 0];
    for (const [i, j] of [...anchors, [this.before.length, this.after.length] as const]) {
      this.pairInGap(startI, i, startJ, j);
      [startI, startJ] = [i + 1, j + 1];
    }
  }

  private pairInGap(startI: number, endI: number, startJ: number, endJ: number): void {
    const [rows, columns] = [endI - startI, endJ - startJ];
    if (rows === 0 || columns === 0 || rows * columns > MOST_COMPARISONS) {
      return;
    }
    // best[r][c]: the largest sum of similarities of pairs from row r and column c on.
    const best = Array.from({ length: rows + 1 }, () => new Float64Array(columns + 1));
    const alike = Array.from({ length: rows }, (_, row) =>
      Float64Array.from({ length: columns }, (_, column) => this.similarity(startI + row, startJ + column, ALIKE)),
    );
    const at = (table: Float64Array[], row: number, column: number) => table[row]?.[column] as number;
    for (let row = rows - 1; row >= 0; row -= 1) {
      for (let column = columns - 1; column >= 0; column -= 1) {
        const paired = at(alike, row, column) > 0 ? at(alike, row, column) + at(best, row + 1, column + 1) : 0;
        (best[row] as Float64Array)[column] = Math.max(paired, at(best, row + 1, column), at(best, row, column + 1));
      }
    }
    let [row, column] = [0, 0];
    while (row < rows && column < columns) {
      if (at(best, row, column) === at(best, row + 1, column)) {
        row += 1;
      } else if (at(best, row, column) === at(best, row, column + 1)) {
        column += 1;
      } else {
        this.pair(startI + row, startJ + column);
        [row, column] = [row + 1, column + 1];
      }
    }
  }

  /** Cells that are left: the most alike first, wherever they stand. */
  pairMoved(): void {
    const gone = this.left(this.ofBefore, this.wordsBefore);
    const come = this.left(this.ofAfter, this.wordsAfter);
    if (gone.length * come.length > MOST_COMPARISONS) {
      return;
    }
    const candidates = gone.flatMap((i) =>
      come.flatMap((j) => {
        const alike = this.similarity(i, j, ALIKE_ELSEWHERE);
        return alike === 0 ? [] : [{ i, j, alike }];
      }),
    );
    candidates.sort((a, b) => b.alike - a.alike || a.i - b.i || a.j - b.j);
    for (const { i, j } of candidates) {
      if (this.ofBefore[i] === null && this.ofAfter[j] === null) {
        this.pair(i, j);
        this.moved.add(i);
      }
    }
  }

  private left(partners: (number | null)[], words: Words[]): number[] {
    return partners.flatMap((partner, at) =>
      partner === null && (words[at] as Words).total >= SHORTEST_MOVED ? [at] : [],
    );
  }

  private pair(i: number, j: number): void {
    this.ofBefore[i] = j;
    this.ofAfter[j] = i;
  }

  private similarity(i: number, j: number, least: number): number {
    if (this.before[i]?.kind !== this.after[j]?.kind) {
      return 0;
    }
    const alike = sharedShare(this.wordsBefore[i] as Words, this.wordsAfter[j] as Words);
    return alike >= least ? alike : 0;
  }

  inOrder(): [number | null, number | null, boolean][] {
    const order: [number | null, number | null, boolean][] = [];
    let next = 0;
    /** Cells that are gone, up to the place `end` of the earlier notebook. */
    const passGone = (end: number) => {
      for (; next < end; next += 1) {
        if (this.ofBefore[next] === null) {
          order.push([next, null, false]);
        }
      }
    };
    this.ofAfter.forEach((i, j) => {
      const isMoved = i !== null && this.moved.has(i);
      if (i !== null && !isMoved) {
        passGone(i);
      }
      order.push([i, j, isMoved]);
    });
    passGone(this.before.length);
    return order;
  }
}

function keyOf(cell: ComparedCell): string {
  return `${cell.kind}\n${cell.source.trim()}`;
}

interface Words {
  counts: Map<string, number>;
  total: number;
}

function wordsOf(cell: ComparedCell): Words {
  const counts = new Map<string, number>();
  let total = 0;
  // A cell may hold megabytes of data; its beginning says which one it is.
  for (const [word] of cell.source.slice(0, 4000).matchAll(/[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu)) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
    total += 1;
  }
  return { counts, total };
}

/** Share of words that both have (Sørensen and Dice): 0 to 1. */
function sharedShare(a: Words, b: Words): number {
  const both = a.total + b.total;
  // Nothing more than twice the smaller one can be shared.
  if (both === 0 || (2 * Math.min(a.total, b.total)) / both < ALIKE) {
    return both === 0 ? 1 : 0;
  }
  const [few, many] = a.counts.size <= b.counts.size ? [a, b] : [b, a];
  let shared = 0;
  for (const [word, count] of few.counts) {
    shared += Math.min(count, many.counts.get(word) ?? 0);
  }
  return (2 * shared) / both;
}

function comparedPair(
  before: readonly ComparedCell[],
  after: readonly ComparedCell[],
  i: number | null,
  j: number | null,
  isMoved: boolean,
): CellPair {
  const a = i === null ? undefined : before[i];
  const b = j === null ? undefined : after[j];
  const isPair = a !== undefined && b !== undefined;
  return {
    before: i,
    after: j,
    isMoved,
    sourceDiffers: isPair && a.source.trimEnd() !== b.source.trimEnd(),
    outputDiffers: isPair && withoutAddresses(a.outputsText) !== withoutAddresses(b.outputsText),
    imagesDiffer:
      isPair && (a.images.length !== b.images.length || a.images.some((image, at) => image !== b.images[at])),
    failureDiffers: isPair && a.failed !== b.failed,
  };
}

/** `<Model at 0x7f3a...>` is another in every run, and nobody's concern. */
function withoutAddresses(text: string): string {
  return text.trimEnd().replace(/\b0x[0-9a-f]{6,}\b/gi, "0x…");
}

/** Whether anything but the place of a pair differs. */
export function isChanged(pair: CellPair): boolean {
  return pair.sourceDiffers || pair.outputDiffers || pair.imagesDiffer || pair.failureDiffers;
}

function countsOf(pairs: readonly CellPair[]): NotebookDiff["counts"] {
  const counts = { same: 0, changed: 0, moved: 0, added: 0, removed: 0 };
  for (const pair of pairs) {
    if (pair.before === null) {
      counts.added += 1;
    } else if (pair.after === null) {
      counts.removed += 1;
    } else if (pair.isMoved) {
      counts.moved += 1;
    } else if (isChanged(pair)) {
      counts.changed += 1;
    } else {
      counts.same += 1;
    }
  }
  return counts;
}
