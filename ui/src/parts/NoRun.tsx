/** A run that this site does not have: not yet, not any more, or by another name. */

import { useMemo } from "preact/hooks";
import { attemptAddress, isAttempt } from "../data/source";
import { isIndexLoaded, missing, rows } from "../data/store";
import { links } from "../routing/links";
import { address, go, route } from "../routing/route";
import { External } from "./External";
import { Notice } from "./Notice";
import { isNamed, likelyRows } from "./ownName";
import { StatusMark } from "./Status";
import { usePromise } from "./usePromise";
import { useRepository } from "./useRepository";

interface Props {
  runId: string;
  error: string;
}

export function NoRun({ runId, error }: Props) {
  const isListed = useMemo(() => rows.value.some((row) => row.runId === runId), [rows.value, runId]);
  const isOther = useOtherName(runId);
  if (isOther || (!isIndexLoaded.value && missing.value.length === 0)) {
    return <p class="muted">Loading run {runId} …</p>;
  }
  if (isAttempt(runId) && !isListed) {
    return <NotYet runId={runId} />;
  }
  return (
    <Notice
      kind="failure"
      title={isListed ? "This run cannot be shown" : "There is no such run here"}
      text={`${runId}: ${error}`}
    >
      <a href={links.runs()}>All runs</a>
    </Notice>
  );
}

/** Where an annotation of a job may lead before its run is published. */
function NotYet({ runId }: { runId: string }) {
  const repository = useRepository();
  const job = repository === null ? null : attemptAddress(repository, runId);
  const others = rows.value.filter((row) => isAttempt(row.runId) && row.runId.split("-")[0] === runId.split("-")[0]);
  return (
    <>
      <h1>
        Run <span class="run-id">{runId}</span>
      </h1>
      <Notice kind="plain" title="There is no such run here yet">
        <ul class="reasons">
          <li>It may still go on, or wait to be published: that takes some minutes after its end.</li>
          <li>It may have ended before its pipeline began, or without a run log: then its job says why.</li>
          <li>It may have been removed from this site, or the address may be wrong.</li>
        </ul>
        {others.length > 0 && (
          <p>
            Other attempts of it are here:{" "}
            {others.map((row) => (
              <span key={row.runId}>
                <StatusMark status={row.status} /> <a href={links.run(row.runId)}>{row.runId}</a>{" "}
              </span>
            ))}
          </p>
        )}
        <p class="actions">
          <button type="button" onClick={() => location.reload()}>
            Look again
          </button>
          {job !== null && <External href={job}>The job at GitHub</External>}
          <a href={links.runs()}>All runs</a>
        </p>
      </Notice>
    </>
  );
}

/** Goes to the run whose log calls itself so, where there is exactly one; true as long as it is looked for. */
function useOtherName(runId: string): boolean {
  const likely = useMemo(() => likelyRows(runId, rows.value), [runId, rows.value]);
  const found = usePromise(
    async () => {
      const named = await isNamed(runId, likely);
      if (named.length === 1 && named[0] !== undefined) {
        const { path, query } = route.peek();
        go(address(["run", named[0], ...path.slice(2)], Object.fromEntries(query)), true);
      }
      return named.length === 1;
    },
    JSON.stringify([runId, likely.map((row) => row.runId)]),
  );
  return likely.length > 0 && (found.state === "loading" || (found.state === "ready" && found.value));
}
