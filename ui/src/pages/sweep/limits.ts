/** Limits of axes as they stand in an address: `low~high~KEY`, one after the other. */

import type { Brush } from "../../charts/props";
import { listOf, listText } from "../compare/list";

export function limitsText(limits: ReadonlyMap<string, Brush>): string | null {
  const parts = [...limits].map(([key, { low, high }]) => `${rounded(low)}~${rounded(high)}~${key}`);
  return parts.length === 0 ? null : listText(parts);
}

/** What cannot be read limits nothing. */
export function limitsOf(text: string | null): Map<string, Brush> {
  const limits = new Map<string, Brush>();
  for (const part of listOf(text)) {
    const [low, high, ...key] = part.split("~");
    const limit = { low: Number(low), high: Number(high) };
    if (key.length > 0 && limit.low <= limit.high) {
      limits.set(key.join("~"), limit);
    }
  }
  return limits;
}

/** Where a brush ends is read off pixels: six digits say more than it does. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
