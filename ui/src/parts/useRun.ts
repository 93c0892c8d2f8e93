/** The document of a run, as components see it. */

import type { RunDocument } from "../data/contract";
import { loadRun, runVersion } from "../data/store";
import { type Loaded, usePromise } from "./usePromise";

/** Loads a run; again whenever a live site says that it changed. */
export function useRun(runId: string): Loaded<RunDocument> {
  return usePromise(() => loadRun(runId), `${runId} ${runVersion(runId)}`);
}
