/** A metric over time, commits or pull requests. Drawn by the charts' own script. */

import { Mounted } from "./Mounted";
import type { MetricHistoryProps } from "./props";

export function MetricHistoryChart(props: MetricHistoryProps) {
  return <Mounted chart="metricHistory" props={props} height={360} />;
}
