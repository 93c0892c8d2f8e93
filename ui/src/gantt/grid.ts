/** What a cell of the grid of runs and tasks says, and where its keys lead. */

import type { Status } from "../data/contract";
import { counted, durationText } from "../parts/format";
import { statusWord } from "../parts/Status";

export interface GridCell {
  status: Status;
  duration_s: number | null;
  attempts: number;
}

export interface GridRow {
  runId: string;
  label: string;
  status: Status;
  /** One for each of the grid's tasks; null where the run has no such task. */
  cells: (GridCell | null)[];
}

/** For each task, the median of its durations where it succeeded; null where it never did. */
export function medians(rows: GridRow[], tasks: number): (number | null)[] {
  return Array.from({ length: tasks }, (_, at) => {
    const durations = rows
      .map((row) => row.cells[at])
      .flatMap((cell) => (cell?.status === "success" && cell.duration_s !== null ? [cell.duration_s] : []))
      .sort((one, other) => one - other);
    const middle = durations.length / 2;
    const [low, high] = [durations[Math.ceil(middle) - 1], durations[Math.floor(middle)]];
    return low === undefined || high === undefined ? null : (low + high) / 2;
  });
}

/** Four times as long, or a quarter, is as far as colours go. */
const STRONGEST = 4;

/** From -1 (much faster than the median) over 0 to 1 (much slower), in steps of a third. */
export function heat(cell: GridCell, median: number | null): number {
  if (median === null || cell.duration_s === null || median <= 0 || cell.duration_s <= 0) {
    return 0;
  }
  const strength = Math.log(cell.duration_s / median) / Math.log(STRONGEST);
  return Math.round(3 * Math.max(-1, Math.min(1, strength))) / 3;
}

/** `2026-11-21 06:00 main · train-model · success · 2.10 s, 1.3 × the median · 2 attempts` */
export function cellText(row: GridRow, task: string, cell: GridCell, median: number | null): string {
  const parts = [row.label, task, statusWord(cell.status)];
  if (cell.duration_s !== null) {
    const ratio = median === null || median <= 0 ? null : cell.duration_s / median;
    parts.push(
      `${durationText(cell.duration_s)}${ratio === null ? "" : `, ${ratio.toFixed(ratio < 9.95 ? 1 : 0)} × the median`}`,
    );
  }
  if (cell.attempts > 1) {
    parts.push(counted(cell.attempts, "attempt"));
  }
  return parts.join(" · ");
}

/** `train-model[size=400, seed=1]` as `train-model 400, 1`: it is the values that differ from column to column. */
export function shortTask(id: string): string {
  const [, name, parameters] = /^([^[]+)\[(.+)\]$/s.exec(id) ?? [];
  return name === undefined || parameters === undefined
    ? id
    : `${name} ${parameters.replace(/(^|,\s*)[^=,]+=/g, (_, comma: string) => (comma === "" ? "" : ", "))}`;
}

export interface GridSpot {
  row: number;
  task: number;
}

const MOVES = new Map([
  ["ArrowRight", { row: 0, task: 1 }],
  ["ArrowLeft", { row: 0, task: -1 }],
  ["ArrowDown", { row: 1, task: 0 }],
  ["ArrowUp", { row: -1, task: 0 }],
]);

/** The next cell that way which is not empty; the same where there is none, null where the key means nothing. */
export function nextCell(spot: GridSpot, key: string, rows: GridRow[]): GridSpot | null {
  const filled = (row: number, task: number) => (rows[row]?.cells[task] ?? null) !== null;
  if (key === "Home" || key === "End") {
    const tasks = (rows[spot.row]?.cells ?? []).map((_, task) => task).filter((task) => filled(spot.row, task));
    return { row: spot.row, task: (key === "Home" ? tasks[0] : tasks.at(-1)) ?? spot.task };
  }
  const move = MOVES.get(key);
  if (move === undefined) {
    return null;
  }
  const width = rows[spot.row]?.cells.length ?? 0;
  let { row, task } = spot;
  do {
    row += move.row;
    task += move.task;
  } while (row >= 0 && row < rows.length && task >= 0 && task < width && !filled(row, task));
  return filled(row, task) ? { row, task } : spot;
}

/** The first cell that is not empty. */
export function firstCell(rows: GridRow[]): GridSpot | null {
  for (const [row, { cells }] of rows.entries()) {
    const task = cells.findIndex((cell) => cell !== null);
    if (task >= 0) {
      return { row, task };
    }
  }
  return null;
}

export interface GridWindow {
  firstRow: number;
  lastRow: number;
  firstTask: number;
  lastTask: number;
}

/** Up to here, all cells are drawn: then the browser finds text in them, too. */
const MOST_CELLS = 4_000;
/** Cells beyond those in sight; the window moves by as many, so that it does not move with every pixel. */
const STEP = 10;

/** Which cells are drawn, `last` exclusive. */
export function gridWindow(
  view: { top: number; left: number; width: number; height: number },
  size: { rows: number; tasks: number; rowPx: number; cellPx: number },
): GridWindow {
  if (size.rows * size.tasks <= MOST_CELLS) {
    return { firstRow: 0, lastRow: size.rows, firstTask: 0, lastTask: size.tasks };
  }
  const cut = (from: number, extent: number, px: number, count: number): [number, number] => [
    Math.min(count, Math.max(0, Math.floor(from / px / STEP - 1) * STEP)),
    Math.min(count, Math.ceil((from + extent) / px / STEP + 1) * STEP),
  ];
  const [firstRow, lastRow] = cut(view.top, view.height, size.rowPx, size.rows);
  const [firstTask, lastTask] = cut(view.left, view.width, size.cellPx, size.tasks);
  return { firstRow, lastRow, firstTask, lastTask };
}
