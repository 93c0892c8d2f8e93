/** The table of a grid: those cells of it that are in sight, where it is large. */

import { isTrouble, StatusMark, statusColour, statusGlyph } from "../parts/Status";
import { cellText, type GridCell, type GridRow, type GridWindow, heat, shortTask } from "./grid";

export interface RunsTableProps {
  rows: GridRow[];
  tasks: string[];
  median: (number | null)[];
  window: GridWindow;
  rowPx: number;
  cellPx: number;
  onSelect: (runId: string, task: string) => void;
}

export function RunsTable(props: RunsTableProps) {
  const { rows, tasks, window, rowPx, cellPx } = props;
  const shownTasks = tasks.slice(window.firstTask, window.lastTask);
  // Empty cells keep the place of those that are out of sight.
  const before = window.firstTask > 0 && <td aria-hidden="true" style={{ width: `${window.firstTask * cellPx}px` }} />;
  const left = (tasks.length - window.lastTask) * cellPx;
  const after = left > 0 && <td aria-hidden="true" style={{ width: `${left}px` }} />;
  return (
    <table
      style={{ width: `calc(var(--label) + ${tasks.length * cellPx}px)` }}
      aria-rowcount={rows.length + 1}
      aria-colcount={tasks.length + 1}
    >
      <caption class="runs-hidden">Status of each task in each run. Arrow keys move between cells.</caption>
      <thead>
        <tr aria-rowindex={1}>
          <th scope="col" class="runs-corner">
            Run
          </th>
          {before}
          {shownTasks.map((task, at) => (
            <th key={task} scope="col" class="runs-task" title={task} aria-colindex={window.firstTask + at + 2}>
              <span>{shortTask(task)}</span>
            </th>
          ))}
          {after}
        </tr>
      </thead>
      <tbody>
        {window.firstRow > 0 && <tr style={{ height: `${window.firstRow * rowPx}px` }} />}
        {rows.slice(window.firstRow, window.lastRow).map((row, at) => (
          <tr key={row.runId} aria-rowindex={window.firstRow + at + 2}>
            <th scope="row" class="runs-run" title={row.label}>
              <StatusMark status={row.status} /> {row.label}
            </th>
            {before}
            {shownTasks.map((task, taskAt) => (
              <td key={task} aria-colindex={window.firstTask + taskAt + 2}>
                <Cell
                  {...props}
                  row={row}
                  task={task}
                  rowAt={window.firstRow + at}
                  taskAt={window.firstTask + taskAt}
                />
              </td>
            ))}
            {after}
          </tr>
        ))}
        {window.lastRow < rows.length && <tr style={{ height: `${(rows.length - window.lastRow) * rowPx}px` }} />}
      </tbody>
    </table>
  );
}

interface CellProps extends RunsTableProps {
  row: GridRow;
  task: string;
  rowAt: number;
  taskAt: number;
}

function Cell({ row, task, rowAt, taskAt, median: medians, onSelect }: CellProps) {
  const cell = row.cells[taskAt] ?? null;
  const median = medians[taskAt] ?? null;
  if (cell === null) {
    return null;
  }
  // What needs a look is filled, in the colour of its status; all else has the colour of its duration.
  const look = isTrouble(cell.status)
    ? { color: "var(--surface)", background: statusColour(cell.status) }
    : { color: statusColour(cell.status), background: heatColour(cell, median) };
  return (
    <button
      type="button"
      class={cell.attempts > 1 ? "runs-cell runs-retried" : "runs-cell"}
      style={look}
      tabIndex={-1}
      data-place={`${rowAt} ${taskAt}`}
      aria-label={cellText(row, task, cell, median)}
      onClick={() => onSelect(row.runId, task)}
    >
      {statusGlyph(cell.status)}
    </button>
  );
}

/** Slower than the median is warm, faster cold. */
function heatColour(cell: GridCell, median: number | null): string | undefined {
  if (cell.status !== "success") {
    return statusColour(cell.status, true);
  }
  const warmth = heat(cell, median);
  const colour = warmth > 0 ? "var(--series-2)" : "var(--series-1)";
  return warmth === 0 ? undefined : `color-mix(in srgb, ${colour} ${Math.round(Math.abs(warmth) * 36)}%, transparent)`;
}
