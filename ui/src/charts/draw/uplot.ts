/** The only place that knows uPlot. */

import UPlot from "uplot";
import { metricText } from "../../parts/format";
import { colour } from "./surroundings";

export interface PlotLine {
  label: string;
  /** Name of a CSS custom property. */
  colour: string;
  dash: number[];
  width: number;
  opacity: number;
  x: number[];
  y: (number | null)[];
}

export interface PlotOptions {
  width: number;
  height: number;
  yLog: boolean;
  xLabel: string;
  lines: PlotLine[];
  /** Called with the place in `xValues` under the pointer; null when it leaves. */
  onCursor: (at: number | null) => void;
}

export interface Plot {
  /** Every x that any line has, ascending. */
  xValues: number[];
  /** For each line its value at each of them. */
  columns: (number | null | undefined)[][];
  moveTo(at: number): void;
  destroy(): void;
}

export function plot(host: HTMLElement, options: PlotOptions): Plot {
  const data = joined(options.lines, options.yLog);
  const instance = new UPlot(uplotOptions(options), data, host);
  // Its size is not that of the page's text, and a reader hears the values from the legend.
  instance.root.setAttribute("aria-hidden", "true");
  return {
    xValues: data[0] as number[],
    columns: data.slice(1) as (number | null | undefined)[][],
    moveTo(at) {
      const x = data[0][at];
      if (x !== undefined) {
        instance.setCursor({ left: instance.valToPos(x, "x"), top: instance.over.clientHeight / 2 });
      }
    },
    destroy: () => instance.destroy(),
  };
}

/** One column of x for all lines: undefined where a line has no value of its own there, null where it has a gap. */
function joined(lines: readonly PlotLine[], yLog: boolean): UPlot.AlignedData {
  const tables = lines.map(({ x, y }): UPlot.AlignedData => {
    // What a scale cannot show is a gap: a line through it would be a lie.
    const canBeShown = (value: number | null) => value !== null && Number.isFinite(value) && (!yLog || value > 0);
    return [x, y.map((value) => (canBeShown(value) ? value : null))];
  });
  const keepGaps = 1;
  return tables.length === 0
    ? [[]]
    : UPlot.join(
        tables,
        tables.map(() => [keepGaps, keepGaps]),
      );
}

function uplotOptions(options: PlotOptions): UPlot.Options {
  const text = colour("--text-muted");
  const grid = { stroke: colour("--border"), width: 1 };
  const font = `12px ${getComputedStyle(document.body).fontFamily || "sans-serif"}`;
  const axis = { stroke: text, grid, ticks: grid, font };
  return {
    width: options.width,
    height: options.height,
    legend: { show: false },
    scales: { x: { time: false, range: xRange }, y: options.yLog ? { distr: 3 } : { range: yRange } },
    axes: [
      { ...axis, label: options.xLabel, labelFont: font, labelSize: 18, values: (_, ticks) => ticks.map(metricText) },
      {
        ...axis,
        size: (_, values) => 14 + 7 * Math.max(3, ...(values ?? []).map((value) => value?.length ?? 0)),
        values: (_, ticks) => ticks.map(metricText),
      },
    ],
    series: [{}, ...options.lines.map(seriesOf)],
    cursor: { y: false, points: { size: 7 }, drag: { x: true, y: false } },
    hooks: { setCursor: [(shown) => options.onCursor(shown.cursor.idx ?? null)] },
  };
}

function seriesOf(line: PlotLine): UPlot.Series {
  return {
    label: line.label,
    stroke: colour(line.colour),
    dash: line.dash,
    width: line.width,
    alpha: line.opacity,
    // A single value is no line, and would not be seen.
    points: { show: line.y.length < 40 && line.opacity === 1, size: 5 },
    spanGaps: false,
  };
}

/** One x alone, and one y alone, get room around them. */
function xRange(_: UPlot, low: number, high: number): UPlot.Range.MinMax {
  return low === high ? [low - 1, high + 1] : [low, high];
}

function yRange(_: UPlot, low: number | null, high: number | null): UPlot.Range.MinMax {
  if (low === null || high === null) {
    return [0, 1];
  }
  const room = low === high ? Math.abs(low) * 0.1 || 1 : (high - low) * 0.06;
  return [low - room, high + room];
}
