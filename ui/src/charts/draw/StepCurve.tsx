/** Histories within tasks: what was logged step by step, several runs over each other. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { metricText, numberOf } from "../../parts/format";
import type { StepCurveProps, StepSeries } from "../props";
import { smoothed } from "./smoothing";
import { seriesColour, seriesDash, useTheme, useWidth } from "./surroundings";
import { Table } from "./Table";
import { type Plot, type PlotLine, plot } from "./uplot";

export function StepCurve({ series: given, ...props }: StepCurveProps) {
  const series = useMemo(() => given.map(ordered), [given]);
  const [ownLog, setOwnLog] = useState(props.yLog ?? false);
  const [weight, setWeight] = useState(0);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const yLog = props.onYLog === undefined ? ownLog : (props.yLog ?? false);
  const setLog = props.onYLog ?? setOwnLog;
  const name = props.yLabel ?? series[0]?.label ?? "history";
  const isLong = series.some(({ x }) => x.length > 10);
  const toggle = (label: string) => {
    const next = new Set(hidden);
    if (!next.delete(label)) {
      next.add(label);
    }
    setHidden(next);
  };
  return (
    <div class="step-curve">
      <div class="chart-bar">
        {isLong && (
          <label>
            Smoothing
            <input
              type="range"
              min="0"
              max="0.99"
              step="0.01"
              value={weight}
              onInput={(event) => setWeight(Number(event.currentTarget.value))}
            />
            <output>{weight === 0 ? "none" : metricText(weight)}</output>
          </label>
        )}
        <button type="button" class="chart-toggle" aria-pressed={yLog} onClick={() => setLog(!yLog)}>
          Log scale
        </button>
      </div>
      <Curves
        series={series}
        xLabel={props.xLabel}
        name={name}
        yLog={yLog}
        weight={weight}
        hidden={hidden}
        onToggle={toggle}
      />
      <StrangeValues series={series} yLog={yLog} />
      <Table
        title={`${series.length === 1 ? "values" : "curves"} of ${name}`}
        head={[props.xLabel, ...series.map(({ label }) => label)]}
        rows={() => tableRows(series)}
      />
    </div>
  );
}

interface CurvesProps {
  series: StepSeries[];
  xLabel: string;
  name: string;
  yLog: boolean;
  weight: number;
  hidden: ReadonlySet<string>;
  onToggle: (label: string) => void;
}

function Curves({ series, xLabel, name, yLog, weight, hidden, onToggle }: CurvesProps) {
  const area = useRef<HTMLDivElement>(null);
  const host = useRef<HTMLDivElement>(null);
  const drawn = useRef<Plot | null>(null);
  const width = useWidth(area);
  const theme = useTheme();
  const [cursor, setCursor] = useState<number | null>(null);
  const lines = useMemo(() => linesOf(series, weight, hidden), [series, weight, hidden]);
  const height = width < 560 ? 220 : 280;
  useEffect(() => {
    if (host.current === null || width === 0) {
      return;
    }
    const made = plot(host.current, { width, height, yLog, xLabel, lines, onCursor: setCursor });
    drawn.current = made;
    return () => made.destroy();
  }, [lines, width, yLog, xLabel, theme]);
  const places = drawn.current?.xValues ?? [];
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 }[event.key];
    if (step !== undefined && places.length > 0) {
      event.preventDefault();
      drawn.current?.moveTo(
        Math.max(0, Math.min(places.length - 1, (cursor ?? (step > 0 ? -1 : places.length)) + step)),
      );
    }
  };
  const x = cursor === null ? undefined : places[cursor];
  const spoken = x === undefined ? `${places.length} places` : `${xLabel} ${metricText(x)}: ${spokenValues(series, x)}`;
  return (
    <>
      <div ref={area} class="chart-area" style={{ minHeight: `${height}px` }}>
        <div
          ref={host}
          class="chart-plot"
          tabIndex={0}
          role="slider"
          aria-label={`${name} by ${xLabel}: arrow keys go from value to value`}
          aria-valuemin={0}
          aria-valuemax={Math.max(1, places.length - 1)}
          aria-valuenow={cursor ?? 0}
          aria-valuetext={spoken}
          onKeyDown={onKeyDown}
        />
      </div>
      <CurveLegend series={series} x={x} xLabel={xLabel} hidden={hidden} onToggle={onToggle} />
    </>
  );
}

interface LegendProps {
  series: StepSeries[];
  x: number | undefined;
  xLabel: string;
  hidden: ReadonlySet<string>;
  onToggle: (label: string) => void;
}

/** Names the curves, says their values under the pointer, and hides them one by one. */
function CurveLegend({ series, x, xLabel, hidden, onToggle }: LegendProps) {
  return (
    <ul class="chart-legend curve-legend">
      <li class="curve-place">
        {xLabel} {x === undefined ? "–" : metricText(x)}
      </li>
      {series.map(({ label, ...one }, number) => (
        <li key={label}>
          <button
            type="button"
            class="curve-name"
            aria-pressed={!hidden.has(label)}
            disabled={series.length === 1}
            onClick={() => onToggle(label)}
          >
            <svg width="22" height="10" aria-hidden="true">
              <path
                d="M0 5H22"
                style={{ stroke: `var(${seriesColour(number)})` }}
                stroke-width="2"
                stroke-dasharray={seriesDash(number).join(" ")}
              />
            </svg>
            <bdi>{label}</bdi>
          </button>
          <span class="curve-value">{metricText(x === undefined ? (one.y.at(-1) ?? null) : valueAt(one, x))}</span>
        </li>
      ))}
    </ul>
  );
}

