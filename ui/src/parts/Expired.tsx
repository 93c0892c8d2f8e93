/** Says of a part of a run that it was removed, in the place where it was. */

import type { RunDocument } from "../data/contract";
import { isoText, timeText } from "./format";

interface Props {
  run: RunDocument;
  /** The part, as the start of a sentence. */
  what: string;
}

/** Nothing for a run that is whole. */
export function Expired({ run, what }: Props) {
  return (
    run.pruned !== null && (
      <span class="muted expired">
        {what} expired on <Day ms={run.pruned.when_ms} />: removed to keep the site within its size.
      </span>
    )
  );
}

function Day({ ms }: { ms: number }) {
  return <time dateTime={isoText(ms)}>{timeText(ms).slice(0, 10)}</time>;
}

/** The same without a mark-up, for places that take a text. */
export function expiredText(run: RunDocument, what: string): string {
  return `${what} expired on ${timeText(run.pruned?.when_ms ?? null).slice(0, 10)}: removed to keep the site within its size.`;
}
