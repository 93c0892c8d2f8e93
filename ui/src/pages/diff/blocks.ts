/** The order in which a difference is read: what changed, and folded between it what did not. */

import { type CellPair, isChanged, type NotebookDiff } from "../../compare/notebookDiff";

export type Block = { kind: "equal"; pairs: CellPair[] } | { kind: "cell"; pair: CellPair };

/** `outputs` says whether it matters what cells put out. */
export function blocksOf(diff: NotebookDiff, outputs: boolean): Block[] {
  const blocks: Block[] = [];
  for (const pair of diff.pairs) {
    const last = blocks.at(-1);
    if (isOfInterest(pair, outputs)) {
      blocks.push({ kind: "cell", pair });
    } else if (last?.kind === "equal") {
      last.pairs.push(pair);
    } else {
      blocks.push({ kind: "equal", pairs: [pair] });
    }
  }
  return blocks;
}

function isOfInterest(pair: CellPair, outputs: boolean): boolean {
  const isAlone = pair.before === null || pair.after === null;
  return isAlone || pair.isMoved || pair.sourceDiffers || (outputs && isChanged(pair));
}

/** `source, output and images changed`, `moved from 3, output changed`, `added`. Cells are counted from 1. */
export function whatHappened(pair: CellPair, outputs: boolean): string {
  if (pair.before === null) {
    return "added";
  }
  if (pair.after === null) {
    return "removed";
  }
  const changed = [
    pair.sourceDiffers && "source",
    outputs && pair.outputDiffers && "output",
    outputs && pair.imagesDiffer && "images",
    outputs && pair.failureDiffers && "failure",
  ].filter((part) => part !== false);
  const parts = [
    pair.isMoved && `moved from ${pair.before + 1} to ${pair.after + 1}`,
    changed.length > 0 && `${changed.join(", ").replace(/, (\w+)$/, " and $1")} changed`,
  ].filter((part) => part !== false);
  return parts.join(", ");
}
