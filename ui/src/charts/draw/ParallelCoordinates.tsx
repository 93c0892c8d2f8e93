/** Runs as lines across parameters and metrics; a stroke along an axis keeps those within it. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { counted, jsonText, metricText } from "../../parts/format";
import type { Brush, ParallelCoordinatesProps, ParallelRow } from "../props";
import { BrushInputs } from "./BrushInputs";
import { brushOf, type Column, columnsOf, keptRows, nearestRow, shadesOf } from "./brushes";
import { ParallelAxisDrawing } from "./ParallelAxisDrawing";
import { drawLine, drawLines } from "./parallelLines";
import { usePicking } from "./picking";
import { Shades } from "./Scatter";
import { cleared, useTheme, useWidth } from "./surroundings";
import { RunButton, Table } from "./Table";
import { Tooltip } from "./Tooltip";

const HEIGHT = 400;
const TOP = 46;
const BOTTOM = HEIGHT - 16;
const LEAST_AXIS_WIDTH = 92;
const SIDE = 56;

export function ParallelCoordinates(props: ParallelCoordinatesProps) {
  const { axes, rows, colorAxis, onBrush, noun = "run" } = props;
  const host = useRef<HTMLDivElement>(null);
  const room = useWidth(host);
  const [brushes, setBrushes] = useState<ReadonlyMap<string, Brush>>(props.brushes ?? new Map());
  const columns = useMemo(() => columnsOf(axes, rows, TOP, BOTTOM), [axes, rows]);
  const kept = useMemo(() => keptRows(columns, brushes, rows.length), [columns, brushes, rows]);
  const setBrush = (axis: string, brush: Brush | null) => {
    const next = new Map(brushes);
    if (brush === null) {
      next.delete(axis);
    } else {
      next.set(axis, brush);
    }
    setBrushes(next);
    const within = keptRows(columns, next, rows.length);
    onBrush(
      rows.filter((_, row) => within[row] === 1).map(({ runId }) => runId),
      next,
    );
  };
  const shown = rows.filter((_, row) => kept[row] === 1);
  const coloured = columns.find(({ axis }) => axis.id === colorAxis);
  return (
    <div class="parallel">
      <div class="chart-bar">
        <span role="status">
          {shown.length === rows.length
            ? counted(rows.length, noun)
            : `${shown.length} of ${counted(rows.length, noun)}`}
        </span>
        {coloured !== undefined && coloured.axis.categories === null && (
          <Shades name={coloured.axis.label} shades={coloured.range} />
        )}
        <span class="muted parallel-hint">Drag along an axis to keep a part of it, click it to keep all.</span>
      </div>
      <div class="chart-scroll">
        <div ref={host} class="chart-area">
          {room > 0 && (
            <Drawing {...props} columns={columns} kept={kept} brushes={brushes} room={room} onAxisBrush={setBrush} />
          )}
        </div>
      </div>
      <BrushInputs columns={columns} brushes={brushes} onBrush={setBrush} />
      <Table
        title={counted(shown.length, noun)}
        head={[noun === "run" ? "Run" : "Task", ...axes.map(({ label }) => label)]}
        rows={() =>
          shown.map((row) => [
            <RunButton key="run" label={row.label} onOpen={() => props.onSelect(row.runId)} />,
            ...row.values.map(valueText),
          ])
        }
      />
    </div>
  );
}

function valueText(value: ParallelRow["values"][number]): string {
  return typeof value === "string" ? jsonText(value) : metricText(value);
}

interface DrawingProps extends ParallelCoordinatesProps {
  columns: Column[];
  kept: Uint8Array;
  brushes: ReadonlyMap<string, Brush>;
  room: number;
  onAxisBrush: (axis: string, brush: Brush | null) => void;
}

function Drawing(props: DrawingProps) {
  const { columns, kept, rows, room, colorAxis, brushes, onAxisBrush, onSelect, noun } = props;
  const base = useRef<HTMLCanvasElement>(null);
  const above = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  const pointer = useRef<{ x: number; y: number } | null>(null);
  const width = Math.max(room, 2 * SIDE + (columns.length - 1) * LEAST_AXIS_WIDTH);
  const xs = useMemo(() => axisPlaces(columns.length, width), [columns.length, width]);
  useEffect(() => {
    const shade = shadesOf(columns.find(({ axis }) => axis.id === colorAxis));
    drawLines(cleared(base.current, width, HEIGHT), columns, xs, kept, shade);
  }, [columns, kept, xs, width, colorAxis, theme]);
  const within = useMemo(() => Array.from(kept, (_, row) => row).filter((row) => kept[row] === 1), [kept]);
  const nearest = (x: number, y: number) => {
    pointer.current = { x, y };
    return within.indexOf(nearestRow(columns, xs, kept, x, y));
  };
  const picking = usePicking(within.length, nearest, (at) =>
    onSelect((rows[within[at] as number] as ParallelRow).runId),
  );
  const row = within[picking.active] ?? -1;
  useEffect(() => {
    drawLine(cleared(above.current, width, HEIGHT), columns, xs, row);
  }, [columns, xs, width, row, theme]);
  const { onPointerMove, onClick, onKeyDown } = picking.handlers;
  const named = rows[row];
  const place = pointer.current ?? { x: xs[0] ?? 0, y: columns[0]?.scale.at(columns[0].values[row] ?? 0) ?? 0 };
  return (
    <div
      class="chart-plot"
      style={{ width: `${width}px` }}
      tabIndex={0}
      role="slider"
      aria-label={`${noun === "task" ? "Tasks" : "Runs"}: arrow keys go from one to the next, Enter opens one`}
      aria-valuemin={1}
      aria-valuemax={Math.max(1, within.length)}
      aria-valuenow={Math.max(1, picking.active + 1)}
      aria-valuetext={named === undefined ? counted(within.length, noun ?? "run") : spoken(named, columns)}
      {...picking.handlers}
      // While one strokes along an axis, lines are not pointed to.
      onPointerMove={(event) => event.buttons === 0 && onPointerMove(event)}
      onClick={(event) => !isOnAxis(event) && onClick(event)}
      onKeyDown={(event) => {
        pointer.current = null;
        onKeyDown(event);
      }}
    >
      <div class="chart-layers" style={{ height: `${HEIGHT}px` }} aria-hidden="true">
        <canvas ref={base} style={{ width: `${width}px`, height: `${HEIGHT}px` }} />
        <canvas ref={above} style={{ width: `${width}px`, height: `${HEIGHT}px` }} />
        <svg width={width} height={HEIGHT} aria-hidden="true">
          {columns.map((column, at) => (
            <ParallelAxisDrawing
              key={column.axis.id}
              column={column}
              x={xs[at] as number}
              room={Math.min(2 * SIDE, (xs[1] ?? width) - (xs[0] ?? 0)) - 12}
              top={TOP}
              bottom={BOTTOM}
              brush={brushes.get(column.axis.id) ?? null}
              onStroke={(fromY, toY) => onAxisBrush(column.axis.id, brushOf(column, fromY, toY))}
            />
          ))}
        </svg>
      </div>
      {named !== undefined && (
        <Tooltip x={place.x} y={place.y} width={width}>
          <strong>{named.label}</strong>
        </Tooltip>
      )}
    </div>
  );
}

function isOnAxis(event: MouseEvent): boolean {
  return (event.target as Element).closest(".parallel-axis") !== null;
}

function spoken(row: ParallelRow, columns: readonly Column[]): string {
  return [row.label, ...columns.map(({ axis }, at) => `${axis.label} ${valueText(row.values[at] ?? null)}`)].join(", ");
}

function axisPlaces(count: number, width: number): number[] {
  const step = count > 1 ? (width - 2 * SIDE) / (count - 1) : 0;
  return Array.from({ length: count }, (_, at) => (count > 1 ? SIDE + at * step : width / 2));
}
