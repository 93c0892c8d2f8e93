/** Where the points of a scatter plot stand. */

import { numberOf } from "../../parts/format";
import type { ScatterPoint } from "../props";
import type { Frame } from "./Axes";
import { extent, type FittingScale, fittingScale } from "./scales";

export interface Dot {
  point: ScatterPoint;
  x: number;
  y: number;
  /** Share of the way from the lowest to the highest colour; null where there is no such value. */
  shade: number | null;
}

export interface ScatterLayout {
  frame: Frame;
  xScale: FittingScale;
  yScale: FittingScale;
  /** Left to right. */
  dots: Dot[];
  shades: [number, number] | null;
  /** How many points miss a finite value for an axis. */
  left: number;
}

export function scatterLayout(points: ScatterPoint[], width: number, height: number): ScatterLayout {
  const known = points.flatMap((point) => {
    const [x, y] = [finite(point.x), finite(point.y)];
    return x === null || y === null ? [] : [{ point, x, y, color: finite(point.color) }];
  });
  const bottom = height - 44;
  const ys = known.map(({ y }) => y);
  const yScale = fittingScale(ys, [bottom - 8, 14], Math.max(2, Math.floor(height / 60)));
  const longest = Math.max(3, ...yScale.ticks.map(({ text }) => text.length));
  const frame: Frame = { left: Math.min(90, 14 + longest * 7), right: width - 16, top: 14, bottom };
  const xs = known.map(({ x }) => x);
  const xScale = fittingScale(xs, [frame.left + 10, frame.right - 10], Math.max(2, Math.floor(width / 110)));
  const shades = extent(known.map(({ color }) => color));
  const dots = known.map(({ point, x, y, color }) => ({
    point,
    x: xScale.at(x),
    y: yScale.at(y),
    shade: color === null || shades === null ? null : share(color, shades),
  }));
  dots.sort((a, b) => a.x - b.x || a.y - b.y);
  return { frame, xScale, yScale, dots, shades, left: points.length - known.length };
}

function finite(value: ScatterPoint["x"]): number | null {
  const number = value === null ? Number.NaN : numberOf(value);
  return Number.isFinite(number) ? number : null;
}

export function share(value: number, [low, high]: [number, number]): number {
  return high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0.5;
}
