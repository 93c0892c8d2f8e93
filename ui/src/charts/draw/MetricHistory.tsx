/** A metric over the runs: main as a line within its band, everything else as marks beside it. */

import { useMemo, useRef, useState } from "preact/hooks";
import { metricText, timeText } from "../../parts/format";
import { StatusMark, statusWord } from "../../parts/Status";
import type { HistoryPoint, MetricHistoryProps } from "../props";
import { XAxis, YAxis } from "./Axes";
import { type HistoryLayout, layoutOf, nearestPoint } from "./history";
import { Flags, KINDS, Marks, shapeAt } from "./Marks";
import { usePicking } from "./picking";
import { useWidth } from "./surroundings";
import { RunButton, Table } from "./Table";
import { Tooltip } from "./Tooltip";

const AXES = { time: "time", commit: "commits", pull_request: "pull requests" };

export function MetricHistory(props: MetricHistoryProps) {
  const host = useRef<HTMLDivElement>(null);
  const width = useWidth(host);
  const [ownLog, setOwnLog] = useState(props.yLog);
  const yLog = props.onYLog === undefined ? ownLog : props.yLog;
  const height = width < 560 ? 240 : 320;
  const layout = useMemo(
    () => (width > 0 ? layoutOf({ ...props, yLog }, width, height) : null),
    [props.points, props.band, props.xAxis, yLog, width, height],
  );
  const setLog = props.onYLog ?? setOwnLog;
  return (
    <div class="metric-history">
      <div class="chart-bar">
        <Legend points={props.points} hasBand={props.band.length > 0} />
        <button type="button" class="chart-toggle" aria-pressed={yLog} onClick={() => setLog(!yLog)}>
          Log scale
        </button>
      </div>
      <div ref={host} class="chart-area" style={{ height: `${height}px` }}>
        {layout !== null && <Drawing layout={layout} props={props} width={width} height={height} />}
      </div>
      {layout !== null && layout.notShown > 0 && (
        <p class="muted chart-note">
          {layout.notShown} of the values are 0 or less: crosses at the edge, since a log scale has no place for them.
        </p>
      )}
      <HistoryTable {...props} />
    </div>
  );
}

function Legend({ points, hasBand }: { points: HistoryPoint[]; hasBand: boolean }) {
  const shown = KINDS.filter(({ kind }) => points.some((point) => point.kind === kind && point.value !== null));
  return (
    <ul class="chart-legend" aria-label="What the marks mean">
      {shown.map(({ kind, word }) => (
        <li key={kind}>
          <svg width="18" height="14" aria-hidden="true">
            {kind === "main" && <path class="history-line" d="M0 7H18" />}
            <path class={`mark-of-run mark-${kind}`} d={shapeAt(kind, 9, 7)} />
          </svg>
          {word}
        </li>
      ))}
      {hasBand && (
        <li>
          <svg width="18" height="14" aria-hidden="true">
            <rect class="history-band" width="18" height="14" />
          </svg>
          usual on main
        </li>
      )}
      {points.some(({ flag }) => flag !== null) && (
        <li>
          <svg width="18" height="18" aria-hidden="true">
            <circle class="flag-ring" cx="9" cy="9" r="7" />
          </svg>
          stands out
        </li>
      )}
    </ul>
  );
}

interface DrawingProps {
  layout: HistoryLayout;
  props: MetricHistoryProps;
  width: number;
  height: number;
}

function Drawing({ layout, props, width, height }: DrawingProps) {
  const { drawn, frame } = layout;
  const { active, handlers } = usePicking(
    drawn.length,
    (x, y) => nearestPoint(drawn, x, y),
    (at) => props.onSelect((drawn[at] as (typeof drawn)[number]).point.runId),
  );
  const current = drawn[active];
  // Does not change with the pointer.
  const still = useMemo(
    () => (
      <>
        <YAxis scale={layout.yScale} frame={frame} />
        <path class="history-band" d={layout.band} />
        <path class="history-middle" d={layout.middle} />
        <path class="history-line" d={layout.line} />
        <XAxis scale={layout.xScale} frame={frame} />
        <Marks drawn={drawn} width={width} />
        <Flags drawn={drawn} right={frame.right} />
      </>
    ),
    [layout],
  );
  return (
    <div
      class="chart-plot"
      tabIndex={0}
      role="slider"
      aria-label={`${props.name} over ${AXES[props.xAxis]}: arrow keys go from run to run, Enter opens one`}
      aria-valuemin={1}
      aria-valuemax={Math.max(1, drawn.length)}
      aria-valuenow={Math.max(1, active + 1)}
      aria-valuetext={current === undefined ? `${drawn.length} values` : spoken(current.point)}
      {...handlers}
    >
      <svg width={width} height={height} aria-hidden="true">
        {still}
        {current !== undefined && <circle class="mark-current" cx={current.x} cy={current.y} r="7" />}
      </svg>
      {current !== undefined && (
        <Tooltip x={current.x} y={current.y} width={width}>
          <PointFacts point={current.point} name={props.name} />
        </Tooltip>
      )}
    </div>
  );
}

function spoken({ label, value, timeMs, status, flag }: HistoryPoint): string {
  const parts = [metricText(value), label, timeText(timeMs), statusWord(status), flag ?? ""];
  return parts.filter((part) => part !== "").join(", ");
}

function PointFacts({ point, name }: { point: HistoryPoint; name: string }) {
  return (
    <>
      <strong>
        {name} {metricText(point.value)}
      </strong>
      <span>
        <StatusMark status={point.status} /> {point.label}
      </span>
      <span class="muted">{timeText(point.timeMs)}</span>
      {point.flag !== null && <span class="flag-said">{point.flag}</span>}
    </>
  );
}

function HistoryTable({ name, points, onSelect }: MetricHistoryProps) {
  const known = points.filter(({ value }) => value !== null);
  return (
    <Table
      title={`${known.length} ${known.length === 1 ? "value" : "values"} of ${name}`}
      head={["Run", "Started", name, "Result", "Stands out"]}
      rows={() =>
        [...known]
          .reverse()
          .map((point) => [
            <RunButton key="run" label={point.label} onOpen={() => onSelect(point.runId)} />,
            timeText(point.timeMs),
            metricText(point.value),
            statusWord(point.status),
            point.flag ?? "",
          ])
      }
    />
  );
}
