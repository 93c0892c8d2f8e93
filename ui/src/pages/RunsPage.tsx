/** Home: every run, newest first; found, sorted, chosen and compared. */

import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Row } from "../data/rows";
import { areDetailsLoaded, isIndexLoaded, manifest, metricKeys, needDetails, rows } from "../data/store";
import { FilterBox } from "../parts/FilterBox";
import { Fork } from "../parts/Fork";
import { counted } from "../parts/format";
import { Notice } from "../parts/Notice";
import { StatusMark } from "../parts/Status";
import { Time } from "../parts/Time";
import { useFilter } from "../parts/useFilter";
import { VirtualTable } from "../parts/VirtualTable";
import { links } from "../routing/links";
import { changeQuery } from "../routing/route";
import { ColumnChooser } from "./runs/ColumnChooser";
import { type Column, catalog, chosenColumns } from "./runs/columns";
import { RunsActions } from "./runs/RunsActions";
import { sorted } from "./runs/sorting";

const chosen = signal<ReadonlySet<string>>(new Set());

export function RunsPage({ query }: { query: URLSearchParams }) {
  const text = query.get("q") ?? "";
  const asked = query.get("columns");
  const order = query.get("sort");
  const found = useFilter(rows.value, text);
  const groups = useMemo(() => catalog(rows.value, metricKeys.value), [rows.value, metricKeys.value]);
  const columns = chosenColumns(asked, groups, rows.value);
  if (asked?.includes("metric:") === true && !areDetailsLoaded.value) {
    needDetails();
  }
  const ordered = useMemo(() => sorted(found.rows, columns, order), [found.rows, order, asked, columns.length]);
  if (rows.value.length === 0 && isIndexLoaded.value) {
    return <NoRuns />;
  }
  return (
    <>
      <h1 class="unseen">Runs</h1>
      <Unreadable />
      <div class="toolbar">
        <FilterBox text={text} error={found.error} found={found.rows.length} all={rows.value.length} />
        <ColumnChooser groups={groups} columns={columns} />
        <RunsActions rows={ordered} columns={columns} chosen={chosen.value} onClear={() => choose([])} />
      </div>
      <VirtualTable
        caption="Runs, newest first"
        columns={columns.length + 2}
        rows={ordered}
        rowKey={(row) => row.runId}
        head={<Head columns={columns} order={order} />}
        row={(row) => <Cells row={row} columns={columns} />}
      />
      {ordered.length === 0 && <p class="muted">No run fits this filter.</p>}
    </>
  );
}

function Head({ columns, order }: { columns: Column[]; order: string | null }) {
  return (
    <tr>
      <th class="choose">
        <span class="unseen">Compare</span>
      </th>
      <th>Run</th>
      {columns.map((column) => {
        const direction = order === column.key ? "ascending" : order === `-${column.key}` ? "descending" : "none";
        const next = direction === "none" ? `-${column.key}` : direction === "descending" ? column.key : null;
        return (
          <th key={column.key} class={column.numeric === true ? "number" : ""} aria-sort={direction}>
            <button type="button" class="sort" onClick={() => changeQuery({ sort: next })} title="Sort by this column">
              <span class="wrap-none">{column.title}</span>
              <span aria-hidden="true">{direction === "none" ? "" : direction === "ascending" ? " ↑" : " ↓"}</span>
              {column.detail !== undefined && <span class="detail">{column.detail}</span>}
            </button>
          </th>
        );
      })}
    </tr>
  );
}

function Cells({ row, columns }: { row: Row; columns: Column[] }) {
  const isChosen = chosen.value.has(row.runId);
  return (
    <>
      <td class="choose">
        <input
          type="checkbox"
          aria-label={`Choose run ${row.runId} to compare`}
          checked={isChosen}
          onChange={() =>
            choose(isChosen ? [...chosen.value].filter((id) => id !== row.runId) : [...chosen.value, row.runId])
          }
        />
      </td>
      <th scope="row" class="run-cell">
        <a href={links.run(row.runId)}>
          <StatusMark status={row.status} />
          <span>
            <Time ms={row.startMs} relative />
            <span class="muted small mono">{row.runId.slice(-6)}</span>
            {row.fork && <Fork isShort />}
          </span>
        </a>
      </th>
      {columns.map((column) => (
        <td key={column.key} class={column.numeric === true ? "number" : ""} data-title={column.title}>
          <div class="cell">{column.cell(row)}</div>
        </td>
      ))}
    </>
  );
}

function choose(runIds: string[]): void {
  chosen.value = new Set(runIds);
}

function Unreadable() {
  const count = manifest.value?.unreadable.length ?? 0;
  return count === 0 ? null : (
    <Notice kind="warning" title={`${counted(count, "file")} could not be read`}>
      <a href={links.health()}>See which, and why</a>
    </Notice>
  );
}

function NoRuns() {
  return (
    <>
      <Unreadable />
      <Notice kind="plain" title="There are no runs yet">
        <p>
          Start one with <code>make run</code>, then build this site again with <code>make site</code>. With{" "}
          <code>make ui</code> the page follows by itself.
        </p>
      </Notice>
    </>
  );
}
