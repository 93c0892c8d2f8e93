/** Documents of several runs: those that the site has, and the ids of those it has not. */

import { useEffect, useState } from "preact/hooks";
import type { RunDocument } from "../../data/contract";
import { loadRun, runVersion } from "../../data/store";

export interface LoadedRuns {
  /** In the order of the ids. */
  runs: RunDocument[];
  unknown: string[];
  /** How many have come, one way or the other; the runs are there when all have. */
  arrived: number;
  isReady: boolean;
}

const NOTHING: LoadedRuns = { runs: [], unknown: [], arrived: 0, isReady: false };

/** What is shown stays until all of the next ones are there; again whenever a live site says that a run changed. */
export function useRuns(runIds: string[]): LoadedRuns {
  const [loaded, setLoaded] = useState(NOTHING);
  const key = runIds.map((id) => `${id} ${runVersion(id)}`).join(",");
  useEffect(() => {
    let isCurrent = true;
    let arrived = 0;
    const count = () => {
      arrived += 1;
      if (isCurrent && arrived < runIds.length) {
        setLoaded((old) => ({ ...old, arrived }));
      }
    };
    Promise.allSettled(runIds.map((id) => loadRun(id).finally(count))).then((results) => {
      if (isCurrent) {
        setLoaded({
          runs: results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : [])),
          unknown: runIds.filter((_, at) => results[at]?.status === "rejected"),
          arrived: runIds.length,
          isReady: true,
        });
      }
    });
    return () => {
      isCurrent = false;
    };
  }, [key]);
  return loaded;
}
