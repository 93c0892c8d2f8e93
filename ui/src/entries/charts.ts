/** The charts, as a script of its own: it brings uPlot, and its own Preact, so the app hands over an element. */

import { mount } from "../charts/mount";
import type { ChartProps, MountedChart } from "../charts/props";

export interface ChartLibrary {
  mount<Name extends keyof ChartProps>(
    host: HTMLElement,
    name: Name,
    props: ChartProps[Name],
  ): MountedChart<ChartProps[Name]>;
}

const charts: ChartLibrary = { mount };
pdr.provide("charts", charts);
