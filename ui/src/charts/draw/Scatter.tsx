/** Runs by two of their values, coloured by a third. */

import { useEffect, useMemo, useRef } from "preact/hooks";
import { counted, metricText } from "../../parts/format";
import { StatusMark, statusWord } from "../../parts/Status";
import type { ScatterPoint, ScatterProps } from "../props";
import { XAxis, YAxis } from "./Axes";
import { nearestPoint } from "./history";
import { usePicking } from "./picking";
import { type Dot, type ScatterLayout, scatterLayout } from "./scatterLayout";
import { between, cleared, colour, useTheme, useWidth } from "./surroundings";
import { RunButton, Table } from "./Table";
import { Tooltip } from "./Tooltip";

export function Scatter(props: ScatterProps) {
  const host = useRef<HTMLDivElement>(null);
  const width = useWidth(host);
  const height = width < 560 ? 300 : 380;
  const layout = useMemo(
    () => (width > 0 ? scatterLayout(props.points, width, height) : null),
    [props.points, width, height],
  );
  return (
    <div class="scatter">
      <div class="chart-bar">
        <ul class="chart-legend" aria-label="What the marks mean">
          <li>
            <span aria-hidden="true">●</span> success
          </li>
          {props.points.some(({ status }) => status !== "success") && (
            <li>
              <span aria-hidden="true">✕</span> no success
            </li>
          )}
        </ul>
        {props.color !== null && layout?.shades != null && <Shades name={props.color} shades={layout.shades} />}
      </div>
      <p class="axis-above">{axisText(props.y, layout?.yScale.isLog)}</p>
      <div ref={host} class="chart-area" style={{ height: `${height}px` }}>
        {layout !== null && <Drawing layout={layout} props={props} width={width} height={height} />}
      </div>
      {layout !== null && layout.left > 0 && (
        <p class="muted chart-note">
          {layout.left} of {counted(props.points.length, props.noun ?? "run")} have no finite value for one of the axes.
        </p>
      )}
      <ScatterTable {...props} />
    </div>
  );
}

function axisText(name: string, isLog = false): string {
  return isLog ? `${name} (log scale)` : name;
}

/** The colours from the lowest to the highest value. */
export function Shades({ name, shades: [low, high] }: { name: string; shades: [number, number] }) {
  return (
    <span class="shades">
      <bdi>{name}</bdi> {metricText(low)} <span class="shades-bar" aria-hidden="true" /> {metricText(high)}
    </span>
  );
}

interface DrawingProps {
  layout: ScatterLayout;
  props: ScatterProps;
  width: number;
  height: number;
}

function Drawing({ layout, props, width, height }: DrawingProps) {
  const { dots, frame } = layout;
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  useEffect(() => {
    drawDots(cleared(canvas.current, width, height), dots);
  }, [layout, theme]);
  const { active, handlers } = usePicking(
    dots.length,
    (x, y) => nearestPoint(dots, x, y),
    (at) => props.onSelect((dots[at] as Dot).point.runId),
  );
  const current = dots[active];
  return (
    <div
      class="chart-plot"
      tabIndex={0}
      role="slider"
      aria-label={`${props.y} by ${props.x}: arrow keys go from one to the next, Enter opens it`}
      aria-valuemin={1}
      aria-valuemax={Math.max(1, dots.length)}
      aria-valuenow={Math.max(1, active + 1)}
      aria-valuetext={current === undefined ? counted(dots.length, props.noun ?? "run") : spoken(current.point, props)}
      {...handlers}
    >
      <div class="chart-layers" style={{ height: `${height}px` }} aria-hidden="true">
        <svg width={width} height={height} aria-hidden="true">
          <YAxis scale={layout.yScale} frame={frame} />
          <XAxis scale={layout.xScale} frame={frame} label={axisText(props.x, layout.xScale.isLog)} />
        </svg>
        <canvas ref={canvas} style={{ width: `${width}px`, height: `${height}px` }} />
        <svg width={width} height={height} aria-hidden="true">
          {current !== undefined && <circle class="mark-current" cx={current.x} cy={current.y} r="8" />}
        </svg>
      </div>
      {current !== undefined && (
        <Tooltip x={current.x} y={current.y} width={width}>
          <strong>
            <StatusMark status={current.point.status} /> {current.point.label}
          </strong>
          {facts(current.point, props).map(([name, value]) => (
            <span key={name}>
              <span class="muted">{name}</span> {value}
            </span>
          ))}
        </Tooltip>
      )}
    </div>
  );
}

function facts(point: ScatterPoint, { x, y, color }: ScatterProps): [string, string][] {
  const shown: [string, string][] = [
    [x, metricText(point.x)],
    [y, metricText(point.y)],
  ];
  return color === null || color === x || color === y ? shown : [...shown, [color, metricText(point.color)]];
}

function spoken(point: ScatterPoint, props: ScatterProps): string {
  const values = facts(point, props).map(([name, value]) => `${name} ${value}`);
  return [point.label, ...values, statusWord(point.status)].join(", ");
}

function drawDots(context: CanvasRenderingContext2D | null, dots: readonly Dot[]): void {
  if (context === null) {
    return;
  }
  const [low, high] = [colour("--shade-low"), colour("--shade-high")];
  const plain = colour("--series-1");
  const r = dots.length > 600 ? 3 : 4.5;
  context.globalAlpha = dots.length > 300 ? 0.7 : 0.9;
  context.lineWidth = 1.8;
  for (const { point, x, y, shade } of dots) {
    const ink = shade === null ? plain : between(low, high, shade);
    context.beginPath();
    if (point.status === "success") {
      context.arc(x, y, r, 0, 2 * Math.PI);
      context.fillStyle = ink;
      context.fill();
    } else {
      context.moveTo(x - r, y - r);
      context.lineTo(x + r, y + r);
      context.moveTo(x + r, y - r);
      context.lineTo(x - r, y + r);
      context.strokeStyle = ink;
      context.stroke();
    }
  }
}

function ScatterTable(props: ScatterProps) {
  const { points, x, y, color, onSelect, noun = "run" } = props;
  const names = color === null || color === x || color === y ? [x, y] : [x, y, color];
  return (
    <Table
      title={counted(points.length, noun)}
      head={[noun === "run" ? "Run" : "Task", ...names, "Result"]}
      rows={() =>
        points.map((point) => [
          <RunButton key="run" label={point.label} onOpen={() => onSelect(point.runId)} />,
          ...facts(point, props).map(([, value]) => value),
          statusWord(point.status),
        ])
      }
    />
  );
}
