/** Where the runs of this site were run, which their own pages know. */

import { useMemo } from "preact/hooks";
import { isAttempt, sourceOf } from "../data/source";
import { loadRun, rows } from "../data/store";
import { usePromise } from "./usePromise";

/** Address of the repository at GitHub, from the newest run that comes from there; null where none does. */
export function useRepository(): string | null {
  const newest = useMemo(() => rows.value.find((row) => isAttempt(row.runId))?.runId ?? null, [rows.value]);
  const loaded = usePromise(async () => {
    const run = newest === null ? null : await loadRun(newest);
    return run === null || run.origin === null ? null : sourceOf(run).repository;
  }, newest ?? "");
  return loaded.state === "ready" ? loaded.value : null;
}
