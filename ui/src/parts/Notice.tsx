/** Something the reader must know before all else. */

import type { ComponentChildren } from "preact";

interface Props {
  kind: "failure" | "plain" | "warning";
  title: string;
  text?: string;
  children?: ComponentChildren;
}

export function Notice({ kind, title, text, children }: Props) {
  return (
    <section class={`notice notice-${kind}`} role={kind === "failure" ? "alert" : "note"}>
      <strong>{title}</strong>
      {text !== undefined && <p>{text}</p>}
      {children}
    </section>
  );
}
