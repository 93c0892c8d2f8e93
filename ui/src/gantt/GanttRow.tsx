/** One row: its name, and its bars within what is seen of the time. */

import type { Status } from "../data/contract";
import { durationText } from "../parts/format";
import { statusColour, statusGlyph, statusWord } from "../parts/Status";
import { barLabel, rowLabel } from "./labels";
import type { Bar, Row } from "./rows";
import { inRange, type Range, type Scale } from "./scale";

export interface Look {
  scale: Scale;
  range: Range;
  /** Width of the time axis in pixels. */
  axisPx: number;
}

export interface RowProps {
  row: Row;
  index: number;
  top: number;
  height: number;
  /** Names stand above their bars, and have all the width. */
  isNarrow: boolean;
  look: Look;
  /** Which of the row's elements the keys act on: 0 is its name, then its bars; null where none is. */
  active: number | null;
  selectedKey: string | null;
  showCritical: boolean;
  onToggle: (row: Row) => void;
  onChoose: (bar: Bar) => void;
  onZoom: (bar: Bar) => void;
  onPoint: (target: { row: Row; bar: Bar; element: HTMLElement } | null) => void;
  onActive: (row: Row, item: number) => void;
}

export function GanttRow(props: RowProps) {
  const { row, index, top, height, isNarrow, look, active, showCritical, onToggle, onActive } = props;
  const shownName = isNarrow ? row.name : row.short;
  const isCritical = showCritical && row.isCritical;
  const kinds = ["gantt-row", `gantt-${row.kind}`, isCritical ? "gantt-critical" : ""];
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows are placed by hand, which tables do not allow
    <div
      class={kinds.filter((kind) => kind !== "").join(" ")}
      style={{ top: `${top}px`, height: `${height}px` }}
      role="row"
      tabIndex={-1}
      aria-level={row.level}
      aria-rowindex={index + 1}
      aria-expanded={row.isExpanded ?? undefined}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      <div class="gantt-label" role="rowheader" tabIndex={-1} style={{ "--level": row.level - 1 }}>
        <button
          type="button"
          tabIndex={active === 0 ? 0 : -1}
          data-item={0}
          aria-label={rowLabel(row, shownName)}
          title={row.name}
          onClick={() => onToggle(row)}
          onFocus={() => onActive(row, 0)}
        >
          <span class="gantt-twist" aria-hidden="true">
            {row.isExpanded === null ? "" : row.isExpanded ? "▾" : "▸"}
          </span>
          <span class="gantt-glyph" style={{ color: statusColour(row.status) }} aria-hidden="true">
            {statusGlyph(row.status)}
          </span>
          <span class="gantt-name" aria-hidden="true">
            {isNarrow ? row.name : row.short}
          </span>
        </button>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      <div class="gantt-track" role="gridcell" tabIndex={-1}>
        {row.waits.map((wait) => (
          <span key={wait.start} class="gantt-wait" style={placed(wait.start, wait.end, look)} />
        ))}
        {row.bars.map((bar, at) => (
          <GanttBar key={bar.key} bar={bar} item={at + 1} {...props} />
        ))}
        {row.bars.length === 0 && <span class="gantt-never">{neverText(row.status)}</span>}
      </div>
    </div>
  );
}

function neverText(status: Status | null): string {
  return status === "skip" || status === "reused" ? statusWord(status) : "not started";
}

const TEXT_PX = 5;

function GanttBar({ bar, item, ...props }: { bar: Bar; item: number } & RowProps) {
  const { row, look, active, selectedKey, onChoose, onZoom, onPoint, onActive } = props;
  const width = (inRange(bar.end, look.scale, look.range) - inRange(bar.start, look.scale, look.range)) * look.axisPx;
  // Where the window cuts a bar off, its text moves into sight.
  const hiddenPx = -Math.min(0, seen(bar.start, bar.end, look).from) * look.axisPx;
  const kinds = [
    "gantt-bar",
    `gantt-${bar.status}`,
    bar.open === "interrupted" ? "gantt-ragged" : "",
    bar.inner === null ? "" : "gantt-bar-inner",
    bar.key === selectedKey ? "gantt-selected" : "",
  ];
  const colours = { "--status": statusColour(bar.status), "--status-soft": statusColour(bar.status, true) };
  return (
    <button
      type="button"
      class={kinds.filter((kind) => kind !== "").join(" ")}
      style={{ ...placed(bar.start, bar.end, look), ...colours }}
      tabIndex={active === item ? 0 : -1}
      data-item={item}
      aria-label={barLabel(bar, row, look.scale.extent)}
      aria-pressed={bar.inner === null ? bar.key === selectedKey : undefined}
      onClick={() => onChoose(bar)}
      onDblClick={() => onZoom(bar)}
      onFocus={(event) => {
        onActive(row, item);
        onPoint({ row, bar, element: event.currentTarget });
      }}
      onBlur={() => onPoint(null)}
      onMouseEnter={(event) => onPoint({ row, bar, element: event.currentTarget })}
      onMouseLeave={() => onPoint(null)}
    >
      {bar.inner === null && width > 160 && <Cells bar={bar} look={look} />}
      {width > 26 && (
        <span class="gantt-text" style={{ left: `${TEXT_PX + hiddenPx}px` }} aria-hidden="true">
          {statusGlyph(bar.status)}
          {width > 84 && ` ${durationText((bar.end - bar.start) / 1000)}`}
        </span>
      )}
    </button>
  );
}

/** Cells narrower than this are not told apart. */
const NARROWEST_CELL_PX = 5;

/** The cells of a notebook, within a bar that is wide enough. */
function Cells({ bar, look }: { bar: Bar; look: Look }) {
  const { from: left } = seen(bar.start, bar.end, look);
  return (
    <>
      {bar.attempt.cells.map(({ index, failed, start_ms, end_ms }) => {
        const { from, to } = seen(start_ms ?? bar.start, end_ms ?? bar.end, look);
        const width = (to - from) * look.axisPx;
        return (
          start_ms !== null &&
          width >= NARROWEST_CELL_PX && (
            <span
              key={index}
              class={failed ? "gantt-cell gantt-cell-failed" : "gantt-cell"}
              style={{ left: `${(from - left) * look.axisPx}px`, width: `${width}px` }}
            />
          )
        );
      })}
    </>
  );
}

/** How far beyond the window a bar is drawn: enough to look cut off. */
const OUTSIDE = 0.02;

function seen(start: number, end: number, { scale, range }: Look): Range {
  const from = Math.min(1 + OUTSIDE, Math.max(-OUTSIDE, inRange(start, scale, range)));
  return { from, to: Math.max(from, Math.min(1 + OUTSIDE, inRange(end, scale, range))) };
}

function placed(start: number, end: number, look: Look): { left: string; width: string } {
  const { from, to } = seen(start, end, look);
  return { left: `${(from * 100).toFixed(4)}%`, width: `${((to - from) * 100).toFixed(4)}%` };
}
