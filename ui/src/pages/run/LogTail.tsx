/** The end of what an attempt printed. */

import type { AttemptDocument } from "../../data/contract";
import { Ansi } from "../../parts/Ansi";
import { Preformatted } from "../../parts/Scroll";

const LINES = 30;

export function LogTail({ attempt }: { attempt: AttemptDocument }) {
  const lines = attempt.outputs
    .map((output) => output.text)
    .join("")
    .trimEnd()
    .split("\n")
    .slice(-LINES);
  if (lines.length === 1 && lines[0] === "") {
    return <p class="muted">It printed nothing.</p>;
  }
  return (
    <>
      <h3>The last lines it printed</h3>
      <Preformatted label="Last lines of the log">
        <Ansi text={lines.join("\n")} />
      </Preformatted>
    </>
  );
}
