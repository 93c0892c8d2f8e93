/** Runs down, tasks across: what each task came to in each run, and whether it was slower than usual. */

import { type Signal, useSignal } from "@preact/signals";
import { useMemo, useRef, useState } from "preact/hooks";
import { useWidth } from "../graph/useSize";
import { StatusMark, statusColour, statusGlyph } from "../parts/Status";
import { cellText, firstCell, type GridCell, type GridRow, type GridSpot, heat, medians, nextCell } from "./grid";

export type { GridCell, GridRow } from "./grid";

export interface RunsGridProps {
  rows: GridRow[];
  tasks: string[];
  onSelect: (runId: string, task: string) => void;
}

const PHONE_PX = 600;
const LOWEST_PX = 12;
const HIGHEST_PX = 26;
/** Rest of a page around the rows. */
const AROUND_PX = 330;

export function RunsGrid({ rows, tasks, onSelect }: RunsGridProps) {
  const frame = useRef<HTMLElement>(null);
  const width = useWidth(frame);
  const median = useMemo(() => medians(rows, tasks.length), [rows, tasks]);
  const [spot, setSpot] = useState<GridSpot | null>(null);
  const pointed = useSignal<GridSpot | null>(null);
  const at = spot !== null && rows[spot.row]?.cells[spot.task] ? spot : firstCell(rows);
  if (rows.length === 0 || tasks.length === 0) {
    return <p class="muted">There are no runs with tasks to show.</p>;
  }
  const labelPx = width < PHONE_PX ? 112 : 196;
  const cellPx = Math.max(width < PHONE_PX ? 30 : 18, Math.min(46, Math.floor((width - labelPx - 2) / tasks.length)));
  const rowPx = Math.max(
    width < PHONE_PX ? 28 : LOWEST_PX,
    Math.min(HIGHEST_PX, Math.floor((window.innerHeight - AROUND_PX) / rows.length)),
  );
  const sizes = { "--row": `${rowPx}px`, "--cell": `${cellPx}px`, "--label": `${labelPx}px` };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = at === null || event.ctrlKey || event.metaKey || event.altKey ? null : nextCell(at, event.key, rows);
    if (next !== null) {
      event.preventDefault();
      setSpot(next);
      const button = buttonAt(frame.current, next);
      button?.focus({ preventScroll: true });
      button?.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  };
  return (
    <div class="runs-grid" style={sizes}>
      <Said pointed={pointed} {...{ rows, tasks, median }} />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the buttons in it are what is pointed at */}
      <section
        ref={frame}
        class="runs-frame"
        onKeyDown={onKeyDown}
        onPointerOver={(event) => {
          pointed.value = spotOf(event.target);
        }}
        onPointerLeave={() => {
          pointed.value = null;
        }}
        onFocusIn={(event) => {
          pointed.value = spotOf(event.target);
        }}
        onFocusOut={() => {
          pointed.value = null;
        }}
      >
        <table>
          <caption class="runs-hidden">Status of each task in each run. Arrow keys move between cells.</caption>
          <thead>
            <tr>
              <th scope="col" class="runs-corner">
                Run
              </th>
              {tasks.map((task) => (
                <th key={task} scope="col" class="runs-task" title={task}>
                  <span>{task}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, rowAt) => (
              <tr key={row.runId}>
                <th scope="row" class="runs-run" title={row.label}>
                  <StatusMark status={row.status} /> {row.label}
                </th>
                {tasks.map((task, taskAt) => (
                  <td key={task}>
                    <Cell
                      cell={row.cells[taskAt] ?? null}
                      row={row}
                      task={task}
                      median={median[taskAt] ?? null}
                      place={`${rowAt} ${taskAt}`}
                      isActive={at !== null && at.row === rowAt && at.task === taskAt}
                      onSelect={onSelect}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

interface CellProps {
  cell: GridCell | null;
  row: GridRow;
  task: string;
  median: number | null;
  place: string;
  isActive: boolean;
  onSelect: RunsGridProps["onSelect"];
}

function Cell({ cell, row, task, median, place, isActive, onSelect }: CellProps) {
  if (cell === null) {
    return null;
  }
  return (
    <button
      type="button"
      class={cell.attempts > 1 ? "runs-cell runs-retried" : "runs-cell"}
      style={{ color: statusColour(cell.status), background: heatColour(cell, median) }}
      tabIndex={isActive ? 0 : -1}
      data-place={place}
      aria-label={cellText(row, task, cell, median)}
      onClick={() => onSelect(row.runId, task)}
    >
      {statusGlyph(cell.status)}
    </button>
  );
}

/** Slower than the median is warm, faster cold; what did not succeed has the colour of its status. */
function heatColour(cell: GridCell, median: number | null): string | undefined {
  if (cell.status !== "success") {
    return statusColour(cell.status, true);
  }
  const warmth = heat(cell, median);
  const colour = warmth > 0 ? "var(--series-2)" : "var(--series-1)";
  return warmth === 0 ? undefined : `color-mix(in srgb, ${colour} ${Math.round(Math.abs(warmth) * 36)}%, transparent)`;
}

interface SaidProps {
  pointed: Signal<GridSpot | null>;
  rows: GridRow[];
  tasks: string[];
  median: (number | null)[];
}

/** The cell that pointer or focus is on, in words. Drawn on its own: the grid stays as it is. */
function Said({ pointed, rows, tasks, median }: SaidProps) {
  const spot = pointed.value;
  const row = spot === null ? undefined : rows[spot.row];
  const cell = spot === null ? null : row?.cells[spot.task];
  if (spot === null || row === undefined || !cell) {
    return (
      <p class="runs-said">
        <span class="runs-key runs-fast" /> faster <span class="runs-key runs-slow" /> slower than the task’s median
        <span class="runs-key runs-retried" /> more than one attempt
      </p>
    );
  }
  return <p class="runs-said">{cellText(row, tasks[spot.task] ?? "", cell, median[spot.task] ?? null)}</p>;
}

function spotOf(target: EventTarget | null): GridSpot | null {
  const place = target instanceof Element ? target.closest<HTMLElement>("[data-place]")?.dataset.place : undefined;
  const [row, task] = (place ?? "").split(" ").map(Number);
  return row === undefined || task === undefined ? null : { row, task };
}

function buttonAt(frame: HTMLElement | null, { row, task }: GridSpot): HTMLElement | null {
  return frame?.querySelector<HTMLElement>(`[data-place="${row} ${task}"]`) ?? null;
}
