/** Histories within tasks, several over each other. Drawn by the charts' own script. */

import { Mounted } from "./Mounted";
import type { StepCurveProps } from "./props";

export function StepCurve(props: StepCurveProps) {
  return <Mounted chart="stepCurve" props={props} height={300} />;
}
