/** Takes another run into the comparison. */

import { useState } from "preact/hooks";
import type { Row } from "../../data/rows";
import { rows } from "../../data/store";
import { StatusMark } from "../../parts/Status";
import { Time } from "../../parts/Time";
import { MOST_RUNS, showRuns } from "./address";

const OFFERED = 20;

export function AddRun({ runIds }: { runIds: string[] }) {
  const [wanted, setWanted] = useState("");
  if (runIds.length >= MOST_RUNS) {
    return <span class="muted">These are {MOST_RUNS} runs, as many as can be compared.</span>;
  }
  const known = new Set(runIds);
  const found = rows.value.filter((row) => !known.has(row.runId) && holds(row, wanted.trim().toLowerCase()));
  return (
    <details class="menu">
      <summary>Add a run</summary>
      <div class="menu-body">
        <input
          type="search"
          placeholder="Id, branch, commit, pipeline"
          aria-label="Find a run to add"
          value={wanted}
          onInput={(event) => setWanted(event.currentTarget.value)}
        />
        <ul class="menu-list add-run">
          {found.slice(0, OFFERED).map((row) => (
            <li key={row.runId}>
              <button type="button" class="quiet" onClick={() => showRuns([...runIds, row.runId])}>
                <StatusMark status={row.status} /> <Time ms={row.startMs} />{" "}
                <span class="mono small">{row.runId.slice(-6)}</span>{" "}
                <bdi class="muted small">{row.branch ?? row.environment}</bdi>
              </button>
            </li>
          ))}
        </ul>
        {found.length === 0 && <p class="muted">There is no other such run.</p>}
        {found.length > OFFERED && <p class="muted small">… and {found.length - OFFERED} more: search for them.</p>}
      </div>
    </details>
  );
}

function holds(row: Row, text: string): boolean {
  return [row.runId, row.branch, row.commit, row.pipeline, row.environment].some(
    (part) => part?.toLowerCase().includes(text) === true,
  );
}
