/** Ways to the notebook diffs of a run and the base, also of tasks in which no recorded fact differs. */

import { useState } from "preact/hooks";
import { counted, timeText } from "../../parts/format";
import { StatusMark } from "../../parts/Status";
import { diffAddress } from "../diff/address";
import type { Aligned } from "./alignTasks";

export function Notebooks({ aligned: { runs, ownId } }: { aligned: Aligned }) {
  const [chosen, setChosen] = useState("");
  const [base, ...others] = runs;
  const other = others.find((run) => run.run_id === chosen) ?? others[0];
  if (base === undefined || other === undefined) {
    return null;
  }
  const place = runs.indexOf(other);
  const links = other.tasks.flatMap((task) => {
    const [before, after] = [ownId(0, task.id), ownId(place, task.id)];
    return task.type === "notebook" && before !== null && after !== null ? [{ task, before, after }] : [];
  });
  return (
    <details class="section">
      <summary>
        <h2>Notebooks</h2> <span class="muted">how they differ, cell by cell: {counted(links.length, "task")}</span>
      </summary>
      {others.length > 1 && (
        <label class="axis-select">
          From the base to
          <select value={other.run_id} onChange={({ currentTarget: { value } }) => setChosen(value)}>
            {others.map((run) => (
              <option key={run.run_id} value={run.run_id}>
                {timeText(run.start_ms)} {run.run_id.slice(-6)}
              </option>
            ))}
          </select>
        </label>
      )}
      <ul class="notebook-links">
        {links.map(({ task, before, after }) => (
          <li key={task.id}>
            <StatusMark status={task.status} />{" "}
            <a href={diffAddress([before, after], [base.run_id, other.run_id])}>{task.id}</a>
          </li>
        ))}
      </ul>
      {links.length === 0 && <p class="muted">These two runs have no notebook in common.</p>}
    </details>
  );
}
