/** From times to places on the axis. The axis goes from 0 to 1; a window on it is what is seen. */

import type { Extent } from "./times";

export interface Scale {
  extent: Extent;
  /** Times in which nothing ran, shown shorter than they were. */
  shortened: Extent[];
  place: (ms: number) => number;
  time: (place: number) => number;
}

export interface Range {
  from: number;
  to: number;
}

export const WHOLE: Range = { from: 0, to: 1 };

/** An idle time is worth shortening from this share of the run on. */
const LONG_GAP = 0.1;
/** What a shortened idle time takes on the axis, as a share of all that is not idle. */
const GAP_SHARE = 0.08;
/** Beyond, a millisecond is wider than any screen. */
const SMALLEST_MS = 0.5;

/** Times in which nothing ran and that are so long that they squash the rest. */
export function idleTimes(intervals: Extent[], extent: Extent): Extent[] {
  const least = (extent.end - extent.start) * LONG_GAP;
  const idle: Extent[] = [];
  let until = extent.start;
  for (const { start, end } of [...intervals].sort((one, other) => one.start - other.start)) {
    if (start - until >= least) {
      idle.push({ start: until, end: start });
    }
    until = Math.max(until, end);
  }
  if (extent.end - until >= least) {
    idle.push({ start: until, end: extent.end });
  }
  return idle;
}

/** Whether idle times take so much that the axis is better without them. */
export function isMostlyIdle(idle: Extent[], extent: Extent): boolean {
  return idle.reduce((sum, { start, end }) => sum + end - start, 0) > 0.5 * (extent.end - extent.start);
}

export function makeScale(extent: Extent, shortened: Extent[]): Scale {
  const length = extent.end - extent.start;
  const busy = length - shortened.reduce((sum, { start, end }) => sum + end - start, 0);
  const gap = Math.max(busy, length * 1e-6) * GAP_SHARE;
  // Corners between which the axis runs evenly.
  const corners: { ms: number; at: number }[] = [{ ms: extent.start, at: 0 }];
  const advance = (ms: number, by: number) => corners.push({ ms, at: (corners.at(-1)?.at ?? 0) + by });
  for (const { start, end } of shortened) {
    advance(start, start - (corners.at(-1)?.ms ?? 0));
    advance(end, Math.min(gap, end - start));
  }
  advance(extent.end, extent.end - (corners.at(-1)?.ms ?? 0));
  const total = corners.at(-1)?.at || 1;
  const points = corners.map(({ ms, at }) => ({ ms, at: at / total }));
  return {
    extent,
    shortened,
    place: (ms) => between(points, "ms", "at", ms),
    time: (place) => between(points, "at", "ms", place),
  };
}

type Corner = { ms: number; at: number };

/** Goes on evenly beyond the ends. */
function between(points: Corner[], from: keyof Corner, to: keyof Corner, value: number): number {
  let index = points.findIndex(
    (point, at) => at > 0 && value <= point[from] && point[from] > (points[at - 1]?.[from] ?? 0),
  );
  if (index < 0) {
    index = points.length - 1;
    while (index > 1 && points[index]?.[from] === points[index - 1]?.[from]) {
      index -= 1;
    }
  }
  const left = points[index - 1] as Corner;
  const right = points[index] as Corner;
  const width = right[from] - left[from];
  return width === 0 ? left[to] : left[to] + ((value - left[from]) / width) * (right[to] - left[to]);
}

/** Kept on the axis, and no narrower than half a millisecond. */
export function boundedRange({ from, to }: Range, scale: Scale): Range {
  const narrowest = Math.min(1, SMALLEST_MS / (scale.extent.end - scale.extent.start));
  const width = Math.min(1, Math.max(narrowest, to - from));
  const start = Math.min(1 - width, Math.max(0, (from + to) / 2 - width / 2));
  return { from: start, to: start + width };
}

/** `share` is where in the window the pointer is: that time stays under it. */
export function zoomedRange(range: Range, share: number, factor: number, scale: Scale): Range {
  const at = range.from + share * (range.to - range.from);
  const width = (range.to - range.from) / factor;
  return boundedRange({ from: at - share * width, to: at + (1 - share) * width }, scale);
}

export function pannedRange(range: Range, share: number, scale: Scale): Range {
  const shift = share * (range.to - range.from);
  return boundedRange({ from: range.from + shift, to: range.to + shift }, scale);
}

/** A window on something that ran, with a little room around it. */
export function rangeOf(interval: Extent, scale: Scale): Range {
  const [from, to] = [scale.place(interval.start), scale.place(interval.end)];
  const room = Math.max((to - from) * 0.08, 1e-9);
  return boundedRange({ from: from - room, to: to + room }, scale);
}

/** Where a time lies in the window: 0 at its left end, 1 at its right end. */
export function inRange(ms: number, scale: Scale, range: Range): number {
  return (scale.place(ms) - range.from) / (range.to - range.from);
}
