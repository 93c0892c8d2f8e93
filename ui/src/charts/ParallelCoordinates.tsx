/** Runs as lines across parameters and metrics. Drawn by the charts' own script. */

import { Mounted } from "./Mounted";
import type { ParallelCoordinatesProps } from "./props";

export function ParallelCoordinates(props: ParallelCoordinatesProps) {
  return <Mounted chart="parallelCoordinates" props={props} height={460} />;
}
