/** Puts a chart into an element of the app's page. */

import { type ComponentType, h, render } from "preact";
import type { ChartProps, MountedChart } from "./props";

type Components = { [Name in keyof ChartProps]: ComponentType<ChartProps[Name]> };

const COMPONENTS: Partial<Components> = {};

export function mount<Name extends keyof ChartProps>(
  host: HTMLElement,
  name: Name,
  props: ChartProps[Name],
): MountedChart<ChartProps[Name]> {
  const component = COMPONENTS[name] as ComponentType<ChartProps[Name]> | undefined;
  const update = (next: ChartProps[Name]) => {
    if (component !== undefined) {
      render(h<ChartProps[Name]>(component, next), host);
    }
  };
  update(props);
  return { update, destroy: () => render(null, host) };
}
