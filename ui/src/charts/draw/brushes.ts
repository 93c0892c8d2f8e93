/** What of a sweep is kept: places of rows on axes, and the limits that are set on these. */

import { numberOf } from "../../parts/format";
import type { Brush, ParallelAxis, ParallelRow } from "../props";
import { extent, type FittingScale, tightScale } from "./scales";

/** An axis with the values of all rows as numbers: of categories their places, NaN for what has none. */
export interface Column {
  axis: ParallelAxis;
  values: Float64Array;
  /** From the lowest to the highest. */
  range: [number, number];
  scale: FittingScale;
}

export function columnsOf(axes: ParallelAxis[], rows: ParallelRow[], top: number, bottom: number): Column[] {
  return axes.map((axis, at) => {
    const places = axis.categories === null ? null : new Map(axis.categories.map((text, place) => [text, place]));
    const values = Float64Array.from(rows, (row) => placeOf(row.values[at] ?? null, places));
    if (places !== null) {
      const last = Math.max(0, places.size - 1);
      return { axis, values, range: [0, last], scale: categoryScale([...places.keys()], top, bottom) };
    }
    const range = extent(values) ?? [0, 1];
    return { axis, values, range, scale: tightScale(values, [bottom, top], 5) };
  });
}

function placeOf(value: ParallelRow["values"][number], places: Map<string, number> | null): number {
  if (value === null) {
    return Number.NaN;
  }
  if (places !== null) {
    return places.get(String(value)) ?? Number.NaN;
  }
  const number = typeof value === "string" ? numberIn(value) : value;
  return Number.isFinite(number) ? number : Number.NaN;
}

function numberIn(text: string): number {
  return text.trim() === "" ? Number.NaN : numberOf(text as "NaN");
}

const MOST_NAMES = 24;

function categoryScale(names: string[], top: number, bottom: number): FittingScale {
  const step = names.length > 1 ? (bottom - top) / (names.length - 1) : 0;
  const every = Math.ceil(names.length / MOST_NAMES);
  const middle = (top + bottom) / 2;
  return {
    isLog: false,
    at: (place) => (names.length > 1 ? bottom - place * step : middle),
    value: (y) => (names.length > 1 ? (bottom - y) / step : 0),
    ticks: names.flatMap((text, value) => (value % every === 0 ? [{ value, text }] : [])),
  };
}

/** For each row whether it is within all limits; a row without a value is outside of any. */
export function keptRows(columns: readonly Column[], brushes: ReadonlyMap<string, Brush>, count: number): Uint8Array {
  const kept = new Uint8Array(count).fill(1);
  for (const { axis, values } of columns) {
    const brush = brushes.get(axis.id);
    if (brush !== undefined) {
      for (let row = 0; row < count; row += 1) {
        const value = values[row] as number;
        // Written so that NaN is outside.
        if (!(value >= brush.low && value <= brush.high)) {
          kept[row] = 0;
        }
      }
    }
  }
  return kept;
}

/** The limits that a stroke along an axis sets; null for a mere click, which takes them away. */
export function brushOf(column: Column, fromY: number, toY: number): Brush | null {
  if (Math.abs(fromY - toY) < 4) {
    return null;
  }
  const low = valueAt(column, Math.max(fromY, toY));
  const high = valueAt(column, Math.min(fromY, toY));
  if (column.axis.categories !== null) {
    // Half a step on both sides belongs to a name.
    const [first, last] = [Math.max(0, Math.ceil(low - 0.3)), Math.min(column.range[1], Math.floor(high + 0.3))];
    return first <= last ? { low: first, high: last } : null;
  }
  return { low, high };
}

/** At the ends of an axis exactly the lowest and the highest value, which computing them backwards would miss. */
function valueAt({ scale, range: [low, high] }: Column, y: number): number {
  if (y >= scale.at(low) - 1) {
    return low;
  }
  return y <= scale.at(high) + 1 ? high : scale.value(y);
}

/** How far each row's value is between the lowest and the highest of a column; null where it has none. */
export function shadesOf(column: Column | undefined): (row: number) => number | null {
  if (column === undefined) {
    return () => null;
  }
  const [low, high] = column.range.map((value) => column.scale.at(value)) as [number, number];
  return (row) => {
    const value = column.values[row] as number;
    return Number.isNaN(value)
      ? null
      : high === low
        ? 0.5
        : Math.abs(column.scale.at(value) - low) / Math.abs(high - low);
  };
}

/** The row whose line passes nearest to a place, among those that are kept; -1 where none is near. */
export function nearestRow(
  columns: readonly Column[],
  xs: readonly number[],
  kept: Uint8Array,
  x: number,
  y: number,
): number {
  const right = xs.findIndex((place) => place >= x);
  const b = right === -1 ? xs.length - 1 : Math.max(right, Math.min(1, xs.length - 1));
  const a = Math.max(0, b - 1);
  const [left, next] = [columns[a], columns[b]];
  if (left === undefined || next === undefined) {
    return -1;
  }
  const [xa, xb] = [xs[a] as number, xs[b] as number];
  const along = xb > xa ? Math.max(0, Math.min(1, (x - xa) / (xb - xa))) : 0;
  let best = -1;
  let least = 12;
  for (let row = 0; row < kept.length; row += 1) {
    const ya = left.scale.at(left.values[row] as number);
    const yb = next.scale.at(next.values[row] as number);
    const distance = Math.abs(ya + (yb - ya) * along - y);
    if (kept[row] === 1 && distance < least) {
      best = row;
      least = distance;
    }
  }
  return best;
}
