/** How a run, task or attempt stands: always a mark of its own shape and a word, never a colour alone. */

import type { Status } from "../data/contract";

interface Look {
  word: string;
  /** One character, for text inside drawings. */
  glyph: string;
  /** Outline on a field of 16 by 16. */
  path: string;
}

const CIRCLE = "M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13z";
const LOOKS: Record<Status, Look> = {
  success: { word: "success", glyph: "✓", path: "M3 8.5l3.3 3.3L13 5" },
  reused: { word: "reused", glyph: "↻", path: "M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3" },
  failure: { word: "failure", glyph: "✗", path: "M4 4l8 8M12 4l-8 8" },
  error: { word: "error", glyph: "!", path: "M8 2l6.5 11.5h-13zM8 6.5v3.2M8 11.6v.4" },
  timeout: { word: "timeout", glyph: "◷", path: `${CIRCLE}M8 4.5V8l2.5 2` },
  cancellation: { word: "cancelled", glyph: "⊘", path: `${CIRCLE}M3.5 12.5l9-9` },
  skip: { word: "skipped", glyph: "»", path: "M3 4l4 4-4 4M8.5 4l4 4-4 4" },
  waiting: { word: "waiting", glyph: "…", path: "M3 8h.1M8 8h.1M13 8h.1" },
  running: { word: "running", glyph: "▶", path: "M5 3.5l7 4.5-7 4.5z" },
  interrupted: { word: "interrupted", glyph: "≁", path: "M1.5 8l3-4 3 6 2-4 2 3 3-3" },
};

const UNKNOWN: Look = { word: "unknown", glyph: "?", path: CIRCLE };

function look(status: Status | null): Look {
  // A status may come from a newer version of the library.
  return (status !== null && Object.hasOwn(LOOKS, status) ? LOOKS[status] : undefined) ?? UNKNOWN;
}

/** The word for a status: `success`, `cancelled` ... */
export function statusWord(status: Status | null): string {
  return look(status).word;
}

/** One character for a status, for text inside drawings. */
export function statusGlyph(status: Status | null): string {
  return look(status).glyph;
}

/** CSS colour of a status; `soft` is for surfaces behind text. */
export function statusColour(status: Status | null, soft = false): string {
  return `var(--${look(status) === UNKNOWN ? "waiting" : status}${soft ? "-soft" : ""})`;
}

/** Whether someone should look at it. */
export function isTrouble(status: Status | null): boolean {
  return status === "failure" || status === "error" || status === "timeout" || status === "interrupted";
}

/** The mark alone; the word is its title. */
export function StatusMark({ status }: { status: Status | null }) {
  return (
    <svg class={`mark mark-${status}`} viewBox="0 0 16 16" role="img" aria-label={statusWord(status)}>
      <title>{statusWord(status)}</title>
      <path d={look(status).path} style={{ stroke: statusColour(status) }} />
    </svg>
  );
}

/** Mark and word. */
export function StatusBadge({ status }: { status: Status | null }) {
  return (
    <span class="badge" style={{ color: statusColour(status), background: statusColour(status, true) }}>
      <svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
        <path d={look(status).path} style={{ stroke: "currentColor" }} />
      </svg>
      {statusWord(status)}
    </span>
  );
}
