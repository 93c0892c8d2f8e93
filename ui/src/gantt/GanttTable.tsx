/** The same as the chart, as a table. */

import { useState } from "preact/hooks";
import { durationText, timeText } from "../parts/format";
import { StatusBadge } from "../parts/Status";
import { durationOf, sinceStart } from "./labels";
import type { Bar, Row } from "./rows";
import type { Extent } from "./times";

export interface TableProps {
  rows: Row[];
  extent: Extent;
  selectedKey: string | null;
  onChoose: (bar: Bar) => void;
}

/** More rows are shown when they are asked for. */
const FIRST_ROWS = 500;

export function GanttTable({ rows, extent, selectedKey, onChoose }: TableProps) {
  const [all, setAll] = useState(false);
  const lines = rows.flatMap((row): { row: Row; bar: Bar | null }[] =>
    row.bars.length === 0 ? [{ row, bar: null }] : row.bars.map((bar) => ({ row, bar })),
  );
  const shown = all ? lines : lines.slice(0, FIRST_ROWS);
  return (
    <section class="gantt-table" aria-label="Attempts as a table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {["Task", "Attempt", "Status", "Start", "At", "Waited", "Duration"].map((word) => (
              <th key={word} scope="col">
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map(({ row, bar }) => (
            <tr key={bar?.key ?? row.key} aria-current={bar !== null && bar.key === selectedKey ? "true" : undefined}>
              <th scope="row">{row.name}</th>
              <td>
                {bar !== null && (
                  <button
                    type="button"
                    aria-label={`Attempt ${bar.attempt.number} of ${row.name}`}
                    onClick={() => onChoose(bar)}
                  >
                    {bar.attempt.number}
                  </button>
                )}
              </td>
              <td>
                <StatusBadge status={bar?.status ?? row.status} />
              </td>
              <td>{bar && sinceStart(bar.start, extent)}</td>
              <td>{bar && timeText(bar.start, true)}</td>
              <td>{bar && durationText(bar.waited_s)}</td>
              <td>{bar && durationOf(bar)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < lines.length && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {lines.length} attempts
        </button>
      )}
    </section>
  );
}
