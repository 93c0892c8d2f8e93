/** Two texts as one, line by line: `+` and `−` before what came and went, and what is far from any change left out. */

import { useMemo, useState } from "preact/hooks";
import { type DiffLine, lineDiff } from "../../compare/lines";
import { counted } from "../../parts/format";
import { changedParts } from "./changedParts";

/** Equal lines that are shown on either side of a change. */
const AROUND = 3;
const FIRST = 300;
const MOST = 5_000;
/** More text than this is compared from its beginning alone. */
const LONGEST = 1_000_000;

interface Props {
  label: string;
  before: string;
  after: string;
}

export function LineDiff({ label, before, after }: Props) {
  const [isWhole, setWhole] = useState(false);
  const isCut = before.length > LONGEST || after.length > LONGEST;
  const diff = useMemo(() => lineDiff(before.slice(0, LONGEST), after.slice(0, LONGEST)), [before, after]);
  const parts = useMemo(() => changedParts(diff.lines), [diff]);
  const shown = useMemo(() => linesAround(diff.lines, isWhole), [diff, isWhole]);
  const most = isWhole ? MOST : FIRST;
  return (
    <div class="line-diff">
      <p class="small muted">
        {label}: {counted(diff.added, "line")} added, {counted(diff.removed, "line")} removed
        {diff.isCoarse && "; they differ so much that the rest is shown as replaced"}
        {isCut && "; only their first million characters are compared"}
      </p>
      <section class="log" aria-label={label} tabIndex={0}>
        {shown.slice(0, most).map((item) =>
          typeof item === "number" ? (
            <div key={`gap ${item}`} class="diff-gap">
              ⋯
            </div>
          ) : (
            <Line key={`${item.before} ${item.after}`} line={item} changed={parts.get(item) ?? null} />
          ),
        )}
      </section>
      {!isWhole && (shown.length > FIRST || shown.some((item) => typeof item === "number")) && (
        <button type="button" class="chip" onClick={() => setWhole(true)}>
          Show all lines
        </button>
      )}
      {shown.length > most && (
        <p class="small muted">
          {most} of {counted(shown.length, "line")} are shown.
        </p>
      )}
    </div>
  );
}

const SIGNS: Record<DiffLine["kind"], [sign: string, word: string]> = {
  same: [" ", ""],
  added: ["+", "added: "],
  removed: ["−", "removed: "],
};

function Line({ line, changed }: { line: DiffLine; changed: [number, number] | null }) {
  const [sign, word] = SIGNS[line.kind];
  return (
    <div class={`diff-line ${line.kind}`}>
      <span class="diff-number" aria-hidden="true">
        {line.before ?? ""}
      </span>
      <span class="diff-number" aria-hidden="true">
        {line.after ?? ""}
      </span>
      <span class="diff-sign" aria-hidden="true">
        {sign}
      </span>
      <code>
        {word !== "" && <span class="unseen">{word}</span>}
        {changed === null ? (
          line.text
        ) : (
          <>
            {line.text.slice(0, changed[0])}
            <mark>{line.text.slice(changed[0], changed[1])}</mark>
            {line.text.slice(changed[1])}
          </>
        )}
      </code>
    </div>
  );
}

/** The lines near a change; for those between, the place where they are left out. */
function linesAround(lines: DiffLine[], isWhole: boolean): (DiffLine | number)[] {
  if (isWhole) {
    return lines;
  }
  const near = new Uint8Array(lines.length);
  lines.forEach((line, at) => {
    if (line.kind !== "same") {
      near.fill(1, Math.max(0, at - AROUND), at + AROUND + 1);
    }
  });
  const shown: (DiffLine | number)[] = [];
  lines.forEach((line, at) => {
    if (near[at] === 1) {
      shown.push(line);
    } else if (typeof shown.at(-1) !== "number") {
      shown.push(at);
    }
  });
  return shown;
}
