/** Where everything of a metric's history stands: computed apart from how it is drawn. */

import { numberOf } from "../../parts/format";
import type { BandPoint, HistoryPoint, MetricHistoryProps } from "../props";
import type { Frame } from "./Axes";
import { extent, linearScale, logScale, ordinalScale, type Scale, timeScale } from "./scales";

/** A point as it is drawn; `edge` is set for what has no height: NaN, infinity, and 0 or less on a logarithmic scale. */
export interface Drawn {
  point: HistoryPoint;
  x: number;
  y: number;
  edge: string | null;
}

export interface HistoryLayout {
  frame: Frame;
  xScale: Scale;
  yScale: Scale;
  /** Points with a value, left to right. */
  drawn: Drawn[];
  line: string;
  band: string;
  middle: string;
  /** How many values a logarithmic scale cannot show. */
  notShown: number;
}

export function layoutOf(props: MetricHistoryProps, width: number, height: number): HistoryLayout {
  const { points, yLog, xAxis } = props;
  const band = props.band.filter(({ low, high }) => Number.isFinite(low) && Number.isFinite(high));
  const canBeShown = (value: number) => Number.isFinite(value) && (!yLog || value > 0);
  const numbers = points.map(({ value }) => (value === null ? null : numberOf(value)));
  const seen = [...numbers, ...band.flatMap(({ low, high }) => [low, high])].filter(
    (value) => value !== null && canBeShown(value),
  );
  const [low, high] = extent(seen) ?? [yLog ? 1 : 0, yLog ? 10 : 1];
  const makeScale = yLog ? logScale : linearScale;
  const top = 14;
  const bottom = height - 26;
  const yScale = makeScale([low, high], [bottom - 10, top], Math.max(2, Math.floor(height / 55)));
  const longest = Math.max(3, ...yScale.ticks.map(({ text }) => text.length));
  const frame: Frame = { left: Math.min(90, 14 + longest * 7), right: width - 14, top, bottom };
  const xScale = xScaleOf(points, xAxis, [frame.left + 8, frame.right - 8], width);
  const drawn = points.flatMap((point, at): Drawn[] => {
    const number = numbers[at];
    if (number === null || number === undefined) {
      return [];
    }
    const edge = canBeShown(number) ? null : String(point.value);
    const y = edge === null ? yScale.at(number) : number > 0 ? frame.top : frame.bottom - 5;
    return [{ point, x: xScale.at(point.x), y, edge }];
  });
  const areas = bandPaths(unbroken(band, points), xScale, yScale, frame);
  const notShown = yLog ? numbers.filter((value) => value !== null && Number.isFinite(value) && value <= 0).length : 0;
  return {
    frame,
    xScale,
    yScale,
    drawn,
    line: mainLine(points, numbers, canBeShown, xScale, yScale),
    ...areas,
    notShown,
  };
}

function xScaleOf(
  points: HistoryPoint[],
  axis: MetricHistoryProps["xAxis"],
  range: [number, number],
  width: number,
): Scale {
  const room = Math.max(1, Math.floor(width / 92));
  if (axis === "time") {
    return timeScale(extent(points.map(({ x }) => x)) ?? [0, 1], range, room);
  }
  return ordinalScale(new Map(points.map(({ x, tick }) => [x, tick])), range, room);
}

/** Main's runs joined; a run without the metric is a gap. */
function mainLine(
  points: HistoryPoint[],
  numbers: (number | null)[],
  canBeShown: (value: number) => boolean,
  xScale: Scale,
  yScale: Scale,
): string {
  let path = "";
  let isDown = false;
  points.forEach(({ kind, x }, at) => {
    if (kind !== "main") {
      return;
    }
    const number = numbers[at] ?? null;
    if (number === null || !canBeShown(number)) {
      isDown = false;
      return;
    }
    path += `${isDown ? "L" : "M"}${tenth(xScale.at(x))} ${tenth(yScale.at(number))}`;
    isDown = true;
  });
  return path;
}

/** The band in parts: where a run of main has none (it is too early to say), it is interrupted. */
function unbroken(band: BandPoint[], points: HistoryPoint[]): BandPoint[][] {
  const known = new Map(band.map((point) => [point.x, point]));
  const places = new Set([...known.keys(), ...points.filter(({ kind }) => kind === "main").map(({ x }) => x)]);
  const parts: BandPoint[][] = [];
  let isOpen = false;
  for (const place of [...places].sort((a, b) => a - b)) {
    const point = known.get(place);
    if (point !== undefined) {
      if (!isOpen) {
        parts.push([]);
      }
      parts[parts.length - 1]?.push(point);
    }
    isOpen = point !== undefined;
  }
  return parts;
}

function bandPaths(parts: BandPoint[][], xScale: Scale, yScale: Scale, frame: Frame): { band: string; middle: string } {
  const at = (value: number) => {
    const y = yScale.at(value);
    // A band may reach below 0, where a logarithmic scale ends.
    return Number.isFinite(y) ? Math.max(frame.top - 10, Math.min(frame.bottom, y)) : frame.bottom;
  };
  let [band, middle] = ["", ""];
  for (const part of parts) {
    const x = (point: BandPoint) => tenth(xScale.at(point.x));
    const upper = part.map((point) => `${x(point)} ${tenth(at(point.high))}`);
    const lower = part.map((point) => `${x(point)} ${tenth(at(point.low))}`).reverse();
    band += `M${[...upper, ...lower].join("L")}Z`;
    middle += `M${part.map((point) => `${x(point)} ${tenth(at(point.middle))}`).join("L")}`;
  }
  return { band, middle };
}

export function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The drawn point that is nearest to a place, by its distance on the screen; -1 where there is none. */
export function nearestPoint(drawn: readonly { x: number; y: number }[], x: number, y: number): number {
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  drawn.forEach((point, at) => {
    const distance = (point.x - x) ** 2 + ((point.y - y) / 2) ** 2;
    if (distance < least) {
      best = at;
      least = distance;
    }
  });
  return best;
}
