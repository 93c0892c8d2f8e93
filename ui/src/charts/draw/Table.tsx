/** What a chart shows, as a table: for those who do not see it, and for those who want the numbers. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

interface TableProps {
  /** What is listed: `238 values`. */
  title: string;
  head: string[];
  /** Built when the table is opened. */
  rows: () => ComponentChildren[][];
}

const MOST = 500;

export function Table({ title, head, rows }: TableProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="chart-table" onToggle={(event) => setOpen((event.target as HTMLDetailsElement).open)}>
      <summary>Show as a table: {title}</summary>
      {isOpen && <Rows head={head} rows={rows()} title={title} />}
    </details>
  );
}

function Rows({ title, head, rows }: { title: string; head: string[]; rows: ComponentChildren[][] }) {
  return (
    <section class="chart-table-scroll" tabIndex={0} aria-label={title}>
      <table>
        <thead>
          <tr>
            {head.map((text) => (
              <th key={text} scope="col">
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MOST).map((row, number) => (
            <tr key={number}>
              {row.map((content, column) => (
                <td key={column}>{content}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > MOST && (
        <p class="muted">
          The first {MOST} of {rows.length}.
        </p>
      )}
    </section>
  );
}

/** Opens a run: a real button, since what happens is the app's matter. */
export function RunButton({ label, onOpen }: { label: string; onOpen: () => void }) {
  return (
    <button type="button" class="chart-link" onClick={onOpen}>
      {label}
    </button>
  );
}
