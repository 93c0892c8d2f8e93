/** Buttons above the chart. */

import { counted } from "../parts/format";

/** Shares of the run's duration below which cells and spans may be left out. */
const SHARES = [0, 0.001, 0.01, 0.05];

export interface ToolsProps {
  isZoomed: boolean;
  canZoomToSelected: boolean;
  hasIdle: boolean;
  hasInner: boolean;
  shortenIdle: boolean;
  showCritical: boolean;
  asTable: boolean;
  share: number;
  hidden: number;
  anyExpanded: boolean;
  onZoom: (factor: number) => void;
  onPan: (share: number) => void;
  onReset: () => void;
  onZoomToSelected: () => void;
  onShortenIdle: (on: boolean) => void;
  onCritical: (on: boolean) => void;
  onTable: (on: boolean) => void;
  onShare: (share: number) => void;
  onExpandAll: (on: boolean) => void;
}

export function GanttTools(props: ToolsProps) {
  const { asTable, isZoomed, showCritical, shortenIdle, share, hidden } = props;
  return (
    <div class="gantt-tools">
      {!asTable && (
        <>
          <Toggle text="Critical path" isOn={showCritical} onChange={props.onCritical} />
          {props.hasIdle && <Toggle text="Shorten idle time" isOn={shortenIdle} onChange={props.onShortenIdle} />}
          {props.hasInner && (
            <>
              <button type="button" onClick={() => props.onExpandAll(!props.anyExpanded)}>
                {props.anyExpanded ? "Collapse all" : "Expand all"}
              </button>
              <label>
                Hide below{" "}
                <select value={String(share)} onChange={(event) => props.onShare(Number(event.currentTarget.value))}>
                  {SHARES.map((each) => (
                    <option key={each} value={String(each)}>
                      {each === 0 ? "nothing" : `${each * 100} % of the run`}
                    </option>
                  ))}
                </select>
              </label>
              {hidden > 0 && <span class="gantt-hint">{counted(hidden, "span")} hidden</span>}
            </>
          )}
        </>
      )}
      <Toggle text="As table" isOn={asTable} onChange={props.onTable} />
      {!asTable && (
        <span class="gantt-zoom">
          {props.canZoomToSelected && (
            <button type="button" onClick={props.onZoomToSelected}>
              Zoom to selected
            </button>
          )}
          {isZoomed && (
            <>
              <button type="button" aria-label="Earlier" title="Earlier" onClick={() => props.onPan(-0.5)}>
                ‹
              </button>
              <button type="button" aria-label="Later" title="Later" onClick={() => props.onPan(0.5)}>
                ›
              </button>
            </>
          )}
          <button
            type="button"
            aria-label="Zoom in"
            title="Zoom in (+, or Ctrl and wheel)"
            onClick={() => props.onZoom(1.6)}
          >
            +
          </button>
          <button
            type="button"
            aria-label="Zoom out"
            title="Zoom out (−, or Ctrl and wheel)"
            onClick={() => props.onZoom(1 / 1.6)}
          >
            −
          </button>
          <button type="button" title="The whole run (0)" onClick={props.onReset}>
            Whole run
          </button>
        </span>
      )}
    </div>
  );
}

function Toggle({ text, isOn, onChange }: { text: string; isOn: boolean; onChange: (on: boolean) => void }) {
  return (
    <button type="button" aria-pressed={isOn} onClick={() => onChange(!isOn)}>
      <span aria-hidden="true">{isOn ? "☑" : "☐"}</span> {text}
    </button>
  );
}
