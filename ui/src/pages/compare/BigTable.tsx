/**
 * A table of any size whose first column and head stay in sight. A small one has rows as high as what is in them; of a
 * large one only the part in sight exists, and its rows are equally high.
 */

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { useNarrow } from "./useNarrow";
import { isLarge, type Measures, useSeen } from "./useSeen";

export interface TableRow {
  key: string;
  /** A `heading` goes across all columns, and has no cells. */
  kind: "heading" | "subheading" | "row";
  head: ComponentChildren;
  cell: (column: number) => ComponentChildren;
  cellClass?: (column: number) => string;
}

interface Props {
  caption: string;
  corner: ComponentChildren;
  /** Pixels that each row of a large table has. */
  rowHeight: number;
  columns: { key: string; head: ComponentChildren }[];
  rows: TableRow[];
}

export function BigTable({ caption, corner, rowHeight, columns, rows }: Props) {
  const box = useRef<HTMLElement>(null);
  const isNarrow = useNarrow();
  const measures: Measures = {
    rows: rows.length,
    columns: columns.length,
    rowHeight,
    columnWidth: isNarrow ? 148 : 176,
    headWidth: isNarrow ? 124 : 264,
  };
  const large = isLarge(measures);
  const seen = useSeen(box, measures);
  const [firstRow, lastRow] = seen.rows;
  const [firstColumn, lastColumn] = seen.columns;
  const shown = columns.slice(firstColumn, lastColumn);
  const before = firstColumn * measures.columnWidth;
  const after = (columns.length - lastColumn) * measures.columnWidth;
  const width = measures.headWidth + columns.length * measures.columnWidth;
  const inAll = 1 + shown.length + Number(before > 0) + Number(after > 0);
  const gap = (size: number) => size > 0 && <td class="gap" aria-hidden="true" />;
  return (
    <section ref={box} class="compare-box" aria-label={caption} tabIndex={0}>
      <table
        class={`compare-table ${large ? "large" : ""}`}
        style={large ? { width: `${width}px`, "--row": `${rowHeight}px` } : { minWidth: `${width}px` }}
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length + 1}
      >
        <caption class="unseen">{caption}</caption>
        <colgroup>
          <col style={{ width: `${measures.headWidth}px` }} />
          {before > 0 && <col style={{ width: `${before}px` }} />}
          {shown.map(({ key }) => (
            <col key={key} style={large ? { width: `${measures.columnWidth}px` } : {}} />
          ))}
          {after > 0 && <col style={{ width: `${after}px` }} />}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            <th class="corner" aria-colindex={1}>
              {corner}
            </th>
            {gap(before)}
            {shown.map(({ key, head }, at) => (
              <th key={key} scope="col" aria-colindex={firstColumn + at + 2}>
                {head}
              </th>
            ))}
            {gap(after)}
          </tr>
        </thead>
        <tbody>
          <Space height={firstRow * rowHeight} columns={inAll} />
          {rows.slice(firstRow, lastRow).map((row, at) => (
            <tr key={row.key} class={row.kind} aria-rowindex={firstRow + at + 2}>
              {row.kind === "heading" ? (
                <th colSpan={inAll} scope="rowgroup">
                  <div class="cell">{row.head}</div>
                </th>
              ) : (
                <>
                  <th scope={row.kind === "row" ? "row" : undefined} aria-colindex={1}>
                    <div class="cell">{row.head}</div>
                  </th>
                  {gap(before)}
                  {shown.map(({ key }, place) => (
                    <td
                      key={key}
                      aria-colindex={firstColumn + place + 2}
                      class={row.cellClass?.(firstColumn + place) ?? ""}
                    >
                      <div class="cell">{row.cell(firstColumn + place)}</div>
                    </td>
                  ))}
                  {gap(after)}
                </>
              )}
            </tr>
          ))}
          <Space height={(rows.length - lastRow) * rowHeight} columns={inAll} />
        </tbody>
      </table>
    </section>
  );
}

function Space({ height, columns }: { height: number; columns: number }) {
  return height <= 0 ? null : (
    <tr class="space">
      <td colSpan={columns} style={{ height: `${height}px` }} />
    </tr>
  );
}
