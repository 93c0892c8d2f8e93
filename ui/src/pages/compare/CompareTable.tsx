/** The comparison itself: facts as rows and runs as columns, or the other way about. */

import type { CompareRow, Group } from "../../compare/rows";
import { GROUPS } from "../../compare/rows";
import type { RunDocument } from "../../data/contract";
import { External } from "../../parts/External";
import { counted } from "../../parts/format";
import { links } from "../../routing/links";
import { diffAddress } from "../diff/address";
import type { Aligned } from "./alignTasks";
import { BigTable, type TableRow } from "./BigTable";
import { type Line, linesOf } from "./lines";
import { RunHeading } from "./RunHeading";
import { cellClass, ValueCell } from "./ValueCell";
import { labelOf } from "./values";

/** In a longer table the heading above a row may be out of sight. */
const MANY_ROWS = 60;

interface Props {
  aligned: Aligned;
  rows: CompareRow[];
  by: "rows" | "runs";
  folded: ReadonlySet<Group>;
  onFold: (group: Group) => void;
}

export function CompareTable({ aligned, rows, by, folded, onFold }: Props) {
  const { runs } = aligned;
  const runIds = runs.map((run) => run.run_id);
  const heading = (run: RunDocument, place: number) => <RunHeading run={run} place={place} runIds={runIds} />;
  if (by === "runs") {
    const places = runs.map((run, place) => ({ run, place }));
    return (
      <BigTable
        caption={`${counted(runs.length, "run")} compared, a row each`}
        corner="Run"
        rowHeight={64}
        columns={rows.map((row) => ({ key: keyOf(row), head: <FactHead row={row} withPlace /> }))}
        rows={places.map(({ run, place }) => ({
          key: run.run_id,
          kind: "row",
          head: heading(run, place),
          cell: (column) => {
            const row = rows[column];
            return row === undefined ? null : <ValueCell row={row} place={place} />;
          },
          cellClass: (column) => {
            const row = rows[column];
            return row === undefined ? "" : cellClass(row, place);
          },
        }))}
      />
    );
  }
  return (
    <BigTable
      caption={`${counted(runs.length, "run")} compared, a column each`}
      corner={counted(rows.length, "row")}
      rowHeight={46}
      columns={runs.map((run, place) => ({ key: run.run_id, head: heading(run, place) }))}
      rows={linesOf(rows, runs, folded).map((line) => tableRow(line, aligned, rows.length > MANY_ROWS, onFold))}
    />
  );
}

function tableRow(line: Line, aligned: Aligned, isLong: boolean, onFold: (group: Group) => void): TableRow {
  switch (line.kind) {
    case "group":
      return {
        key: `group ${line.id}`,
        kind: "heading",
        head: (
          <button type="button" class="fold" aria-expanded={!line.isFolded} onClick={() => onFold(line.id)}>
            <span aria-hidden="true">{line.isFolded ? "▸" : "▾"}</span> {line.title}{" "}
            <span class="muted small">{line.count}</span>
          </button>
        ),
        cell: () => null,
      };
    case "task":
      return {
        key: `task ${line.group} ${line.task}`,
        kind: "subheading",
        head: <bdi class="wrap">{line.task}</bdi>,
        cell: (column) => <TaskLink task={line.task} group={line.group} aligned={aligned} place={column} />,
      };
    case "changes":
      return {
        key: "changes",
        kind: "row",
        head: "changes since the base",
        cell: (column) => {
          const address = line.addresses[column] ?? null;
          return address === null ? <span class="muted">–</span> : <External href={address}>see them</External>;
        },
      };
    case "row":
      return {
        key: keyOf(line.row),
        kind: "row",
        head: <FactHead row={line.row} withPlace={line.isAlone || (isLong && line.row.task !== null)} />,
        cell: (column) => <ValueCell row={line.row} place={column} />,
        cellClass: (column) => cellClass(line.row, column),
      };
  }
}

/** From a task to its page, and to how its notebook differs from the base's. */
function TaskLink({
  task,
  group,
  aligned: { runs, ownId },
  place,
}: {
  task: string;
  group: Group;
  aligned: Aligned;
  place: number;
}) {
  const [base, run] = [runs[0], runs[place]];
  const [idInBase, id] = [ownId(0, task), ownId(place, task)];
  if ((group !== "metrics" && group !== "tasks") || base === undefined || run === undefined || id === null) {
    return null;
  }
  return place === 0 || idInBase === null ? (
    <a href={links.task(run.run_id, id)}>open task</a>
  ) : (
    <a href={diffAddress([idInBase, id], [base.run_id, run.run_id])}>notebook diff</a>
  );
}

function FactHead({ row, withPlace }: { row: CompareRow; withPlace: boolean }) {
  const label = labelOf(row);
  const place = row.task ?? GROUPS.find(({ id }) => id === row.group)?.title ?? "";
  const name = <bdi title={label === row.name ? undefined : row.name}>{label}</bdi>;
  return (
    <span class="fact wrap">
      {withPlace && (
        <span class="small muted" title={place}>
          {place}
        </span>
      )}
      {row.group === "metrics" && row.task !== null ? (
        <a class="plain-link" href={links.metric(row.task, row.name)} title="Its values in all runs">
          {name}
        </a>
      ) : (
        name
      )}
    </span>
  );
}

function keyOf(row: CompareRow): string {
  return JSON.stringify([row.group, row.task, row.name]);
}
