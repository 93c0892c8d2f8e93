/** Runs by month and pipeline. */

import { useMemo, useState } from "preact/hooks";
import type { Row } from "../../data/rows";
import { counted } from "../../parts/format";
import { Scroll } from "../../parts/Scroll";
import { Section } from "../../parts/Section";
import { type Cell, monthsOf } from "./months";

const MONTHS = 12;
const PIPELINES = 20;

export function RunCounts({ rows }: { rows: readonly Row[] }) {
  const [all, setAll] = useState(false);
  const { pipelines, months } = useMemo(() => monthsOf(rows), [rows]);
  if (months.length === 0) {
    return null;
  }
  const shown = all ? months : months.slice(0, MONTHS);
  const columns = pipelines.slice(0, PIPELINES);
  const rest = pipelines.slice(PIPELINES);
  return (
    <Section id="counts" title="Runs by month" note={<span class="muted">{counted(rows.length, "run")}</span>}>
      <Scroll label="Runs by month">
        <table class="plain">
          <thead>
            <tr>
              <th>Month (UTC)</th>
              {columns.map((pipeline) => (
                <th key={pipeline} class="number">
                  <bdi>{pipeline}</bdi>
                </th>
              ))}
              {rest.length > 0 && <th class="number">{counted(rest.length, "other pipeline")}</th>}
            </tr>
          </thead>
          <tbody>
            {shown.map(({ month, cells }) => (
              <tr key={month}>
                <th scope="row">{month}</th>
                {columns.map((pipeline) => (
                  <td key={pipeline} class="number">
                    <Count cell={cells.get(pipeline) ?? null} />
                  </td>
                ))}
                {rest.length > 0 && (
                  <td class="number">
                    <Count cell={sum(rest.flatMap((pipeline) => cells.get(pipeline) ?? []))} />
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {shown.length < months.length && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {counted(months.length, "month")}
        </button>
      )}
    </Section>
  );
}

function Count({ cell }: { cell: Cell | null }) {
  if (cell === null || cell.runs === 0) {
    return <span class="muted">–</span>;
  }
  return (
    <>
      {cell.runs.toLocaleString("en")}
      {cell.troubled > 0 && (
        <span class="muted small of-task">{cell.troubled.toLocaleString("en")} without success</span>
      )}
    </>
  );
}

function sum(cells: Cell[]): Cell {
  return cells.reduce((all, { runs, troubled }) => ({ runs: all.runs + runs, troubled: all.troubled + troubled }), {
    runs: 0,
    troubled: 0,
  });
}
