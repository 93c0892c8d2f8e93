/** One cell of two notebooks that changed, moved, came or went. */

import type { CellPair } from "../../compare/notebookDiff";
import type { NotebookCell } from "../../notebook/cells";
import { counted } from "../../parts/format";
import { whatHappened } from "./blocks";
import { LineDiff } from "./LineDiff";
import { Pictures } from "./Pictures";

interface Props {
  pair: CellPair;
  before: NotebookCell | undefined;
  after: NotebookCell | undefined;
  /** Whether what cells put out is shown. */
  outputs: boolean;
}

export function CellDiff({ pair, before, after, outputs }: Props) {
  const place = (pair.after ?? pair.before ?? 0) + 1;
  const what = whatHappened(pair, outputs);
  const isWhole = before === undefined || after === undefined;
  const [outputBefore, outputAfter] = [before?.outputsText ?? "", after?.outputsText ?? ""];
  return (
    <section class="section cell-diff" aria-label={`Cell ${place}, ${what}`}>
      <h2>
        Cell {pair.before !== null && pair.after !== null && pair.before !== pair.after && `${pair.before + 1} → `}
        {place} <span class="muted">{kindWord((after ?? before)?.kind)}</span> <span class="what-happened">{what}</span>
      </h2>
      {isWhole || pair.sourceDiffers ? (
        <LineDiff label="Source" before={before?.source ?? ""} after={after?.source ?? ""} />
      ) : (
        <SameSource source={after.source} />
      )}
      {outputs && (isWhole ? outputBefore !== outputAfter : pair.outputDiffers) && (
        <LineDiff label="Output" before={outputBefore} after={outputAfter} />
      )}
      {outputs && pair.failureDiffers && (
        <p>
          The cell <b>{after?.failed === true ? "failed" : "did not fail"}</b> after, and{" "}
          <b>{before?.failed === true ? "failed" : "did not"}</b> before.
        </p>
      )}
      {outputs && (pair.imagesDiffer || isWhole) && (
        <Pictures before={before?.images ?? []} after={after?.images ?? []} name={`Cell ${place}`} />
      )}
    </section>
  );
}

const SHOWN_LINES = 4;

/** The beginning says which cell it is; the rest on demand. */
export function SameSource({ source }: { source: string }) {
  const lines = source.split("\n");
  const first = (
    <pre class="same-source" key="first">
      {lines.slice(0, SHOWN_LINES).join("\n")}
    </pre>
  );
  return lines.length <= SHOWN_LINES ? (
    first
  ) : (
    <>
      {first}
      <details>
        <summary class="small muted">{counted(lines.length - SHOWN_LINES, "more line")}, unchanged</summary>
        <pre class="same-source">{lines.slice(SHOWN_LINES, 2_000).join("\n")}</pre>
      </details>
    </>
  );
}

function kindWord(kind: NotebookCell["kind"] | undefined): string {
  return kind === "markdown" ? "Markdown" : (kind ?? "");
}
