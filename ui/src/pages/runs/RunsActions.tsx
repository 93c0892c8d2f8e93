/** What one can do with the rows that are shown or chosen. */

import type { Row } from "../../data/rows";
import { Download } from "../../parts/Download";
import { counted } from "../../parts/format";
import { links } from "../../routing/links";
import { type Column, FIXED_KEYS } from "./columns";
import { csv } from "./csv";

interface Props {
  rows: Row[];
  columns: Column[];
  chosen: ReadonlySet<string>;
  onClear: () => void;
}

const MOST_COMPARED = 100;

export function RunsActions({ rows, columns, chosen, onClear }: Props) {
  // Oldest first: what is compared with is what was there before.
  const picked = [...chosen].sort();
  const hasNumbers = columns.filter(({ key }) => !FIXED_KEYS.has(key)).length > 1;
  return (
    <div class="actions">
      {picked.length > 0 && (
        <>
          {picked.length > 1 && picked.length <= MOST_COMPARED ? (
            <a class="button main" href={links.compare(picked)}>
              Compare {counted(picked.length, "run")}
            </a>
          ) : (
            <span class="muted">
              {picked.length === 1 ? "Choose another to compare" : `At most ${MOST_COMPARED} runs can be compared`}
            </span>
          )}
          <button type="button" class="quiet" onClick={onClear}>
            Choose none
          </button>
        </>
      )}
      {hasNumbers && picked.length === 0 && rows.length > 1 && rows.length <= MOST_COMPARED && (
        <a href={links.compare(rows.map((row) => row.runId).sort())}>Compare these</a>
      )}
      <Download name="runs.csv" content={async () => csv(rows, columns)}>
        CSV
      </Download>
    </div>
  );
}
