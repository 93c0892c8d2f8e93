/** Numbers, times and sizes as text: one place, so that a value looks the same on every page. */

import type { Json, Num } from "../data/contract";

const SIZE_UNITS = ["KiB", "MiB", "GiB"];

/** `0.31 s`, `12.4 s`, `3 min 05 s`, `2 h 07 min`; empty for null. */
export function durationText(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) {
    return "";
  }
  if (Math.abs(seconds) < 9.995) {
    return `${seconds.toFixed(2)} s`;
  }
  if (Math.abs(seconds) < 59.95) {
    return `${seconds.toFixed(1)} s`;
  }
  const minutes = Math.floor(Math.round(seconds) / 60);
  const rest = Math.round(seconds) % 60;
  if (minutes < 60) {
    return `${minutes} min ${String(rest).padStart(2, "0")} s`;
  }
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** `812 B`, `1.4 KiB`, `300.0 MiB`; empty for null. */
export function sizeText(bytes: number | null): string {
  if (bytes === null) {
    return "";
  }
  if (bytes < 1024) {
    return `${bytes} B`;
  }
  let size = bytes / 1024;
  let unit = 0;
  while (size >= 1024 && unit < SIZE_UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${size.toFixed(1)} ${SIZE_UNITS[unit]}`;
}

/** The number that JSON may hold as a word. */
export function numberOf(value: Num): number {
  return typeof value === "number" ? value : Number(value);
}

/** A metric to five significant digits; whole numbers in full. */
export function metricText(value: Num | null): string {
  if (value === null) {
    return "";
  }
  const number = numberOf(value);
  if (!Number.isFinite(number)) {
    return String(value);
  }
  if (Number.isInteger(number) && Math.abs(number) < 1e15) {
    return String(number);
  }
  return String(Number(number.toPrecision(5)));
}

/** A parameter or value as people write it: texts bare, all else as JSON. */
export function jsonText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** `2026-11-21 06:00` in the reader's time zone; empty for null. */
export function timeText(ms: number | null, withSeconds = false): string {
  if (ms === null || !Number.isFinite(ms)) {
    return "";
  }
  const time = new Date(ms);
  if (Number.isNaN(time.getTime())) {
    return "";
  }
  const two = (part: number) => String(part).padStart(2, "0");
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const minute = `${two(time.getHours())}:${two(time.getMinutes())}`;
  return withSeconds ? `${day} ${minute}:${two(time.getSeconds())}` : `${day} ${minute}`;
}

/** UTC in ISO 8601, for `<time datetime>`. */
export function isoText(ms: number | null): string {
  const time = new Date(ms ?? Number.NaN);
  return Number.isNaN(time.getTime()) ? "" : time.toISOString();
}

const STEPS: [seconds: number, word: string][] = [
  [31_557_600, "year"],
  [2_629_800, "month"],
  [604_800, "week"],
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
];

/** `3 days ago`, `just now`. */
export function relativeTime(ms: number | null, nowMs: number): string {
  if (ms === null) {
    return "";
  }
  const seconds = (nowMs - ms) / 1000;
  for (const [step, word] of STEPS) {
    const count = Math.floor(Math.abs(seconds) / step);
    if (count >= 1) {
      const text = `${count} ${word}${count === 1 ? "" : "s"}`;
      return seconds > 0 ? `${text} ago` : `in ${text}`;
    }
  }
  return "just now";
}

/** `1 run`, `12 runs`. */
export function counted(count: number, word: string): string {
  // Grouping digits takes as long as drawing a cell: small numbers, of which tables are full, have nothing to group.
  const number = count < 1000 ? String(count) : count.toLocaleString("en");
  return `${number} ${word}${count === 1 ? "" : "s"}`;
}
