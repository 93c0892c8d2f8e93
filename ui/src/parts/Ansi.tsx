/** Terminal text: colours become classes, every other escape sequence is dropped. */

import Anser from "anser";

/** `text` with its ANSI colours. */
export function Ansi({ text }: { text: string }) {
  if (!text.includes("\u001b")) {
    return <>{text}</>;
  }
  const pieces = Anser.ansiToJson(text, { use_classes: true, json: true, remove_empty: true });
  return (
    <>
      {pieces.map((piece, at) => (
        <span key={at} class={classes(piece.fg, piece.bg, piece.decorations)}>
          {piece.content}
        </span>
      ))}
    </>
  );
}

function classes(fg: string | null, bg: string | null, decorations: string[]): string {
  const known = (name: string | null, end: string) => (name !== null && /^[\w-]+$/.test(name) ? [`${name}${end}`] : []);
  return [...known(fg, "-fg"), ...known(bg, "-bg"), ...decorations.map((name) => `ansi-${name}`)].join(" ");
}
