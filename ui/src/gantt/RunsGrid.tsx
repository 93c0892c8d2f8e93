/** Runs down, tasks across: what each task came to in each run, and whether it was slower than usual. */

import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useWidth } from "../graph/useSize";
import { cellText, firstCell, type GridRow, type GridSpot, gridWindow, medians, nextCell } from "./grid";
import { RunsTable } from "./RunsTable";

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
/** Height of the head of the table. */
const HEAD_PX = 169;

export function RunsGrid(props: RunsGridProps) {
  if (props.rows.length === 0 || props.tasks.length === 0) {
    return <p class="muted">There are no runs with tasks to show.</p>;
  }
  return <Grid {...props} />;
}

function Grid({ rows, tasks, onSelect }: RunsGridProps) {
  const host = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLElement>(null);
  const width = useWidth(host);
  const median = useMemo(() => medians(rows, tasks.length), [rows, tasks]);
  const [spot, setSpot] = useState<GridSpot | null>(null);
  const [scroll, setScroll] = useState({ top: 0, left: 0 });
  const pointed = useSignal<GridSpot | null>(null);
  const at = spot !== null && rows[spot.row]?.cells[spot.task] ? spot : firstCell(rows);

  const isPhone = width < PHONE_PX;
  const labelPx = isPhone ? 152 : 196;
  const cellPx = Math.max(isPhone ? 30 : 18, Math.min(46, Math.floor((width - labelPx - 2) / tasks.length)));
  const fitting = Math.floor((window.innerHeight - AROUND_PX) / rows.length);
  const rowPx = Math.max(isPhone ? 28 : LOWEST_PX, Math.min(HIGHEST_PX, fitting));
  const view = { ...scroll, width: width - labelPx, height: window.innerHeight };
  const shown = gridWindow(view, { rows: rows.length, tasks: tasks.length, rowPx, cellPx });
  const { firstRow, lastRow, firstTask, lastTask } = shown;

  const select = useRef(onSelect);
  select.current = onSelect;
  // Pointing and moving about changes nothing here: thousands of cells are not compared for every key.
  const table = useMemo(
    () => (
      <RunsTable
        {...{ rows, tasks, median, rowPx, cellPx }}
        window={{ firstRow, lastRow, firstTask, lastTask }}
        onSelect={(runId, task) => select.current(runId, task)}
      />
    ),
    [rows, tasks, median, rowPx, cellPx, firstRow, lastRow, firstTask, lastTask],
  );
  const goTo = useTabStop(frame, at);
  const onKeyDown = (event: KeyboardEvent) => {
    const next = at === null || event.ctrlKey || event.metaKey || event.altKey ? null : nextCell(at, event.key, rows);
    if (next !== null && frame.current !== null) {
      event.preventDefault();
      scrollTo(frame.current, next, { rowPx, cellPx, labelPx });
      setSpot(next);
      goTo();
    }
  };
  return (
    <div
      ref={host}
      class="runs-grid"
      style={{ "--row": `${rowPx}px`, "--cell": `${cellPx}px`, "--label": `${labelPx}px` }}
    >
      <Said pointed={pointed} {...{ rows, tasks, median }} />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the buttons in it are what is pointed at */}
      <section
        ref={frame}
        class="runs-frame"
        onKeyDown={onKeyDown}
        onScroll={({ currentTarget: { scrollTop, scrollLeft } }) => setScroll({ top: scrollTop, left: scrollLeft })}
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
        {width > 0 && table}
      </section>
    </div>
  );
}

/**
 * The one cell that the Tab key stops at: set on the element, past the drawing of the table. What is returned moves the
 * focus to it once it is drawn.
 */
function useTabStop(frame: RefObject<HTMLElement>, at: GridSpot | null): () => void {
  const wanted = useRef(false);
  useLayoutEffect(() => {
    const button = at === null ? null : buttonAt(frame.current, at);
    if (button === null) {
      return;
    }
    button.tabIndex = 0;
    if (wanted.current) {
      wanted.current = false;
      button.focus({ preventScroll: true });
    }
    return () => {
      button.tabIndex = -1;
    };
  });
  // The frame itself can be reached where the cell is out of sight.
  useEffect(() => {
    if (frame.current !== null) {
      frame.current.tabIndex = at !== null && buttonAt(frame.current, at) !== null ? -1 : 0;
    }
  });
  return () => {
    wanted.current = true;
  };
}

/** So far that the cell is seen, beside head and labels. */
function scrollTo(
  frame: HTMLElement,
  { row, task }: GridSpot,
  sizes: { rowPx: number; cellPx: number; labelPx: number },
) {
  const { rowPx, cellPx, labelPx } = sizes;
  const [top, left] = [row * rowPx, task * cellPx];
  frame.scrollTop = Math.min(top, Math.max(frame.scrollTop, top + rowPx + HEAD_PX - frame.clientHeight));
  frame.scrollLeft = Math.min(left, Math.max(frame.scrollLeft, left + cellPx + labelPx - frame.clientWidth));
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
