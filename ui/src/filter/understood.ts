/** What the values of a filter say, and what is wrong with those that say nothing. */

import { KEYS, type Key, NAMED_KEYS, type Operator, STATUSES, type Value } from "./grammar";
import { nearest } from "./nearest";
import { readDuration, readMoment, readNumber } from "./values";

export function unknownKey(text: string, family: string, isNamed: boolean): string {
  if (text === "") {
    return "a key is missing before this; to search for a text with signs, put it in quotes";
  }
  const near = isNamed ? nearest(family, NAMED_KEYS.keys()) : nearest(text, [...KEYS.keys(), ...NAMED_KEYS.keys()]);
  if (near !== null) {
    const meant = NAMED_KEYS.has(near) ? `${near}.${isNamed ? text.slice(family.length + 1) : "NAME"}` : near;
    return `there is no key ${text}; did you mean ${meant}?`;
  }
  const keys = [...KEYS.keys(), ...[...NAMED_KEYS.keys()].map((key) => `${key}.NAME`)].join(", ");
  return `there is no key ${text}; to search for the text, put it in quotes; keys are ${keys}`;
}

/** Checks a value against what its key takes; `refuse` makes the error that is thrown. */
export function understood(key: Key, operator: Operator, text: string, refuse: (advice: string) => Error): Value {
  const value: Value = { text, number: null, moment: null };
  const isOrder = /[<>]/.test(operator);
  if (text === "") {
    if (isOrder || key.kind === "time") {
      throw refuse("a value is missing in these quotes");
    }
    return value;
  }
  if (key.kind === "metric" || key.kind === "duration") {
    value.number = key.kind === "metric" ? readNumber(text) : readDuration(text);
    if (value.number === null) {
      throw refuse(`${text} is no ${key.kind === "metric" ? "number" : "duration: write 90, 90s, 5min or 2h"}`);
    }
  } else if (key.kind === "json") {
    value.number = readNumber(text);
  } else if (key.kind === "time") {
    value.moment = readMoment(text);
    if (value.moment === null) {
      throw refuse(`${text} is no time: write 30d, 12h, 2026-11-01 or 2026-11-01T06:00`);
    }
  } else if (key.kind === "flag" && text !== "true" && text !== "false") {
    throw refuse(`${text} is neither true nor false`);
  } else if (key.kind === "status") {
    mustBeStatus(operator, text, refuse);
  }
  return value;
}

function mustBeStatus(operator: Operator, text: string, refuse: (advice: string) => Error): void {
  const wanted = text.toLowerCase();
  if (STATUSES.some((status) => (operator === ":" ? status.startsWith(wanted) : status === wanted))) {
    return;
  }
  const near = nearest(text, STATUSES);
  const advice = near === null ? `results are ${STATUSES.join(", ")}` : `did you mean ${near}?`;
  throw refuse(`there is no result ${text}; ${advice}`);
}
