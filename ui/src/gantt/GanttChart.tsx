/** The chart: axis, and those rows that are in sight. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useWidth } from "../graph/useSize";
import { durationText } from "../parts/format";
import { GanttRow, type Look } from "./GanttRow";
import { GanttTip, type TipTarget } from "./GanttTip";
import { nextSpot, type Spot } from "./keys";
import type { Bar, Row } from "./rows";
import { inRange, type Range, type Scale } from "./scale";
import { ticksOf } from "./ticks";
import { useTimeGestures } from "./useTimeGestures";

export interface ChartProps {
  rows: Row[];
  scale: Scale;
  range: Range;
  selectedKey: string | null;
  showCritical: boolean;
  /** Row that the keys begin at. */
  firstKey: string | null;
  onRange: (range: Range) => void;
  onZoom: (factor: number) => void;
  onReset: () => void;
  onZoomTo: (bar: Bar) => void;
  onToggle: (row: Row) => void;
  onChoose: (bar: Bar) => void;
}

/** Below, names stand above their bars. */
const NARROW_PX = 620;
const LABEL_PX = 216;
const AXIS_PX = 28;
/** Rows beyond those in sight, so that scrolling shows no gaps. */
const OVERSCAN = 6;

export function GanttChart(props: ChartProps) {
  const { rows, scale, range, selectedKey, showCritical, onToggle, onChoose, onZoomTo } = props;
  const frame = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const width = useWidth(content);
  const isNarrow = width > 0 && width < NARROW_PX;
  const rowHeight = isNarrow ? 50 : 30;
  const leftPx = isNarrow ? 0 : LABEL_PX;
  const look: Look = { scale, range, axisPx: Math.max(1, width - leftPx - END_PX) };
  const viewPx = Math.min(rows.length * rowHeight, Math.max(240, Math.round(window.innerHeight * 0.62)));
  const [scrollTop, setScrollTop] = useState(0);
  const [tip, setTip] = useState<TipTarget | null>(null);
  const [activeSpot, setActiveSpot] = useState<{ key: string; item: number } | null>(null);
  const wantsFocus = useRef(false);
  const gestures = useTimeGestures(content, { scale, range, leftPx, axisPx: look.axisPx }, (next) => {
    setTip(null);
    props.onRange(next);
  });

  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - OVERSCAN);
  const last = Math.min(rows.length, Math.ceil((scrollTop + viewPx) / rowHeight) + OVERSCAN);
  const active = spotOf(rows, activeSpot, props.firstKey);
  // The row that the keys act on stays, wherever one scrolls: the focus may lie on it.
  const shown = rows.slice(first, last).map((_, at) => first + at);
  if (!shown.includes(active.row) && active.row < rows.length) {
    shown.push(active.row);
  }
  useLayoutEffect(() => {
    if (wantsFocus.current) {
      wantsFocus.current = false;
      content.current
        ?.querySelector<HTMLElement>(`[aria-rowindex="${active.row + 1}"] [data-item="${active.item}"]`)
        ?.focus({ preventScroll: true });
    }
  });
  const goTo = (spot: Spot) => {
    const element = frame.current;
    const top = spot.row * rowHeight;
    if (element !== null) {
      element.scrollTop = Math.min(top, Math.max(element.scrollTop, top + rowHeight - viewPx));
    }
    wantsFocus.current = true;
    setActiveSpot({ key: rows[spot.row]?.key ?? "", item: spot.item });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const bar = rows[active.row]?.bars[active.item - 1];
    const actions = new Map<string, () => void>([
      ["+", () => props.onZoom(1.6)],
      ["-", () => props.onZoom(1 / 1.6)],
      ["0", props.onReset],
      ["z", () => bar !== undefined && onZoomTo(bar)],
      ["Escape", () => setTip(null)],
    ]);
    const spot = nextSpot(active, event.key, rows);
    const action = spot === null ? actions.get(event.key) : () => goTo(spot);
    if (action !== undefined) {
      event.preventDefault();
      action();
    }
  };
  return (
    <div class={isNarrow ? "gantt-chart gantt-narrow" : "gantt-chart"}>
      <div
        ref={frame}
        class="gantt-frame"
        style={{ maxHeight: `${viewPx + AXIS_PX + 2}px` }}
        onScroll={(event) => {
          setScrollTop(event.currentTarget.scrollTop);
          setTip(null);
        }}
      >
        <div ref={content} class="gantt-content" style={{ "--label": `${leftPx}px`, "--end": `${END_PX}px` }}>
          <Axis look={look} />
          {gestures.selection !== null && (
            <div class="gantt-selection" style={shareStyle(gestures.selection, leftPx, look.axisPx)} />
          )}
          <div
            class="gantt-rows"
            style={{ height: `${rows.length * rowHeight}px` }}
            role="treegrid"
            tabIndex={-1}
            aria-label="When each attempt ran. Arrow keys move between rows and bars."
            aria-rowcount={rows.length}
            onKeyDown={onKeyDown}
          >
            {shown.map((at) => {
              const row = rows[at] as Row;
              return (
                <GanttRow
                  key={row.key}
                  row={row}
                  index={at}
                  top={at * rowHeight}
                  height={rowHeight}
                  isNarrow={isNarrow}
                  look={look}
                  active={at === active.row ? active.item : null}
                  selectedKey={selectedKey}
                  showCritical={showCritical}
                  onToggle={onToggle}
                  onChoose={(bar) => gestures.dragged.current || onChoose(bar)}
                  onZoom={onZoomTo}
                  onPoint={(target) => setTip(target)}
                  onActive={(target, item) => setActiveSpot({ key: target.key, item })}
                />
              );
            })}
          </div>
        </div>
      </div>
      {tip !== null && gestures.selection === null && <GanttTip target={tip} extent={scale.extent} />}
    </div>
  );
}

