/** Puts a chart into an element of the app's page. */

import { type ComponentType, h, render } from "preact";
import { MetricHistory } from "./draw/MetricHistory";
import { ParallelCoordinates } from "./draw/ParallelCoordinates";
import { Scatter } from "./draw/Scatter";
import { StepCurve } from "./draw/StepCurve";
import type { ChartProps, MountedChart } from "./props";

type Components = { [Name in keyof ChartProps]: ComponentType<ChartProps[Name]> };

const COMPONENTS: Components = {
  metricHistory: MetricHistory,
  stepCurve: StepCurve,
  scatter: Scatter,
  parallelCoordinates: ParallelCoordinates,
};

export function mount<Name extends keyof ChartProps>(
  host: HTMLElement,
  name: Name,
  props: ChartProps[Name],
): MountedChart<ChartProps[Name]> {
  const component: ComponentType<ChartProps[Name]> = COMPONENTS[name];
  const update = (next: ChartProps[Name]) => render(h<ChartProps[Name]>(component, next), host);
  update(props);
  return { update, destroy: () => render(null, host) };
}
