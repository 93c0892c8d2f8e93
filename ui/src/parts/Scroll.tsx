/** What may be wider or higher than its place: it scrolls, also by keyboard, and has a name. */

import type { ComponentChildren } from "preact";

interface Props {
  label: string;
  children: ComponentChildren;
}

/** A wide table. */
export function Scroll({ label, children }: Props) {
  return (
    <section class="scroll" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}

/** Text in fixed width; `whole` lines are not wrapped. */
export function Preformatted({ label, whole = false, children }: Props & { whole?: boolean }) {
  return (
    <section class="log" aria-label={label} tabIndex={0}>
      <pre class={whole ? "whole" : ""}>{children}</pre>
    </section>
  );
}
