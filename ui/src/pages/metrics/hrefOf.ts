import type { MetricKey } from "../../data/rows";
import { links } from "../../routing/links";
import { address } from "../../routing/route";
import type { Population } from "../metric/population";

/** The metric's page, about the same runs. */
export function hrefOf(
  { task, name }: MetricKey,
  { pipeline, environment, pipelines, environments }: Population,
): string {
  return pipelines.length < 2 && environments.length < 2
    ? links.metric(task, name)
    : address(["metric"], { task, name, pipeline, environment });
}
