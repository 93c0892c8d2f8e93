/** The notebook cell in which an attempt ended, where no traceback shows it: time-outs and killed kernels. */

import { artifactText } from "../../data/content";
import type { AttemptDocument, RunDocument } from "../../data/contract";
import { runVersion } from "../../data/store";
import { Preformatted } from "../../parts/Scroll";
import { usePromise } from "../../parts/usePromise";

interface Props {
  run: RunDocument;
  attempt: AttemptDocument;
}

export function FailedCell({ run, attempt }: Props) {
  const notebook = attempt.artifacts.findLast(({ kind, state }) => kind === "notebook" && state === "complete");
  const cell = attempt.cells.findLast(({ failed, end_ms }) => failed || end_ms === null) ?? attempt.cells.at(-1);
  const source = usePromise(
    async () =>
      notebook === undefined || cell === undefined
        ? null
        : sourceOf(await artifactText(run, notebook, runVersion(run.run_id)), cell.index),
    `${run.run_id} ${notebook?.sha256} ${cell?.index}`,
  );
  if (cell === undefined || source.state !== "ready" || source.value === null) {
    return null;
  }
  return (
    <>
      <h3>The cell it was in{cell.line !== null && `, line ${cell.line}`}</h3>
      <Preformatted label="Source of the cell">{source.value}</Preformatted>
    </>
  );
}

function sourceOf(ipynb: string, index: number): string | null {
  const source = JSON.parse(ipynb)?.cells?.[index]?.source;
  return Array.isArray(source) ? source.join("") : typeof source === "string" ? source : null;
}
