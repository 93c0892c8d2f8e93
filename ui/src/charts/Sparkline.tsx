/** A small line beside a number: the last values of a metric. It needs no script of its own. */

import type { Num } from "../data/contract";
import { metricText, numberOf } from "../parts/format";

interface SparklineProps {
  /** Oldest first; null for a gap. */
  values: readonly (Num | null)[];
  /** What it shows, for people who do not see it. */
  label: string;
  width?: number;
  height?: number;
}

const EDGE = 3;

export function Sparkline({ values, label, width = 96, height = 24 }: SparklineProps) {
  const numbers = values.map((value) => (value === null ? null : numberOf(value)));
  const known = numbers.filter((number): number is number => number !== null && Number.isFinite(number));
  if (known.length === 0) {
    return null;
  }
  const place = placesWithin(known, numbers.length, width, height);
  const last = numbers.findLastIndex((number) => number !== null && Number.isFinite(number));
  const text = `${label}: from ${metricText(Math.min(...known))} to ${metricText(Math.max(...known))}, last ${metricText(numbers[last] as number)}`;
  const [lastX, lastY] = place(last, numbers[last] as number);
  return (
    <svg
      class="sparkline"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={text}
    >
      <title>{text}</title>
      <path class="sparkline-line" d={linePath(numbers, place)} />
      <circle class="sparkline-last" cx={lastX} cy={lastY} r="2.5" />
    </svg>
  );
}

type Place = (at: number, value: number) => [x: number, y: number];

function placesWithin(known: number[], count: number, width: number, height: number): Place {
  const low = Math.min(...known);
  const high = Math.max(...known);
  return (at, value) => {
    const x = count === 1 ? width - EDGE : EDGE + (at / (count - 1)) * (width - 2 * EDGE);
    // Halves, since the difference of two large numbers can be infinite.
    const share = high === low ? 0.5 : (value / 2 - low / 2) / (high / 2 - low / 2);
    return [round(x), round(height - EDGE - share * (height - 2 * EDGE))];
  };
}

/** Gaps are gaps; a value between two of them is a short stroke. */
function linePath(numbers: (number | null)[], place: Place): string {
  let path = "";
  let isDown = false;
  numbers.forEach((number, at) => {
    if (number === null || !Number.isFinite(number)) {
      isDown = false;
      return;
    }
    const [x, y] = place(at, number);
    path += isDown ? `L${x} ${y}` : `M${x} ${y}h.01`;
    isDown = true;
  });
  return path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
