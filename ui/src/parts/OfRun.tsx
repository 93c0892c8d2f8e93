/** What every page about one run does first: load it, or say that it is not here. */

import type { ComponentChildren } from "preact";
import type { RunDocument } from "../data/contract";
import { links } from "../routing/links";
import { Notice } from "./Notice";
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
    return (
      <Notice kind="failure" title="There is no such run here" text={`${runId}: ${loaded.error}`}>
        <a href={links.runs()}>All runs</a>
      </Notice>
    );
  }
  return <>{children(loaded.value)}</>;
}
