/** A part of a page with a heading, an address of its own, and where wanted a way to fold it. */

import type { ComponentChildren } from "preact";

interface Props {
  id: string;
  title: string;
  note?: ComponentChildren;
  children: ComponentChildren;
}

export function Section({ id, title, note, children }: Props) {
  return (
    <section class="section" aria-labelledby={`${id}-title`} id={id}>
      <div class="section-head">
        <h2 id={`${id}-title`}>{title}</h2>
        {note !== undefined && <div class="section-note">{note}</div>}
      </div>
      {children}
    </section>
  );
}
