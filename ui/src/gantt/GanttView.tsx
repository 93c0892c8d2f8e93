/**
 * When each attempt of each task ran.
 *
 * Bars are ordinary buttons, and only the rows in sight are made: that keeps 5,000 spans fast, and unlike a canvas needs
 * no second, invisible copy for keyboards and screen readers.
 */

import { useMemo, useState } from "preact/hooks";
import type { RunDocument } from "../data/contract";
import { statusRank } from "../graph/fold";
import { criticalPath } from "./criticalPath";
import { GanttChart } from "./GanttChart";
import { GanttTable } from "./GanttTable";
import { GanttTools } from "./GanttTools";
import { type Bar, expandableKeys, type Row, rowsOf } from "./rows";
import {
  boundedRange,
  idleTimes,
  isMostlyIdle,
  makeScale,
  pannedRange,
  type Range,
  rangeOf,
  WHOLE,
  zoomedRange,
} from "./scale";
import { runExtent } from "./times";

export interface AttemptChoice {
  task: string;
  attempt: number;
}

export interface GanttViewProps {
  run: RunDocument;
  nowMs: number;
  selected: AttemptChoice | null;
  onSelect: (choice: AttemptChoice) => void;
}

export function GanttView({ run, nowMs, selected, onSelect }: GanttViewProps) {
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set());
  const [share, setShare] = useState(0);
  const [range, setRange] = useState<Range>(WHOLE);
  const [shortenChoice, setShortenChoice] = useState<boolean | null>(null);
  const [showCritical, setShowCritical] = useState(true);
  const [asTable, setAsTable] = useState(false);

  const extent = useMemo(() => runExtent(run, nowMs), [run, nowMs]);
  const critical = useMemo(() => new Set(criticalPath(run, nowMs)), [run, nowMs]);
  const leastMs = share * (extent.end - extent.start);
  const { rows, hidden } = useMemo(
    () => rowsOf(run, { nowMs, expanded, critical, leastMs }),
    [run, nowMs, expanded, critical, leastMs],
  );
  const attempts = useMemo(() => rows.filter((row) => row.kind === "task").flatMap((row) => row.bars), [rows]);
  const idle = useMemo(() => idleTimes(attempts, extent), [attempts, extent]);
  const shortenIdle = shortenChoice ?? isMostlyIdle(idle, extent);
  const scale = useMemo(() => makeScale(extent, shortenIdle ? idle : []), [extent, idle, shortenIdle]);
  if (run.tasks.length === 0) {
    return <p class="muted">This run has no tasks.</p>;
  }

  const selectedBar = attempts.find(
    ({ task, attempt }) => selected !== null && task.id === selected.task && attempt.number === selected.attempt,
  );
  const shown = boundedRange(range, scale);
  const choose = ({ task, attempt }: Bar) => onSelect({ task: task.id, attempt: attempt.number });
  const zoom = (factor: number) => setRange(zoomedRange(shown, 0.5, factor, scale));
  const zoomTo = (bar: Bar) => setRange(rangeOf(bar, scale));
  const toggle = (row: Row) => setExpanded(toggled(expanded, row));
  return (
    <div class="gantt">
      <GanttTools
        isZoomed={shown.to - shown.from < 1}
        canZoomToSelected={selectedBar !== undefined}
        hasIdle={idle.length > 0}
        hasInner={rows.some((row) => row.isExpanded !== null)}
        anyExpanded={expanded.size > 0}
        {...{ shortenIdle, showCritical, asTable, share, hidden }}
        onZoom={zoom}
        onPan={(by) => setRange(pannedRange(shown, by, scale))}
        onReset={() => setRange(WHOLE)}
        onZoomToSelected={() => selectedBar !== undefined && zoomTo(selectedBar)}
        onShortenIdle={(on) => {
          // Places on the axis mean other times now.
          setRange(WHOLE);
          setShortenChoice(on);
        }}
        onCritical={setShowCritical}
        onTable={setAsTable}
        onShare={setShare}
        onExpandAll={(on) => setExpanded(new Set(on ? expandableKeys(run) : []))}
      />
      {asTable ? (
        <GanttTable
          rows={rows.filter((row) => row.kind === "task")}
          extent={extent}
          selectedKey={selectedBar?.key ?? null}
          onChoose={choose}
        />
      ) : (
        <GanttChart
          rows={rows}
          scale={scale}
          range={shown}
          selectedKey={selectedBar?.key ?? null}
          showCritical={showCritical}
          firstKey={firstKey(rows, selectedBar)}
          onRange={(next) => setRange(boundedRange(next, scale))}
          onZoom={zoom}
          onReset={() => setRange(WHOLE)}
          onZoomTo={zoomTo}
          onToggle={toggle}
          onChoose={choose}
        />
      )}
    </div>
  );
}

function toggled(expanded: ReadonlySet<string>, row: Row): ReadonlySet<string> {
  const next = new Set(expanded);
  if (row.isExpanded !== null && !next.delete(row.key)) {
    next.add(row.key);
  }
  return next;
}

/** The row of what is selected, else of what needs a look most, else the first. */
function firstKey(rows: Row[], selected: Bar | undefined): string | null {
  const tasks = rows.filter((row) => row.kind === "task");
  const ofSelected = tasks.find((row) => selected !== undefined && row.bars.includes(selected));
  const urgent = tasks.find((row) => statusRank(row.status) < statusRank("cancellation"));
  return (ofSelected ?? urgent ?? tasks[0])?.key ?? null;
}
