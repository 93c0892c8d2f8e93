/** From values to places on the screen, and where an axis has its marks. */

import { metricText, timeText } from "../../parts/format";

export interface Tick {
  value: number;
  text: string;
}

export interface Scale {
  at(value: number): number;
  /** The value at a place: what a pointer points to. */
  value(place: number): number;
  ticks: Tick[];
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const TIME_STEPS = [60_000, 5 * 60_000, 15 * 60_000, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR];

/** A scale over `[low, high]`, widened to round numbers. `count` is about how many marks there is room for. */
export function linearScale([low, high]: [number, number], [from, to]: [number, number], count: number): Scale {
  const [start, end] = widened(low, high);
  const step = roundStep((end - start) / Math.max(1, count));
  const first = Math.floor(start / step) * step;
  const last = Math.ceil(end / step) * step;
  const ticks: Tick[] = [];
  for (let number = 0; number <= 2 * count + 4; number += 1) {
    const value = first + number * step;
    if (value > last + step / 2) {
      break;
    }
    // The sum of many steps ends in digits that nobody chose.
    ticks.push({ value, text: metricText(Math.abs(value) < step / 1e6 ? 0 : value) });
  }
  return { ...straight([first, last], [from, to]), ticks };
}

/** Decades, and 2 and 5 between them where there are few. Values must be above 0. */
export function logScale([low, high]: [number, number], [from, to]: [number, number], count: number): Scale {
  const start = Math.log10(Math.max(low, Number.MIN_VALUE));
  const end = Math.log10(Math.max(high, low, Number.MIN_VALUE));
  const first = Math.floor(start + 1e-9);
  const last = Math.max(first + 1, Math.ceil(end - 1e-9));
  const line = straight([first, last], [from, to]);
  const every = Math.ceil((last - first) / Math.max(1, count));
  const between = last - first <= 2 ? [1, 2, 5] : [1];
  const ticks: Tick[] = [];
  for (let decade = first; decade <= last; decade += every) {
    for (const factor of decade === last ? [1] : between) {
      const value = factor * 10 ** decade;
      ticks.push({ value, text: metricText(value) });
    }
  }
  return { at: (value) => line.at(Math.log10(value)), value: (place) => 10 ** line.value(place), ticks };
}

export interface FittingScale extends Scale {
  isLog: boolean;
}

/** Logarithmic where values of several sizes would else lie on top of each other, as learning rates do. */
export function fittingScale(values: ArrayLike<number>, range: [number, number], count: number): FittingScale {
  const known = Array.from(values)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const low = known[0] ?? 0;
  const high = known[known.length - 1] ?? 1;
  const middle = known[known.length >> 1] ?? 0;
  const isLog = low > 0 && high / low >= 100 && middle - low < (high - low) / 8;
  return { ...(isLog ? logScale : linearScale)([low, high], range, count), isLog };
}

/** From the lowest to the highest value and no further; both are marks. */
export function tightScale(values: ArrayLike<number>, range: [number, number], count: number): FittingScale {
  const fitting = fittingScale(values, range, count);
  const [low, high] = extent(Array.from(values)) ?? [0, 0];
  if (low === high) {
    return fitting;
  }
  const { isLog } = fitting;
  const line = straight(isLog ? [Math.log10(low), Math.log10(high)] : [low, high], range);
  const at = (value: number) => line.at(isLog ? Math.log10(value) : value);
  const isFree = ({ value }: Tick) =>
    value > low && value < high && Math.min(Math.abs(at(value) - range[0]), Math.abs(at(value) - range[1])) > 18;
  const ends = [low, high].map((value) => ({ value, text: metricText(value) }));
  return {
    isLog,
    at,
    value: (place) => (isLog ? 10 ** line.value(place) : line.value(place)),
    ticks: [...ends, ...fitting.ticks.filter(isFree)],
  };
}

/** Milliseconds, with marks at whole hours or days of the reader's time zone. */
export function timeScale([low, high]: [number, number], [from, to]: [number, number], count: number): Scale {
  const [start, end] = high > low ? [low, high] : [low - HOUR, high + HOUR];
  const wanted = (end - start) / Math.max(1, count);
  const ticks = wanted > 12 * HOUR ? dayTicks(start, end, wanted) : hourTicks(start, end, wanted);
  return { ...straight([start, end], [from, to]), ticks };
}

/** Places 0, 1, 2 ... with half a place left free at both ends; `names` are thinned out to the room there is. */
export function ordinalScale(names: ReadonlyMap<number, string>, [from, to]: [number, number], count: number): Scale {
  const places = [...names.keys()].sort((a, b) => a - b);
  const low = places[0] ?? 0;
  const high = places[places.length - 1] ?? 0;
  const every = Math.max(1, Math.ceil(places.length / Math.max(1, count)));
  const ticks = places
    .filter((_, at) => at % every === 0)
    .map((value) => ({ value, text: names.get(value) as string }));
  return { ...straight([low - 0.5, high + 0.5], [from, to]), ticks };
}

function straight([low, high]: [number, number], [from, to]: [number, number]): Pick<Scale, "at" | "value"> {
  // Halves, since the difference of two large numbers can be infinite.
  const span = high / 2 - low / 2;
  return {
    at: (value) => from + ((value / 2 - low / 2) / span) * (to - from),
    value: (place) => low + ((place - from) / (to - from)) * span * 2,
  };
}

const LARGEST = 1e300;
const SMALLEST = 1e-300;

/** One value alone, and values that differ by less than a computer can tell, get room around them. */
function widened(from: number, to: number): [number, number] {
  // Beyond these, steps and their sums are no numbers any more.
  const [low, high] = [Math.max(-LARGEST, Math.min(from, LARGEST)), Math.min(LARGEST, Math.max(to, -LARGEST))];
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (high - low > Math.max(size * 1e-9, SMALLEST)) {
    return [low, high];
  }
  const room = size < SMALLEST ? 1 : size * 0.1;
  return [low - room, high + room];
}

/** The next of 1, 2, 5, 10, 20 ... */
function roundStep(step: number): number {
  const decade = 10 ** Math.floor(Math.log10(step));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * decade >= step * 0.999) ?? 10;
  return Math.max(factor * decade, Number.MIN_VALUE);
}

