/** The spans of a run alone, for programs that read traces and refuse logs, such as Jaeger's upload. */

import { piece } from "../../data/content";
import type { RunDocument } from "../../data/contract";
import { runVersion } from "../../data/store";

/** OTLP JSON, one message a line; of an unfinished run, the spans that have ended. */
export async function traceLines(run: RunDocument): Promise<string> {
  const version = runVersion(run.run_id);
  let found = "";
  for (const [number, { left_out }] of run.log.pieces.entries()) {
    // What was left out are artifacts, which are no spans.
    if (!left_out) {
      found += spansIn(new TextDecoder().decode(await piece(run.run_id, number, version)));
    }
  }
  return found;
}

const SPANS = /^\s*\{\s*"resourceSpans"\s*:/;

/** The lines of `text` that hold spans; a line that was torn by the end of its process is none. */
export function spansIn(text: string): string {
  return text
    .split("\n")
    .filter((line) => SPANS.test(line) && isJson(line))
    .map((line) => `${line}\n`)
    .join("");
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
