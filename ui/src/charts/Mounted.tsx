/** A chart on a page of the app: its script is loaded when the first one is shown. */

import { useEffect, useRef, useState } from "preact/hooks";
import { library } from "../data/library";
import type { ChartProps, MountedChart } from "./props";

interface MountedProps<Name extends keyof ChartProps> {
  chart: Name;
  props: ChartProps[Name];
  /** Room that is kept until the chart is there, so that the page does not jump. */
  height: number;
}

export function Mounted<Name extends keyof ChartProps>({ chart, props, height }: MountedProps<Name>) {
  const host = useRef<HTMLDivElement>(null);
  const mounted = useRef<MountedChart<ChartProps[Name]> | null>(null);
  const latest = useRef(props);
  const [state, setState] = useState<"loading" | "ready" | "failed">("loading");
  latest.current = props;
  useEffect(() => {
    let isHere = true;
    library("charts").then(
      (charts) => {
        if (isHere && host.current !== null) {
          mounted.current = charts.mount(host.current, chart, latest.current);
          setState("ready");
        }
      },
      () => isHere && setState("failed"),
    );
    return () => {
      isHere = false;
      mounted.current?.destroy();
      mounted.current = null;
    };
  }, [chart]);
  useEffect(() => mounted.current?.update(props));
  return (
    <div class="chart" style={state === "ready" ? undefined : { minHeight: `${height}px` }}>
      {state === "loading" && <p class="muted">Loading the chart …</p>}
      {state === "failed" && <p role="alert">The chart could not be loaded: assets/charts.js is missing or damaged.</p>}
      <div ref={host} />
    </div>
  );
}
