/** The box with the facts of the bar that pointer or focus is on. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { StatusMark } from "../parts/Status";
import { barFacts } from "./labels";
import type { Bar, Row } from "./rows";
import type { Extent } from "./times";

export interface TipTarget {
  row: Row;
  bar: Bar;
  element: HTMLElement;
}

/** Distance from the bar. */
const GAP_PX = 8;
const MARGIN_PX = 8;

export function GanttTip({ target, extent }: { target: TipTarget; extent: Extent }) {
  const { row, bar, element } = target;
  const ref = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState<{ left: number; top: number } | null>(null);
  useLayoutEffect(() => {
    const box = ref.current?.getBoundingClientRect();
    const anchor = element.getBoundingClientRect();
    const frame = element.closest(".gantt-frame")?.getBoundingClientRect();
    if (box === undefined || frame === undefined) {
      return;
    }
    const left = Math.max(anchor.left, frame.left);
    const right = window.innerWidth - MARGIN_PX - box.width;
    const below = anchor.bottom + GAP_PX;
    const fitsBelow = below + box.height < window.innerHeight - MARGIN_PX;
    setPlace({
      left: Math.max(MARGIN_PX, Math.min(left, right)),
      top: fitsBelow ? below : Math.max(MARGIN_PX, anchor.top - GAP_PX - box.height),
    });
  }, [element]);
  // The label of the bar says the same to a screen reader.
  return (
    <div
      ref={ref}
      class="gantt-tip"
      aria-hidden="true"
      style={place === null ? { visibility: "hidden" } : { left: `${place.left}px`, top: `${place.top}px` }}
    >
      <p class="gantt-tip-title">
        <StatusMark status={bar.status} /> {row.kind === "attempt" ? row.task.name : row.name}
      </p>
      <dl>
        {barFacts(bar, row, extent).map(([word, value]) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
