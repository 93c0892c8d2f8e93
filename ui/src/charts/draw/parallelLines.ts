/** Draws the lines of parallel coordinates. */

import type { Column } from "./brushes";
import { between, colour } from "./surroundings";

/** Setting a colour costs more than a line: this many are enough for the eye. */
const SHADES = 24;

export function drawLines(
  context: CanvasRenderingContext2D | null,
  columns: readonly Column[],
  xs: readonly number[],
  kept: Uint8Array,
  shade: (row: number) => number | null,
): void {
  if (context === null) {
    return;
  }
  const count = kept.reduce((sum, one) => sum + one, 0);
  context.lineJoin = "round";
  context.lineWidth = 1;
  context.strokeStyle = colour("--border");
  context.globalAlpha = 0.6;
  stroke(
    context,
    columns,
    xs,
    rowsWhere(kept, (row) => kept[row] === 0),
  );
  context.lineWidth = count > 200 ? 1 : 1.5;
  context.globalAlpha = count > 400 ? 0.3 : count > 100 ? 0.65 : 0.9;
  const [low, high] = [colour("--shade-low"), colour("--shade-high")];
  const groups = new Map<number, number[]>();
  for (let row = 0; row < kept.length; row += 1) {
    if (kept[row] === 1) {
      const share = shade(row);
      const group = share === null ? -1 : Math.round(share * SHADES);
      const rows = groups.get(group) ?? [];
      rows.push(row);
      groups.set(group, rows);
    }
  }
  for (const [group, rows] of groups) {
    context.strokeStyle = group === -1 ? colour("--series-1") : between(low, high, group / SHADES);
    stroke(context, columns, xs, rows);
  }
}

/** One run alone, above the others. */
export function drawLine(
  context: CanvasRenderingContext2D | null,
  columns: readonly Column[],
  xs: readonly number[],
  row: number,
): void {
  if (context === null || row === -1) {
    return;
  }
  context.lineJoin = "round";
  context.lineWidth = 6;
  context.strokeStyle = colour("--surface");
  stroke(context, columns, xs, [row]);
  context.lineWidth = 2.5;
  context.strokeStyle = colour("--text");
  stroke(context, columns, xs, [row]);
}

function rowsWhere(kept: Uint8Array, fits: (row: number) => boolean): number[] {
  return Array.from(kept, (_, row) => row).filter(fits);
}

/** Where a row has no value its line is interrupted. */
function stroke(
  context: CanvasRenderingContext2D,
  columns: readonly Column[],
  xs: readonly number[],
  rows: readonly number[],
): void {
  for (const row of rows) {
    // A path for each line: one of all lines costs three times as much, since it is filled as one area.
    context.beginPath();
    let isDown = false;
    for (let at = 0; at < columns.length; at += 1) {
      const { values, scale } = columns[at] as Column;
      const value = values[row] as number;
      if (Number.isNaN(value)) {
        isDown = false;
      } else if (isDown) {
        context.lineTo(xs[at] as number, scale.at(value));
      } else {
        context.moveTo(xs[at] as number, scale.at(value));
        isDown = true;
      }
    }
    context.stroke();
  }
}
