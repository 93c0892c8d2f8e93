/** How large the box of a node is, and what of its text fits into it. */

import type { NodeFacts } from "./facts";
import type { Direction, Size } from "./shape";

/** Room at the left for the mark of the status. */
export const MARK_WIDTH = 32;
const PADDING = 12;
const NARROWEST = 120;
/** On a phone nodes lie side by side, and three of them must be readable. */
const WIDEST: Record<Direction, number> = { right: 250, down: 176 };
const LINE = 17;

export interface Box extends Size {
  lines: [name: string, detail: string, outcome: string];
}

export interface Measures {
  name: (text: string) => number;
  small: (text: string) => number;
}

export function nodeBox(facts: NodeFacts, measures: Measures, direction: Direction): Box {
  const widths = [measures.name(facts.name), measures.small(facts.detail), measures.small(facts.outcome)];
  const wanted = MARK_WIDTH + Math.max(...widths) + PADDING;
  const width = Math.ceil(Math.min(WIDEST[direction], Math.max(NARROWEST, wanted)));
  const room = width - MARK_WIDTH - PADDING;
  return {
    width,
    height: (facts.detail === "" ? 2 : 3) * LINE + 12,
    lines: [
      fitted(facts.name, room, measures.name),
      fittedDetail(facts.detail, room, measures.small),
      fitted(facts.outcome, room, measures.small),
    ],
  };
}

/** Of a single `name=value` the name is cut: it is the value that tells equal tasks apart. */
function fittedDetail(text: string, room: number, measure: (text: string) => number): string {
  const equals = text.indexOf("=");
  const isSingle = equals > 0 && text.length < 400 && equals === text.lastIndexOf("=");
  const value = isSingle ? text.slice(equals) : "";
  if (!isSingle || measure(text) <= room || measure(`…${value}`) > room / 1.5) {
    return fitted(text, room, measure);
  }
  return `${fitted(text.slice(0, equals), room - measure(value), measure)}${value}`;
}

/** Height of the first line's baseline, and of the others below it. */
export function baseline(line: number): number {
  return 6 + LINE * line + 12.5;
}

/** The text, or as much of its beginning as fits before an ellipsis. */
export function fitted(text: string, room: number, measure: (text: string) => number): string {
  if (text.length < 400 && measure(text) <= room) {
    return text;
  }
  const letters = [...text.slice(0, 400)];
  let [low, high] = [0, letters.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measure(`${letters.slice(0, middle).join("")}…`) <= room) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return `${letters.slice(0, low).join("").trimEnd()}…`;
}

/** Measures with the page's own font. */
export function pageMeasures(): Measures {
  const context = document.createElement("canvas").getContext("2d");
  const family = getComputedStyle(document.body).fontFamily;
  const measureWith = (font: string, perLetter: number) => (text: string) => {
    if (context === null) {
      return text.length * perLetter;
    }
    context.font = `${font} ${family}`;
    return context.measureText(text).width;
  };
  return { name: measureWith("600 13px", 7.5), small: measureWith("11.5px", 6.5) };
}
