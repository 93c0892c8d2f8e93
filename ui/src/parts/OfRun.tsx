/** What every page about one run does first: load it, or say that it is not here. */

import type { ComponentChildren } from "preact";
import type { RunDocument } from "../data/contract";
import { NoRun } from "./NoRun";
import { useRun } from "./useRun";

interface Props {
  runId: string;
  children: (run: RunDocument) => ComponentChildren;
}

export function OfRun({ runId, children }: Props) {
  const loaded = useRun(runId);
  if (loaded.state === "loading") {
    return <p class="muted">Loading run {runId} …</p>;
  }
  if (loaded.state === "failed") {
    return <NoRun runId={runId} error={loaded.error} />;
  }
  return <>{children(loaded.value)}</>;
}