function hourTicks(start: number, end: number, wanted: number): Tick[] {
  const step = TIME_STEPS.find((candidate) => candidate >= wanted) as number;
  const midnight = new Date(start);
  midnight.setHours(0, 0, 0, 0);
  const ticks: Tick[] = [];
  for (let value = midnight.getTime(); value <= end; value += step) {
    if (value >= start) {
      const [day, hour] = timeText(value).split(" ") as [string, string];
      // The first mark says the day, too.
      ticks.push({ value, text: hour === "00:00" ? day : ticks.length === 0 ? `${day.slice(5)} ${hour}` : hour });
    }
  }
  return ticks;
}

function dayTicks(start: number, end: number, wanted: number): Tick[] {
  const days = Math.max(1, Math.ceil(wanted / DAY));
  const step = [1, 2, 7, 14, 30, 61, 91, 182, 365].find((candidate) => candidate >= days) ?? days;
  const day = new Date(start);
  day.setHours(0, 0, 0, 0);
  day.setDate(day.getDate() + 1);
  const ticks: Tick[] = [];
  while (day.getTime() <= end && ticks.length < 60) {
    ticks.push({ value: day.getTime(), text: timeText(day.getTime()).slice(0, 10) });
    day.setDate(day.getDate() + step);
  }
  return ticks;
}

/** Smallest and largest finite value; null where there is none. */
export function extent(values: Iterable<number | null>): [number, number] | null {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value !== null && Number.isFinite(value)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return low <= high ? [low, high] : null;
}
