import type { Status } from "../data/contract";

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

export interface RunsGridProps {
  rows: GridRow[];
  tasks: string[];
  onSelect: (runId: string, task: string) => void;
}

/** Runs down, tasks across. */
export function RunsGrid({ rows, tasks, onSelect }: RunsGridProps) {
  return (
    <table>
      <tbody>
        {rows.map((row) => (
          <tr key={row.runId}>
            <th scope="row">{row.label}</th>
            {row.cells.map((cell, at) => {
              const task = tasks[at] ?? "";
              return (
                <td key={task}>
                  {cell !== null && (
                    <button type="button" onClick={() => onSelect(row.runId, task)}>
                      {cell.status}
                    </button>
                  )}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
