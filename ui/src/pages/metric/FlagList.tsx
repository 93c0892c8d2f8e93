/** What stands out in a history, in sentences with links to the runs. */

import { useState } from "preact/hooks";
import { counted, metricText } from "../../parts/format";
import { Section } from "../../parts/Section";
import { links } from "../../routing/links";
import type { Verdict } from "../../stats/direction";
import { type Flag, flagPlace, runDay } from "./flags";

const FIRST = 10;

interface Props {
  flags: Flag[];
  /** So many values of main there are. */
  values: number;
  needed: number;
}

export function FlagList({ flags, values, needed }: Props) {
  const [all, setAll] = useState(false);
  const shown = all ? flags : flags.slice(0, FIRST);
  return (
    <Section id="flags" title="What stands out">
      {values < needed ? (
        <p class="muted">
          {counted(values, "run")} of the line {values === 1 ? "has" : "have"} a value: from {needed} on, changes are
          looked for.
        </p>
      ) : (
        flags.length === 0 && <p class="muted">Nothing: every value is within what is usual.</p>
      )}
      <ul class="flags">
        {shown.map((flag) => (
          <li key={`${flag.row.runId} ${flag.kind}`}>
            <VerdictMark verdict={flag.verdict} />{" "}
            <span>
              {flagPlace(flag)} <a href={links.run(flag.row.runId)}>{runDay(flag.row)}</a>:{" "}
              <b class="figure">{metricText(flag.value)}</b>
              {flag.kind === "step" && " on average"}, usual <span class="figure">{flag.usual}</span>
            </span>
          </li>
        ))}
      </ul>
      {shown.length < flags.length && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {flags.length}
        </button>
      )}
    </Section>
  );
}

const MARKS: Record<Verdict, string> = { regression: "!", improvement: "✓", change: "◆" };

export function VerdictMark({ verdict }: { verdict: Verdict }) {
  return (
    <span class={`verdict verdict-${verdict}`}>
      <span aria-hidden="true">{MARKS[verdict]}</span> {verdict}
    </span>
  );
}
