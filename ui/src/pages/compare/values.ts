/** Values of the comparison as text. */

import type { CompareRow } from "../../compare/rows";
import type { Json, Num, Status } from "../../data/contract";
import { durationText, isoText, jsonText, metricText, timeText } from "../../parts/format";
import { statusWord } from "../../parts/Status";

/** OpenTelemetry's names of what people have shorter words for. */
const WORDS = new Map([
  ["vcs.ref.head.revision", "commit"],
  ["vcs.ref.head.name", "branch"],
  ["vcs.ref.base.revision", "base commit"],
  ["vcs.ref.base.name", "base branch"],
  ["vcs.change.id", "pull request"],
  ["vcs.change.title", "title of the pull request"],
  ["vcs.repository.url.full", "repository"],
  ["vcs.repository.name", "name of the repository"],
  ["pdr.vcs.dirty", "changes not committed"],
]);

export function labelOf(row: CompareRow): string {
  return WORDS.get(row.name) ?? row.name;
}

/** As people read it; empty where the run has no such value. */
export function cellText(row: CompareRow, value: Json | undefined): string {
  if (value === undefined) {
    return "";
  }
  switch (row.form) {
    case "metric":
      return metricText(value as Num);
    case "duration":
      return durationText(Number(value));
    case "time":
      return timeText(Number(value), true);
    case "status":
      return statusWord(value as Status);
    case "json":
      return jsonText(value);
  }
}

/** As a program reads it: numbers in full, times in UTC. */
export function plainText(row: CompareRow, value: Json | undefined): string {
  if (value === undefined) {
    return "";
  }
  return row.form === "time" ? isoText(Number(value)) : jsonText(value);
}

/** `+0.0123`, `-1.20 s`. */
export function deltaText(row: CompareRow, delta: number): string {
  const sign = delta > 0 ? "+" : "−";
  const size = Math.abs(delta);
  return sign + (row.form === "duration" ? durationText(size) : metricText(size));
}

/** How the run stands to the base in this metric; nothing where no direction is the better one. */
export function verdict(row: CompareRow, delta: number): "better" | "worse" | null {
  const better = betterOf(row);
  if (better === null || delta === 0) {
    return null;
  }
  return delta > 0 === (better === "higher") ? "better" : "worse";
}

/** Whether no other run has a better value of this metric, and some have a worse one. */
export function isBest(row: CompareRow, place: number): boolean {
  const better = betterOf(row);
  const best = better === "higher" ? row.numbers?.highest : better === "lower" ? row.numbers?.lowest : [];
  return best?.includes(place) === true;
}

/** Of metrics alone: that a run was short because it failed is no merit. */
function betterOf(row: CompareRow): "higher" | "lower" | null {
  return row.group === "metrics" ? (row.numbers?.better ?? null) : null;
}
