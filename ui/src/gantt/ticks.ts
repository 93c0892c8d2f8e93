/** Ticks of the time axis: round times since the start of the run. */

import { inRange, type Range, type Scale } from "./scale";

export interface Tick {
  ms: number;
  /** In the window, from 0 to 1. */
  at: number;
  text: string;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 28, 91, 365, 3_650].map((count) => count * DAY),
];
/** Width of a letter, and room around a text, in pixels. */
const LETTER = 6.4;
const SPACE = 26;
/** A text may reach a little into the margin. */
const BEYOND = 12;
const MOST_TICKS = 60;

/** Ticks in the window, as many as fit; none inside a shortened idle time. */
export function ticksOf(scale: Scale, range: Range, widthPx: number): Tick[] {
  const [from, to] = [scale.time(range.from), scale.time(range.to)];
  const skipped = scale.shortened.map(({ start, end }) => Math.max(0, Math.min(end, to) - Math.max(start, from)));
  const shown = Math.max(1e-3, to - from - skipped.reduce((sum, ms) => sum + ms, 0));
  const { start: zero } = scale.extent;
  const spacing = (ms: number) => textPx(tickText(to - zero, ms)) + SPACE;
  const step = STEPS.find((ms) => (shown / ms) * spacing(ms) <= widthPx) ?? (STEPS.at(-1) as number);
  const ticks: Tick[] = [];
  let ms = zero + Math.ceil((from - zero) / step - 1e-9) * step;
  while (ms <= to + step * 1e-6 && ticks.length < MOST_TICKS) {
    const gap = scale.shortened.find(({ start, end }) => start <= ms && ms < end);
    if (gap !== undefined) {
      ms = zero + Math.ceil((gap.end - zero) / step) * step;
      continue;
    }
    const at = inRange(ms, scale, range);
    const text = tickText(ms - zero, step);
    const last = ticks.at(-1);
    if (last === undefined || (at - last.at) * widthPx >= textPx(last.text) + SPACE / 3) {
      // Where its text would be cut off, a tick is a line alone.
      ticks.push({ ms, at, text: at * widthPx + textPx(text) <= widthPx + BEYOND ? text : "" });
    }
    ms += step;
  }
  return ticks;
}

function textPx(text: string): number {
  return text.length * LETTER;
}

/** `0`, `250 ms`, `1.5 s`, `2 min 30 s`, `3 h 05 min`, `2 d 06 h`: as exact as the step between ticks asks for. */
export function tickText(ms: number, step: number): string {
  if (Math.abs(ms) < 1e-6) {
    return "0";
  }
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  if (ms < SECOND) {
    return `${Math.round(ms)} ms`;
  }
  const digits = step >= SECOND ? 0 : step >= 100 ? 1 : step >= 10 ? 2 : 3;
  if (ms < MINUTE) {
    return `${(ms / SECOND).toFixed(digits)} s`;
  }
  if (ms < HOUR) {
    const seconds = (ms % MINUTE) / SECOND;
    const minutes = Math.floor(ms / MINUTE);
    return seconds < 1e-6
      ? `${minutes} min`
      : `${minutes} min ${seconds.toFixed(digits).padStart(digits === 0 ? 2 : digits + 3, "0")} s`;
  }
  if (ms < DAY) {
    const rest =
      step < MINUTE
        ? `${two((ms % HOUR) / MINUTE)} min ${two((ms % MINUTE) / SECOND)} s`
        : `${two((ms % HOUR) / MINUTE)} min`;
    return `${Math.floor(ms / HOUR)} h ${rest}`;
  }
  return step < DAY ? `${Math.floor(ms / DAY)} d ${two((ms % DAY) / HOUR)} h` : `${Math.floor(ms / DAY)} d`;
}
