/** The metrics and values that an attempt logged. */

import { useState } from "preact/hooks";
import type { AttemptDocument, MetricSummary, RunDocument, TaskDocument } from "../../data/contract";
import { counted, metricText } from "../../parts/format";
import { Section } from "../../parts/Section";
import { links } from "../../routing/links";
import { Values } from "../run/AboutRun";
import { Histories } from "./Histories";

const FIRST = 12;

interface Props {
  run: RunDocument;
  task: TaskDocument;
  attempt: AttemptDocument;
}

export function AttemptMetrics({ run, task, attempt }: Props) {
  const hasValues = Object.keys(attempt.values).length > 0;
  if (attempt.metrics.length === 0 && !hasValues) {
    return null;
  }
  return (
    <Section id="metrics" title="Metrics and values">
      {attempt.metrics.length > 0 && <MetricsTable task={task} metrics={attempt.metrics} />}
      <Histories run={run} attempt={attempt} />
      <Values title="Values" values={attempt.values} isOpen />
    </Section>
  );
}

function MetricsTable({ task, metrics }: { task: TaskDocument; metrics: MetricSummary[] }) {
  const [wanted, setWanted] = useState("");
  const [all, setAll] = useState(false);
  const sorted = [...metrics].sort((one, other) => Number(/\d$/.test(one.name)) - Number(/\d$/.test(other.name)));
  const found = sorted.filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()));
  const shown = all ? found.slice(0, 2_000) : found.slice(0, FIRST);
  return (
    <>
      {metrics.length > FIRST && (
        <input
          type="search"
          placeholder={`Find among ${counted(metrics.length, "metric")}`}
          aria-label="Find a metric"
          value={wanted}
          onInput={(event) => setWanted(event.currentTarget.value)}
        />
      )}
      <ul class="tiles">
        {shown.map((metric) => (
          <li key={metric.name}>
            <a class="plain-link" href={links.metric(task.id, metric.name)} title="Its values in all runs">
              <span class="tile-name wrap">{metric.name}</span>
              <span class="tile-value">{metricText(metric.last)}</span>
              {metric.count > 1 && (
                <span class="muted small">
                  {metricText(metric.min)} to {metricText(metric.max)}, {metric.count} values
                </span>
              )}
            </a>
          </li>
        ))}
      </ul>
      {shown.length < found.length && (
        <button type="button" onClick={() => setAll(true)} disabled={all}>
          {all
            ? `The first ${shown.length} are shown: search for others`
            : `Show all ${counted(found.length, "metric")}`}
        </button>
      )}
    </>
  );
}
