/** Which parameters lead to which metrics: over many runs, or over the tasks of one run. */

import { useMemo } from "preact/hooks";
import type { RunDocument } from "../data/contract";
import type { Row } from "../data/rows";
import { areDetailsLoaded, isIndexLoaded, metricKeys, needDetails, rows } from "../data/store";
import { FilterBox } from "../parts/FilterBox";
import { counted, timeText } from "../parts/format";
import { Notice } from "../parts/Notice";
import { useFilter } from "../parts/useFilter";
import { useRun } from "../parts/useRun";
import { links } from "../routing/links";
import { address, changeQuery } from "../routing/route";
import { MOST_RUNS } from "./compare/address";
import { diffAddress } from "./diff/address";
import { type RunUnit, runAxes, runUnits } from "./sweep/runUnits";
import { SweepView } from "./sweep/SweepView";
import { repeatedNames, type TaskUnit, taskAxes, taskUnits } from "./sweep/taskUnits";

const MOST_UNITS = 5_000;
const OFFERED_RUNS = 300;

export function SweepPage({ query }: { query: URLSearchParams }) {
  const text = query.get("q") ?? "";
  const ofTasks = query.get("unit") === "tasks";
  const found = useFilter(rows.value, text);
  if (rows.value.length === 0 && isIndexLoaded.value) {
    return <Notice kind="plain" title="There are no runs yet" />;
  }
  return (
    <>
      <h1>Sweep</h1>
      <nav class="tabs" aria-label="What is a point">
        <a href={address(["sweep"], { q: text })} aria-current={ofTasks ? undefined : "page"}>
          Runs
        </a>
        <a
          href={address(["sweep"], { q: text, unit: "tasks", run: ofTasks ? query.get("run") : null })}
          aria-current={ofTasks ? "page" : undefined}
        >
          Tasks of one run
        </a>
      </nav>
      <FilterBox text={text} error={found.error} found={found.rows.length} all={rows.value.length} />
      {found.rows.length === 0 ? (
        <p class="muted">No run fits this filter.</p>
      ) : ofTasks ? (
        <TaskSweep found={found.rows} query={query} />
      ) : (
        <RunSweep found={found.rows} query={query} />
      )}
    </>
  );
}

function RunSweep({ found, query }: { found: Row[]; query: URLSearchParams }) {
  needDetails();
  const shown = useMemo(() => found.slice(0, MOST_UNITS), [found]);
  const units = useMemo(() => runUnits(shown), [shown]);
  const axes = useMemo(() => runAxes(shown, metricKeys.value), [shown, metricKeys.value]);
  return (
    <>
      {found.length > shown.length && <p class="muted">The newest {counted(shown.length, "run")} are shown.</p>}
      {!areDetailsLoaded.value && <p class="muted">Loading all metrics …</p>}
      <SweepView
        noun="run"
        units={units}
        axes={axes}
        query={query}
        actions={(runs, isChosen) => <CompareLink runs={runs} isChosen={isChosen} />}
      />
    </>
  );
}

function CompareLink({ runs, isChosen }: { runs: RunUnit[]; isChosen: boolean }) {
  if (runs.length < 2 || runs.length > MOST_RUNS) {
    return (
      <span class="muted">
        {runs.length < 2 ? (isChosen ? "Choose another to compare" : "") : `At most ${MOST_RUNS} can be compared`}
      </span>
    );
  }
  return (
    <a class="button main" href={links.compare(runs.map(({ id }) => id).sort())}>
      Compare {isChosen ? "" : "these "}
      {counted(runs.length, "run")}
    </a>
  );
}

function TaskSweep({ found, query }: { found: Row[]; query: URLSearchParams }) {
  const asked = query.get("run");
  // A run that succeeded says most.
  const runId = asked ?? (found.find(({ status }) => status === "success") ?? found[0])?.runId ?? "";
  const loaded = useRun(runId);
  return (
    <>
      <label class="axis-select">
        Run
        <select
          value={runId}
          onChange={({ currentTarget: { value } }) => changeQuery({ run: value, task: null, keep: null })}
        >
          {!found.slice(0, OFFERED_RUNS).some((row) => row.runId === runId) && <option value={runId}>{runId}</option>}
          {found.slice(0, OFFERED_RUNS).map((row) => (
            <option key={row.runId} value={row.runId}>
              {timeText(row.startMs)} {row.runId.slice(-6)} {row.pipeline} {row.environment}
            </option>
          ))}
        </select>
      </label>
      {loaded.state === "loading" && <p class="muted">Loading run {runId} …</p>}
      {loaded.state === "failed" && (
        <Notice kind="failure" title="There is no such run here" text={`${runId}: ${loaded.error}`} />
      )}
      {loaded.state === "ready" && <TasksOfRun key={loaded.value.run_id} run={loaded.value} query={query} />}
    </>
  );
}

function TasksOfRun({ run, query }: { run: RunDocument; query: URLSearchParams }) {
  const names = useMemo(() => repeatedNames(run), [run]);
  const asked = query.get("task");
  const name = asked !== null && names.has(asked) ? asked : ([...names.keys()][0] ?? null);
  const units = useMemo(() => (name === null ? [] : taskUnits(run, name)), [run, name]);
  const axes = useMemo(() => taskAxes(units), [units]);
  if (name === null) {
    return (
      <Notice kind="plain" title="No task of this run was run more than once">
        <p>A sweep needs tasks of the same name with different parameters. Choose another run.</p>
        <a href={links.run(run.run_id)}>The run</a>
      </Notice>
    );
  }
  return (
    <>
      <label class="axis-select">
        Task
        <select value={name} onChange={({ currentTarget: { value } }) => changeQuery({ task: value, keep: null })}>
          {[...names].map(([one, count]) => (
            <option key={one} value={one}>
              {one} × {count}
            </option>
          ))}
        </select>
      </label>
      <SweepView
        key={name}
        noun="task"
        units={units}
        axes={axes}
        query={query}
        actions={(tasks, isChosen) => isChosen && <DiffLink run={run} tasks={tasks} />}
      />
    </>
  );
}

function DiffLink({ run, tasks }: { run: RunDocument; tasks: TaskUnit[] }) {
  const [one, other, third] = tasks;
  return one === undefined || other === undefined || third !== undefined ? (
    <span class="muted">Choose two to see how their notebooks differ</span>
  ) : (
    <a class="button main" href={diffAddress([one.id, other.id], [run.run_id, run.run_id])}>
      Notebook diff
    </a>
  );
}
