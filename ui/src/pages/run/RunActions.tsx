/** What one can do with a run: compare it, take its data along. */

import { runLogBytes } from "../../data/content";
import type { RunDocument } from "../../data/contract";
import { hasMedia } from "../../data/pruned";
import { rows, runVersion } from "../../data/store";
import { Download } from "../../parts/Download";
import { Expired } from "../../parts/Expired";
import { sizeText } from "../../parts/format";
import { links } from "../../routing/links";
import { traceLines } from "./otlpTraces";

export function RunActions({ run }: { run: RunDocument }) {
  // Another environment has other sizes: there is little to compare.
  const at = rows.value.findIndex((row) => row.runId === run.run_id);
  const alike = (at < 0 ? [] : rows.value.slice(at + 1)).filter(
    (row) => row.pipeline === run.pipeline && row.environment === run.environment,
  );
  const before = alike[0];
  const lastGood = alike.find((row) => row.status === "success");
  return (
    <p class="actions">
      {before !== undefined && <a href={links.compare([before.runId, run.run_id])}>Compare with the run before</a>}
      {lastGood !== undefined && lastGood !== before && (
        <a href={links.compare([lastGood.runId, run.run_id])}>Compare with the last success</a>
      )}
      {hasMedia(run) && <RunLog run={run} />}
      {run.pruned?.level === "media" && <Expired run={run} what="Run log, notebooks, figures and artifacts" />}
    </p>
  );
}

function RunLog({ run }: { run: RunDocument }) {
  const isWhole = run.log.pieces.every((piece) => !piece.left_out);
  return (
    <>
      {isWhole ? (
        <Download name={run.log.file} content={() => runLogBytes(run, runVersion(run.run_id))}>
          Run log ({sizeText(run.log.size_bytes)})
        </Download>
      ) : (
        <span class="muted">Its run log ({sizeText(run.log.size_bytes)}) is too large for this site.</span>
      )}
      <Download name={`${run.run_id}.traces.json`} content={() => traceLines(run)}>
        Traces (OTLP)
      </Download>
    </>
  );
}
