/** Moments and durations, in words a person reads and in the form a machine does. */

import { durationText, isoText, relativeTime, timeText } from "./format";

export function Time({ ms, relative = false }: { ms: number | null; relative?: boolean }) {
  if (ms === null) {
    return <span class="muted">–</span>;
  }
  return (
    <time dateTime={isoText(ms)} title={`${isoText(ms)} (UTC)`}>
      {relative ? relativeTime(ms, Date.now()) : timeText(ms)}
    </time>
  );
}

export function Duration({ seconds }: { seconds: number | null }) {
  return seconds === null ? <span class="muted">–</span> : <span class="number">{durationText(seconds)}</span>;
}

/** Seconds between two moments; up to `nowMs` where there is no end yet. */
export function secondsBetween(
  startMs: number | null,
  endMs: number | null,
  nowMs: number | null = null,
): number | null {
  const end = endMs ?? nowMs;
  return startMs === null || end === null ? null : Math.max(0, (end - startMs) / 1000);
}
