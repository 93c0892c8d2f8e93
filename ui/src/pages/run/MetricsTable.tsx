/** What the run measured: a row for each metric, a column for each task that logged it. */

import { useMemo, useState } from "preact/hooks";
import type { MetricSummary, RunDocument } from "../../data/contract";
import { counted, metricText } from "../../parts/format";
import { Scroll } from "../../parts/Scroll";
import { Section } from "../../parts/Section";
import { links } from "../../routing/links";

const FIRST = 60;

export function MetricsTable({ run }: { run: RunDocument }) {
  const [wanted, setWanted] = useState("");
  const [all, setAll] = useState(false);
  const { tasks, names } = useMemo(() => tableOf(run), [run]);
  if (names.size === 0) {
    return null;
  }
  const found = [...names].filter(([name]) => name.toLowerCase().includes(wanted.toLowerCase()));
  const shown = all ? found : found.slice(0, FIRST);
  return (
    <Section
      id="metrics"
      title="Metrics"
      note={
        names.size > 12 && (
          <input
            type="search"
            placeholder="Find a metric"
            aria-label="Find a metric"
            value={wanted}
            onInput={(event) => setWanted(event.currentTarget.value)}
          />
        )
      }
    >
      <Scroll label="Metrics">
        <table class="plain">
          <thead>
            <tr>
              <th>Metric</th>
              {tasks.map((task) => (
                <th key={task} class="number">
                  <a href={links.task(run.run_id, task)}>{task}</a>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map(([name, byTask]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {tasks.map((task) => (
                  <td key={task} class="number">
                    {byTask.has(task) && (
                      <a class="plain-link" href={links.metric(task, name)} title={rangeText(byTask.get(task))}>
                        {metricText(byTask.get(task)?.last ?? null)}
                      </a>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {shown.length < found.length && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {counted(found.length, "metric")}
        </button>
      )}
    </Section>
  );
}

/** Tasks that logged metrics, and each metric's value by task; names that end in a number come last. */
function tableOf(run: RunDocument) {
  const tasks: string[] = [];
  const names = new Map<string, Map<string, MetricSummary>>();
  for (const task of run.tasks) {
    const metrics = task.attempts.at(-1)?.metrics ?? [];
    if (metrics.length > 0) {
      tasks.push(task.id);
    }
    for (const metric of metrics) {
      const byTask = names.get(metric.name) ?? new Map();
      names.set(metric.name, byTask.set(task.id, metric));
    }
  }
  const sorted = [...names].sort(([one], [other]) => Number(/\d$/.test(one)) - Number(/\d$/.test(other)));
  return { tasks, names: new Map(sorted) };
}

export function rangeText(metric: MetricSummary | undefined): string {
  if (metric === undefined || metric.count < 2) {
    return "its values in all runs";
  }
  return `last of ${metric.count} values, ${metricText(metric.min)} to ${metricText(metric.max)}`;
}
