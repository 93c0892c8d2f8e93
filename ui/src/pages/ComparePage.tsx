/** Several runs beside each other: what differs, in parameters, metrics, code, packages, shape and results. */

import { useMemo, useState } from "preact/hooks";
import { compareRuns, differences, type Group, hasHistories } from "../compare/rows";
import type { RunDocument } from "../data/contract";
import { hasDetails } from "../data/pruned";
import { Download } from "../parts/Download";
import { counted } from "../parts/format";
import { Notice } from "../parts/Notice";
import { links } from "../routing/links";
import { changeQuery } from "../routing/route";
import { AddRun } from "./compare/AddRun";
import { type Asked, askedOf, MOST_RUNS, showRuns } from "./compare/address";
import { alignTasks } from "./compare/alignTasks";
import { CompareTable } from "./compare/CompareTable";
import { Curves } from "./compare/Curves";
import { compareCsv } from "./compare/csv";
import { found } from "./compare/lines";
import { Notebooks } from "./compare/Notebooks";
import { type LoadedRuns, useRuns } from "./compare/useRuns";

export function ComparePage({ query }: { query: URLSearchParams }) {
  const asked = askedOf(query);
  const loaded = useRuns(asked.runIds);
  return (
    <article class="compare">
      <p class="crumbs">
        <a href={links.runs()}>Runs</a>
      </p>
      <h1>Compare {loaded.runs.length > 1 ? counted(loaded.runs.length, "run") : "runs"}</h1>
      <Said asked={asked} loaded={loaded} />
      {!loaded.isReady ? (
        asked.runIds.length > 0 && (
          <p class="muted" aria-live="polite">
            Loading {loaded.arrived} of {counted(asked.runIds.length, "run")} …
          </p>
        )
      ) : (
        <Comparison asked={asked} runs={loaded.runs} />
      )}
    </article>
  );
}

/** What of the address cannot be shown as it stands. */
function Said({ asked, loaded }: { asked: Asked; loaded: LoadedRuns }) {
  const notes = [
    asked.repeated > 0 && "Runs that stand there more than once are shown once.",
    asked.leftOut > 0 &&
      `At most ${MOST_RUNS} runs can be compared: ${counted(asked.leftOut, "run")} at the end left out.`,
  ].filter((note) => note !== false);
  return (
    <>
      {loaded.unknown.length > 0 && (
        <Notice
          kind="failure"
          title={`${counted(loaded.unknown.length, "run")} cannot be shown`}
          text={`This site has no run ${loaded.unknown.join(", ")}, or its file cannot be loaded.`}
        >
          <button type="button" onClick={() => showRuns(asked.runIds.filter((id) => !loaded.unknown.includes(id)))}>
            Go on without
          </button>
        </Notice>
      )}
      {notes.length > 0 && <Notice kind="warning" title="About the address" text={notes.join(" ")} />}
      {(asked.runIds.length < 2 || (loaded.isReady && loaded.runs.length < 2)) && (
        <Notice kind="plain" title="A comparison needs two runs">
          <p>
            Add one here, or choose some in <a href={links.runs()}>the list of runs</a>.
          </p>
        </Notice>
      )}
    </>
  );
}

function Comparison({ asked, runs }: { asked: Asked; runs: RunDocument[] }) {
  const [folded, setFolded] = useState<ReadonlySet<Group>>(new Set());
  const aligned = useMemo(() => alignTasks(runs), [runs]);
  const rows = useMemo(() => compareRuns(aligned.runs, { statistic: asked.statistic }), [aligned, asked.statistic]);
  const hasSeveral = runs.length > 1;
  const differing = useMemo(() => (hasSeveral ? differences(rows) : rows), [rows, hasSeveral]);
  const shown = useMemo(
    () => found(asked.all ? rows : differing, asked.find),
    [rows, differing, asked.all, asked.find],
  );
  const fold = (group: Group) => {
    const next = new Set(folded);
    if (!next.delete(group)) {
      next.add(group);
    }
    setFolded(next);
  };
  return (
    <>
      <div class="compare-tools">
        <input
          type="search"
          placeholder="Find a row"
          aria-label="Find a row"
          value={asked.find}
          onInput={(event) => changeQuery({ find: event.currentTarget.value })}
        />
        <label class="choice">
          <input
            type="checkbox"
            checked={!asked.all}
            disabled={!hasSeveral}
            onChange={() => changeQuery({ all: asked.all ? null : "1" })}
          />
          Only differences{" "}
          {hasSeveral && (
            <span class="muted">
              ({rows.length - differing.length} of {rows.length} rows are equal)
            </span>
          )}
        </label>
        <label class="choice">
          <input
            type="checkbox"
            checked={asked.by === "runs"}
            onChange={() => changeQuery({ by: asked.by === "runs" ? null : "runs" })}
          />
          Runs as rows
        </label>
        {hasHistories(runs) && <Statistic chosen={asked.statistic} />}
        <AddRun runIds={runs.map((run) => run.run_id)} />
        <Download name="comparison.csv" content={async () => compareCsv(shown, runs, asked.by)}>
          CSV
        </Download>
      </div>
      {shown.length > 0 ? (
        <CompareTable aligned={aligned} rows={shown} by={asked.by} folded={folded} onFold={fold} />
      ) : (
        runs.length > 0 && <p class="muted">{asked.find === "" ? "These runs differ in nothing." : "No row fits."}</p>
      )}
      <ExpiredParts runs={runs} />
      <Notebooks aligned={aligned} />
      <Curves aligned={aligned} />
    </>
  );
}

/** Packages and curves that cannot be compared, since they are not there any more. */
function ExpiredParts({ runs }: { runs: RunDocument[] }) {
  const expired = runs.filter((run) => !hasDetails(run));
  return (
    expired.length > 0 && (
      <p class="muted">
        Packages and curves of {counted(expired.length, "run")} have expired, and are not compared: they were removed to
        keep the site within its size.
      </p>
    )
  );
}

/** Which value of metrics that were logged again and again. */
function Statistic({ chosen }: { chosen: Asked["statistic"] }) {
  return (
    <label class="choice">
      Metrics:
      <select
        value={chosen}
        onChange={({ currentTarget: { value } }) => changeQuery({ of: value === "last" ? null : value })}
      >
        <option value="last">last value</option>
        <option value="min">lowest</option>
        <option value="max">highest</option>
      </select>
    </label>
  );
}
