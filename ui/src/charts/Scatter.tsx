/** Runs by two of their values. Drawn by the charts' own script. */

import { Mounted } from "./Mounted";
import type { ScatterProps } from "./props";

export function Scatter(props: ScatterProps) {
  return <Mounted chart="scatter" props={props} height={420} />;
}