/** In ascending order; of a step that was logged twice, the last. */
function ordered(series: StepSeries): StepSeries {
  const isOrdered = series.x.every((x, at) => at === 0 || x > (series.x[at - 1] as number));
  if (isOrdered) {
    return series;
  }
  const last = new Map(series.x.map((x, at) => [x, series.y[at] ?? null]));
  const entries = [...last].filter(([x]) => Number.isFinite(x)).sort((a, b) => a[0] - b[0]);
  return { ...series, x: entries.map(([x]) => x), y: entries.map(([, y]) => y) };
}

function valueAt({ x, y }: Pick<StepSeries, "x" | "y">, wanted: number): StepSeries["y"][number] {
  return y[x.indexOf(wanted)] ?? null;
}

function spokenValues(series: StepSeries[], x: number): string {
  return series.map((one) => `${one.label} ${metricText(valueAt(one, x)) || "no value"}`).join(", ");
}

/** Where it is smoothed, the true values stay to be seen behind the smooth ones. */
function linesOf(series: StepSeries[], weight: number, hidden: ReadonlySet<string>): PlotLine[] {
  return series.flatMap(({ label, x, y }, number): PlotLine[] => {
    if (hidden.has(label)) {
      return [];
    }
    const values = y.map((value) => (value === null ? null : numberOf(value)));
    const line = {
      label,
      colour: seriesColour(number),
      dash: seriesDash(number),
      width: 1.8,
      opacity: 1,
      x,
      y: values,
    };
    if (weight === 0) {
      return [line];
    }
    return [
      { ...line, width: 1, opacity: 0.3, dash: [] },
      { ...line, y: smoothed(values, weight) },
    ];
  });
}

/** Values that no curve can show are said. */
function StrangeValues({ series, yLog }: { series: StepSeries[]; yLog: boolean }) {
  const notes = series.flatMap(({ label, y }) => {
    const values = y.flatMap((value) => (value === null ? [] : [numberOf(value)]));
    const strange = values.filter((value) => !Number.isFinite(value)).length;
    const low = yLog ? values.filter((value) => Number.isFinite(value) && value <= 0).length : 0;
    return [
      ...(strange > 0 ? [`${label}: ${strange} of ${y.length} are NaN or infinite.`] : []),
      ...(low > 0 ? [`${label}: ${low} of ${y.length} are 0 or less, which a log scale cannot show.`] : []),
    ];
  });
  return notes.length === 0 ? null : <p class="muted chart-note">{notes.join(" ")}</p>;
}

function tableRows(series: StepSeries[]): string[][] {
  const places = [...new Set(series.flatMap(({ x }) => x))].sort((a, b) => a - b);
  const columns = series.map(({ x, y }) => new Map(x.map((place, at) => [place, y[at] ?? null])));
  return places.map((place) => [metricText(place), ...columns.map((column) => metricText(column.get(place) ?? null))]);
}