/** Room at the right end, so that the last tick is not cut off. */
const END_PX = 14;

function spotOf(rows: Row[], spot: { key: string; item: number } | null, firstKey: string | null): Spot {
  const at = rows.findIndex((row) => row.key === (spot?.key ?? firstKey));
  const row = Math.max(0, at);
  const bars = rows[row]?.bars.length ?? 0;
  // At first, on the attempt that one most likely wants: the last.
  return { row, item: spot === null ? bars : Math.min(spot.item, bars) };
}

function shareStyle({ from, to }: Range, leftPx: number, axisPx: number): { left: string; width: string } {
  return { left: `${leftPx + from * axisPx}px`, width: `${(to - from) * axisPx}px` };
}

/** A gap of fewer pixels has no room for its duration. */
const GAP_TEXT_PX = 64;

function Axis({ look }: { look: Look }) {
  const { scale, range, axisPx } = look;
  const ticks = ticksOf(scale, range, axisPx);
  const gaps = scale.shortened
    .map(({ start, end }) => {
      const [from, to] = [inRange(start, scale, range), inRange(end, scale, range)];
      return { start, from, to, text: durationText((end - start) / 1000) };
    })
    .filter(({ from, to }) => from < 1 && to > 0);
  return (
    <>
      <div class="gantt-axis" aria-hidden="true">
        <div class="gantt-track">
          {ticks.map((tick) => (
            <span key={tick.ms} class="gantt-tick" style={percent(tick.at)}>
              {tick.text}
            </span>
          ))}
          {gaps.map(({ start, from, to, text }) => (
            <span key={start} class="gantt-gap-text" style={percent(from, to)} title={`Nothing ran for ${text}`}>
              {(to - from) * axisPx < GAP_TEXT_PX ? "⋯" : text}
            </span>
          ))}
        </div>
      </div>
      <div class="gantt-lines" aria-hidden="true">
        <div class="gantt-track">
          {ticks.map((tick) => (
            <span key={tick.ms} class="gantt-line" style={percent(tick.at)} />
          ))}
          {gaps.map(({ start, from, to }) => (
            <span key={start} class="gantt-gap" style={percent(from, to)} />
          ))}
        </div>
      </div>
    </>
  );
}

function percent(from: number, to = from): { left: string; width?: string } {
  return to === from ? { left: `${from * 100}%` } : { left: `${from * 100}%`, width: `${(to - from) * 100}%` };
}
