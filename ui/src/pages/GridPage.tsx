/** Runs and their tasks as one grid: where something fails again and again, it is a stripe. */

import { useMemo } from "preact/hooks";
import type { Row } from "../data/rows";
import { areDetailsLoaded, missing, needDetails, rows } from "../data/store";
import { type GridRow, RunsGrid } from "../gantt/RunsGrid";
import { FilterBox } from "../parts/FilterBox";
import { counted, timeText } from "../parts/format";
import { useFilter } from "../parts/useFilter";
import { links } from "../routing/links";
import { address, changeQuery, go } from "../routing/route";
import { taskOrder } from "./grid/taskOrder";
import { mostFrequent } from "./metric/mainline";

const RUNS = 100;
const TASKS = 200;

export function GridPage({ query }: { query: URLSearchParams }) {
  needDetails();
  const text = query.get("q") ?? "";
  const found = useFilter(rows.value, text);
  const pipelines = useMemo(() => countsOf(found.rows), [found.rows]);
  // Tasks of different pipelines have nothing in common.
  const pipeline = query.get("pipeline") ?? mostFrequent(pipelines) ?? "";
  const shown = useMemo(() => found.rows.filter((row) => row.pipeline === pipeline), [found.rows, pipeline]);
  return (
    <>
      <h1>Runs and their tasks</h1>
      <FilterBox text={text} error={found.error} found={found.rows.length} all={rows.value.length} />
      <div class="choices">
        <PipelineChoice counts={pipelines} pipeline={pipeline} />
        <input
          type="search"
          placeholder="Find a task"
          aria-label="Find a task"
          value={query.get("find") ?? ""}
          onInput={(event) => changeQuery({ find: event.currentTarget.value })}
        />
      </div>
      <Grid rows={shown} query={query} />
    </>
  );
}

function Grid({ rows: all, query }: { rows: Row[]; query: URLSearchParams }) {
  const pages = Math.max(1, Math.ceil(all.length / RUNS));
  const page = Math.min(pages, Math.max(1, Math.trunc(Number(query.get("page")) || 1)));
  const find = (query.get("find") ?? "").toLowerCase();
  const shown = useMemo(() => all.slice((page - 1) * RUNS, page * RUNS), [all, page]);
  const tasks = useMemo(
    () => taskOrder(shown.map((row) => row.taskNames)).filter((task) => task.toLowerCase().includes(find)),
    [shown, find],
  );
  const drawn = useMemo(() => tasks.slice(0, TASKS), [tasks]);
  const cells = useMemo(() => {
    const isOneYear = new Set(shown.map((row) => timeText(row.startMs).slice(0, 4))).size < 2;
    return shown.map((row) => gridRow(row, drawn, isOneYear));
  }, [shown, drawn]);
  if (all.length === 0) {
    return <p class="muted">No run fits this filter.</p>;
  }
  if (drawn.length === 0) {
    return (
      <p class="muted">
        {!areDetailsLoaded.value && missing.value.length === 0
          ? "Loading the tasks of all runs …"
          : find === ""
            ? "These runs have no tasks."
            : "No task of these runs has a name like that."}
      </p>
    );
  }
  return (
    <>
      <RunsGrid rows={cells} tasks={drawn} onSelect={(runId, task) => go(links.task(runId, task))} />
      {tasks.length > drawn.length && (
        <p class="muted">
          The first {TASKS} of {counted(tasks.length, "task")} are shown: find others by name with the box above.
        </p>
      )}
      {pages > 1 && <Pages page={page} pages={pages} runs={all.length} query={query} />}
    </>
  );
}

function gridRow(row: Row, tasks: string[], isOneYear: boolean): GridRow {
  const places = new Map(row.taskNames.map((task, at) => [task, at]));
  return {
    runId: row.runId,
    label: runLabel(row, isOneYear),
    status: row.status,
    cells: tasks.map((task) => {
      const at = places.get(task);
      const status = at === undefined ? null : row.taskStatus(at);
      return at === undefined || status === null
        ? null
        : { status, duration_s: row.taskDuration(at), attempts: row.taskAttempts(at) };
    }),
  };
}

/** `2026-11-20 06:00 main`, `11-20 09:12 PR 12`: short where all runs are of one year, for a phone. */
function runLabel(row: Row, isOneYear: boolean): string {
  const what = row.pullRequest === null ? row.branch : `PR ${row.pullRequest}`;
  const when = row.startMs === null ? row.runId : timeText(row.startMs).slice(isOneYear ? 5 : 0);
  return what === null ? when : `${when} ${what}`;
}

function Pages({ page, pages, runs, query }: { page: number; pages: number; runs: number; query: URLSearchParams }) {
  const others = Object.fromEntries(query);
  const to = (number: number) => address(["grid"], { ...others, page: number === 1 ? null : String(number) });
  const first = (page - 1) * RUNS + 1;
  return (
    <nav class="pages" aria-label="Pages of the grid">
      {page > 1 && <a href={to(page - 1)}>← Newer runs</a>}
      <span class="muted">
        {first.toLocaleString("en")} to {Math.min(runs, page * RUNS).toLocaleString("en")} of {counted(runs, "run")}
      </span>
      {page < pages && <a href={to(page + 1)}>Older runs →</a>}
    </nav>
  );
}

function PipelineChoice({ counts, pipeline }: { counts: ReadonlyMap<string, number>; pipeline: string }) {
  const names = counts.has(pipeline) ? [...counts.keys()] : [pipeline, ...counts.keys()];
  return names.length < 2 ? null : (
    <label class="choice-said">
      <span class="muted">Pipeline</span>
      <select value={pipeline} onChange={(event) => changeQuery({ pipeline: event.currentTarget.value, page: null })}>
        {names.map((name) => (
          <option key={name} value={name}>
            {name} ({counted(counts.get(name) ?? 0, "run")})
          </option>
        ))}
      </select>
    </label>
  );
}

function countsOf(all: Row[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of all) {
    counts.set(row.pipeline, (counts.get(row.pipeline) ?? 0) + 1);
  }
  return counts;
}
