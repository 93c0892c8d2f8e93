/** A run as the head of a column or row: which one it is, and what one can do with it here. */

import type { RunDocument } from "../../data/contract";
import { commitAddress, isFromFork, sourceOf } from "../../data/source";
import { External } from "../../parts/External";
import { Fork } from "../../parts/Fork";
import { StatusMark } from "../../parts/Status";
import { Time } from "../../parts/Time";
import { links } from "../../routing/links";
import { showRuns } from "./address";

interface Props {
  run: RunDocument;
  place: number;
  /** All that are compared, the base first. */
  runIds: string[];
}

export function RunHeading({ run, place, runIds }: Props) {
  const others = runIds.filter((id) => id !== run.run_id);
  const { revision, pullRequest } = sourceOf(run);
  return (
    <div class="run-heading">
      <a href={links.run(run.run_id)} title={run.run_id}>
        <StatusMark status={run.status} /> <Time ms={run.start_ms} />
      </a>
      <span class="small muted">
        <span class="mono">{run.run_id.slice(-6)}</span>
        {revision !== null && (
          <>
            {" · "}
            <External href={commitAddress(run)}>
              <code>{revision.slice(0, 7)}</code>
            </External>
          </>
        )}
        {pullRequest !== null && (
          <>
            {" · "}
            <a href={links.pullRequest(pullRequest)}>#{pullRequest}</a>
          </>
        )}{" "}
        {isFromFork(run) && <Fork isShort />}
      </span>
      <span class="run-heading-actions">
        {place === 0 ? (
          <span class="base-tag">base</span>
        ) : (
          <button
            type="button"
            class="chip"
            onClick={() => showRuns([run.run_id, ...others])}
            aria-label={`Make base: run ${run.run_id}`}
          >
            Make base
          </button>
        )}
        <button
          type="button"
          class="chip"
          onClick={() => showRuns(others)}
          aria-label={`Take run ${run.run_id} out of the comparison`}
          title="Take it out"
        >
          ✕
        </button>
      </span>
    </div>
  );
}
