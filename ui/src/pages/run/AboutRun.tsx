/** Under which circumstances the run happened: settings, code, machine, packages, and every other attribute. */

import type { Json, RunDocument } from "../../data/contract";
import { hasDetails } from "../../data/pruned";
import { Expired } from "../../parts/Expired";
import { type Fact, Facts } from "../../parts/Facts";
import { counted } from "../../parts/format";
import { JsonValue } from "../../parts/JsonValue";
import { Section } from "../../parts/Section";

export function AboutRun({ run }: { run: RunDocument }) {
  return (
    <Section id="about" title="About this run">
      <Facts
        facts={[
          ["Python", run.python],
          ["Platform", run.platform],
          ["Trace", <code key="t">{run.trace_id}</code>],
        ]}
      />
      <Values title="Settings" values={run.settings} isOpen />
      <Values title="Tags" values={run.tags} isOpen />
      <Values title="Attributes" values={run.resource} />
      <Values title="Packages" values={run.packages} />
      {!hasDetails(run) && (
        <p>
          <Expired run={run} what="The list of packages" />
        </p>
      )}
    </Section>
  );
}

/** Names and values that fold; nothing where there are none. */
export function Values({
  title,
  values,
  isOpen = false,
}: {
  title: string;
  values: Record<string, Json>;
  isOpen?: boolean;
}) {
  const entries = Object.entries(values);
  if (entries.length === 0) {
    return null;
  }
  const facts: Fact[] = entries.map(([name, value]) => [name, <JsonValue key={name} value={value} />]);
  return (
    <details open={isOpen && entries.length < 30}>
      <summary>
        {title} <span class="muted">{counted(entries.length, "entry").replace("entrys", "entries")}</span>
      </summary>
      <Facts facts={facts} />
    </details>
  );
}
