/** Terminal text: colours become classes, every other escape sequence is dropped. */

import { terminalRuns } from "../notebook/terminal";

/** `text` with its ANSI colours. */
export function Ansi({ text }: { text: string }) {
  if (!text.includes("\u001b")) {
    return <>{text}</>;
  }
  return (
    <>
      {terminalRuns(text).map(({ text: piece, classes, style }, at) => (
        <span key={at} class={classes.join(" ")} style={style}>
          {piece}
        </span>
      ))}
    </>
  );
}
