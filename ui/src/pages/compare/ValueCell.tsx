/** One value of the comparison, and how it stands to that of the base. */

import type { CompareRow } from "../../compare/rows";
import type { Status } from "../../data/contract";
import { metricText } from "../../parts/format";
import { StatusBadge } from "../../parts/Status";
import { cellText, deltaText, isBest, verdict } from "./values";

const LONGEST = 300;

export function ValueCell({ row, place }: { row: CompareRow; place: number }) {
  const value = row.values[place];
  if (value === undefined) {
    return (
      <span class="muted" title="This run has none">
        –
      </span>
    );
  }
  if (row.form === "status") {
    return <StatusBadge status={value as Status} />;
  }
  const text = cellText(row, value);
  const delta = row.numbers?.deltas[place] ?? null;
  return (
    <>
      <bdi class={row.numbers === null ? "wrap" : "number"} title={text.length > 40 ? text : undefined}>
        {text.length > LONGEST ? `${text.slice(0, LONGEST)} … (${text.length} characters)` : text}
      </bdi>
      {isBest(row, place) && <span class="best">★ best</span>}
      {place > 0 && delta !== null && delta !== 0 && <Delta row={row} delta={delta} />}
    </>
  );
}

function Delta({ row, delta }: { row: CompareRow; delta: number }) {
  const base = Number(row.values[0]);
  const share = base !== 0 && row.form === "metric" ? ` (${signed((100 * delta) / Math.abs(base))} %)` : "";
  const said = verdict(row, delta);
  return (
    <span class={`delta number ${said ?? ""}`}>
      <span aria-hidden="true">{delta > 0 ? "▲" : "▼"}</span> {deltaText(row, delta)}
      {share}
      {said !== null && <span class="unseen"> {said}</span>}
    </span>
  );
}

function signed(percent: number): string {
  const size = Math.abs(percent);
  return `${percent > 0 ? "+" : "−"}${metricText(Number(size.toPrecision(size >= 100 ? 3 : 2)))}`;
}

/** A value that is not the base's stands out, by weight and ground. */
export function cellClass(row: CompareRow, place: number): string {
  const isSame = place === 0 || JSON.stringify(row.values[place]) === JSON.stringify(row.values[0]);
  return isSame ? "" : "other";
}
