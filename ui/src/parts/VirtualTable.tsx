/** A table of which only the rows near the window exist: ten thousand rows scroll as one hundred do. */

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

const MARGIN_ROWS = 12;
const ROW_PX = 41;

interface Props<T> {
  caption: string;
  head: ComponentChildren;
  rows: T[];
  rowKey: (row: T) => string;
  row: (row: T) => ComponentChildren;
  columns: number;
}

export function VirtualTable<T>({ caption, head, rows, rowKey, row, columns }: Props<T>) {
  const box = useRef<HTMLElement>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const [height, setHeight] = useState(ROW_PX);
  const [seen, setSeen] = useState<[first: number, last: number]>(() => [0, Math.ceil(innerHeight / ROW_PX)]);
  useLayoutEffect(() => {
    const look = () => {
      const table = body.current;
      if (table === null) {
        return;
      }
      // Rows are equally high, by CSS: on a phone other than on a desktop.
      const real = table.querySelector<HTMLElement>("tr[data-row]")?.offsetHeight ?? 0;
      if (real > 0 && real !== height) {
        setHeight(real);
      }
      // On a desktop the table scrolls in its box, on a phone with the page.
      const edge = Math.max(0, box.current?.getBoundingClientRect().top ?? 0);
      const top = table.getBoundingClientRect().top;
      const first = Math.max(0, Math.floor((edge - top) / height) - MARGIN_ROWS);
      const last = Math.max(0, Math.ceil((innerHeight - top) / height)) + MARGIN_ROWS;
      setSeen((old) => (old[0] === first && old[1] === last ? old : [first, last]));
    };
    look();
    const scroller = box.current;
    scroller?.addEventListener("scroll", look, { passive: true });
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    return () => {
      scroller?.removeEventListener("scroll", look);
      removeEventListener("scroll", look);
      removeEventListener("resize", look);
    };
  }, [height]);
  const first = Math.min(seen[0], Math.max(0, rows.length - 1));
  const shown = rows.slice(first, seen[1]);
  const below = Math.max(0, rows.length - first - shown.length);
  return (
    <section class="rows-box" ref={box} aria-label={caption} tabIndex={0}>
      <table class="rows" aria-rowcount={rows.length + 1}>
        <caption class="unseen">{caption}</caption>
        <thead>{head}</thead>
        <tbody ref={body}>
          <Space height={first * height} columns={columns} />
          {shown.map((item, at) => (
            <tr key={rowKey(item)} data-row aria-rowindex={first + at + 2}>
              {row(item)}
            </tr>
          ))}
          <Space height={below * height} columns={columns} />
        </tbody>
      </table>
    </section>
  );
}

function Space({ height, columns }: { height: number; columns: number }) {
  return height === 0 ? null : (
    <tr class="space">
      <td colSpan={columns} style={{ height: `${height}px` }} />
    </tr>
  );
}
