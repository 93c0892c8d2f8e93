/** Numbers, durations and moments as a filter writes them. */

import type { Moment } from "./grammar";

const NUMBER = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/;
const DURATION = /^([0-9]+\.?[0-9]*|\.[0-9]+)(s|m|min|h|d|w)$/;
const MOMENT =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?(Z|[+-][0-9]{2}:[0-9]{2})?)?$/;
const UNITS_S = new Map([
  ["s", 1],
  ["m", 60],
  ["min", 60],
  ["h", 3600],
  ["d", 86_400],
  ["w", 604_800],
]);

/** A number, `nan` or `inf`; null for anything else. */
export function readNumber(text: string): number | null {
  if (NUMBER.test(text)) {
    return Number(text);
  }
  const word = text.toLowerCase().replace(/^\+/, "");
  if (word === "nan") {
    return Number.NaN;
  }
  if (word === "inf" || word === "infinity") {
    return Number.POSITIVE_INFINITY;
  }
  return word === "-inf" || word === "-infinity" ? Number.NEGATIVE_INFINITY : null;
}

/** Seconds: a bare number, or one with a unit; null for anything else. */
export function readDuration(text: string): number | null {
  if (NUMBER.test(text)) {
    return Number(text);
  }
  const match = DURATION.exec(text);
  return match === null ? null : Number(match[1]) * (UNITS_S.get(match[2] as string) as number);
}

/** `30d`, or a date with or without a time; UTC where no zone is written. Null for anything else. */
export function readMoment(text: string): Moment | null {
  const ago = DURATION.exec(text);
  if (ago !== null) {
    return { agoMs: Number(ago[1]) * (UNITS_S.get(ago[2] as string) as number) * 1000 };
  }
  const match = MOMENT.exec(text);
  if (match === null) {
    return null;
  }
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as number[];
  const parts = [year, (month as number) - 1, day, hour, minute, second] as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const time = new Date(Date.UTC(...parts));
  // Years before 100 are taken for 19xx, and the 31st of February for a day in March: neither is what was written.
  const read = [time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate(), time.getUTCHours(), time.getUTCMinutes()];
  if (read.some((part, index) => part !== parts[index]) || time.getUTCSeconds() !== parts[5]) {
    return null;
  }
  const zone = zoneMs(match[7] ?? "Z");
  return zone === null ? null : { ms: time.getTime() - zone };
}

function zoneMs(zone: string): number | null {
  if (zone === "Z") {
    return 0;
  }
  const [hours, minutes] = zone.slice(1).split(":").map(Number) as [number, number];
  if (hours > 23 || minutes > 59) {
    return null;
  }
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
