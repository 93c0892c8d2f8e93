/** Which parts of a run are still there. */

import type { RunDocument } from "./contract";

/** Whether notebooks, figures, artifacts and the run log are: each may have been too large from the start. */
export function hasMedia(run: RunDocument): boolean {
  return run.pruned === null;
}

/** Whether what it printed, stack traces, cells, curves, values and packages are. */
export function hasDetails(run: RunDocument): boolean {
  return run.pruned?.level !== "details";
}
