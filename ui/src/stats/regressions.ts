/**
 * Finds where main's values change for good, and single runs that stand far out.
 *
 * For every run the last few values are compared with the level that holds until then. The thresholds come from
 * simulation: `tests/stats` shows what they give (recall of lasting steps, false alarms in series without any).
 */

import { type Level, levelOf } from "./robust";

export interface Finding {
  /** Place in the values: the first of the new level, or the run that stands out. */
  at: number;
  kind: "step" | "outlier";
  direction: "up" | "down";
  before: Level;
  /** Mean of the new level's first values; of a single run, its value. */
  after: number;
  /** By how many spreads it differs. */
  sigmas: number;
  /** Place of the run with which it was found: not before `at`. */
  foundAt: number;
}

/** So many values make a level; fewer say nothing. */
export const SHORTEST_LEVEL = 10;
const LONGEST_LEVEL = 60;
const SHORTEST_STEP = 3;
const LONGEST_STEP = 7;
const STEP_SIGMAS = 4.1;
const OUTLIER_SIGMAS = 6;
/** For a run that one asks about, such as a pull request's: it is one, where the outliers of main are sought in hundreds. */
const SINGLE_SIGMAS = 3.5;
/** One strange value among the last few must not look like a step. */
const CLIPPED_AT = 4.5;

/** Findings in the order of the runs. Values that are not finite are left out, and are at no place of a finding. */
export function findings(values: readonly (number | null)[]): Finding[] {
  const places: number[] = [];
  const numbers: number[] = [];
  values.forEach((value, place) => {
    if (value !== null && Number.isFinite(value)) {
      places.push(place);
      numbers.push(value);
    }
  });
  return scan(numbers).map((finding) => ({
    ...finding,
    at: places[finding.at] as number,
    foundAt: places[finding.foundAt] as number,
  }));
}

/** How many spreads a single value lies from main's level, with sign; and whether that is more than chance explains. */
export function against(level: Level, value: number): { sigmas: number; isFar: boolean } {
  const sigmas = (value - level.centre) / level.spread;
  const isKnown = level.count >= SHORTEST_LEVEL;
  return { sigmas, isFar: isKnown && Math.abs(sigmas) > SINGLE_SIGMAS * smallSample(level.count) };
}

/** The level of the values before a place; each is asked for several times. */
type LevelBefore = (at: number) => Level;

function levelsSince(numbers: number[], start: number): LevelBefore {
  const known = new Map<number, Level>();
  return (at) => {
    let level = known.get(at);
    if (level === undefined) {
      level = levelOf(numbers.slice(Math.max(start, at - LONGEST_LEVEL), at));
      known.set(at, level);
    }
    return level;
  };
}

function scan(numbers: number[]): Finding[] {
  const found: Finding[] = [];
  let start = 0;
  let levelBefore = levelsSince(numbers, start);
  for (let end = SHORTEST_LEVEL + 1; end <= numbers.length; end += 1) {
    const step = stepAt(numbers, start, end, levelBefore);
    if (step !== null) {
      // What stood out at the beginning of a new level was the step.
      while (found.at(-1)?.kind === "outlier" && (found.at(-1) as Finding).at >= step.at) {
        found.pop();
      }
      found.push(step);
      start = step.at;
      levelBefore = levelsSince(numbers, start);
      continue;
    }
    const outlier = outlierAt(numbers, end, levelBefore);
    if (outlier !== null) {
      found.push(outlier);
    }
  }
  return found;
}

/** The step that the values up to `end` show, where the level holds since `start`. */
function stepAt(numbers: number[], start: number, end: number, levelBefore: LevelBefore): Finding | null {
  let best: Finding | null = null;
  let strongest = STEP_SIGMAS;
  for (let length = SHORTEST_STEP; length <= LONGEST_STEP; length += 1) {
    const at = end - length;
    if (at - start < SHORTEST_LEVEL) {
      break;
    }
    const before = levelBefore(at);
    let sum = 0;
    for (let index = at; index < end; index += 1) {
      sum += clipped(((numbers[index] as number) - before.centre) / before.spread);
    }
    const sigmas = sum / length;
    // Both the mean of the last few and the level itself are uncertain.
    const strength = Math.abs(sigmas) / Math.sqrt(1 / length + 1.57 / before.count);
    if (strength > strongest * smallSample(before.count) && isLasting(numbers, at, end, before, sigmas)) {
      strongest = strength;
      best = findingOf("step", numbers, firstOf(numbers, at, end, before), end, before);
    }
  }
  return best;
}

/** Whether all but one of the new values lie on the side to which the level moves. */
function isLasting(numbers: number[], at: number, end: number, before: Level, sigmas: number): boolean {
  let against = 0;
  for (let index = at; index < end; index += 1) {
    const deviation = ((numbers[index] as number) - before.centre) * Math.sign(sigmas);
    if (deviation < before.spread / 2) {
      against += 1;
    }
  }
  return against <= 1;
}

/** The first value that lies nearer to the new level than to the old one. */
function firstOf(numbers: number[], at: number, end: number, before: Level): number {
  const after = levelOf(numbers.slice(at, end)).centre;
  let first = at;
  while (
    first < end - 1 &&
    Math.abs((numbers[first] as number) - before.centre) < Math.abs((numbers[first] as number) - after)
  ) {
    first += 1;
  }
  return first;
}

function outlierAt(numbers: number[], end: number, levelBefore: LevelBefore): Finding | null {
  const at = end - 1;
  const before = levelBefore(at);
  const sigmas = Math.abs((numbers[at] as number) - before.centre) / before.spread;
  if (before.count < SHORTEST_LEVEL || sigmas <= OUTLIER_SIGMAS * smallSample(before.count)) {
    return null;
  }
  return findingOf("outlier", numbers, at, end, before);
}

function findingOf(kind: Finding["kind"], numbers: number[], at: number, end: number, before: Level): Finding {
  const after = numbers.slice(at, end).reduce((sum, value) => sum + value / (end - at), 0);
  const direction = after > before.centre ? "up" : "down";
  return {
    at,
    kind,
    direction,
    before,
    after,
    sigmas: Math.abs(after - before.centre) / before.spread,
    foundAt: end - 1,
  };
}

function clipped(sigmas: number): number {
  return Math.max(-CLIPPED_AT, Math.min(CLIPPED_AT, sigmas));
}

/** A spread estimated from few values is often too small. */
function smallSample(count: number): number {
  return 1 + 4 / count;
}
