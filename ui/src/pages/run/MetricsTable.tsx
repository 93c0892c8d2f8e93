/** What the run measured, by kind of task: a column for each task of that name, a row for each metric. */

import { useMemo, useState } from "preact/hooks";
import type { MetricSummary, RunDocument, TaskDocument } from "../../data/contract";
import { counted, jsonText, metricText } from "../../parts/format";
import { Scroll } from "../../parts/Scroll";
import { Section } from "../../parts/Section";
import { shownMetrics } from "../../parts/taskTimes";
import { links } from "../../routing/links";

const FIRST = 12;
const MOST_COLUMNS = 30;

interface Group {
  name: string;
  tasks: TaskDocument[];
  /** By metric and task. Names that end in a number, such as one for each class, come last. */
  metrics: [name: string, byTask: Map<string, MetricSummary>][];
}

export function MetricsTable({ run }: { run: RunDocument }) {
  const [wanted, setWanted] = useState("");
  const groups = useMemo(() => groupsOf(run), [run]);
  if (groups.length === 0) {
    return null;
  }
  const total = groups.reduce((sum, { metrics }) => sum + metrics.length, 0);
  return (
    <Section
      id="metrics"
      title="Metrics"
      note={
        total > FIRST && (
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
      <div class="metric-groups">
        {groups.map((group) => (
          <GroupTable key={group.name} run={run} group={group} wanted={wanted.toLowerCase()} />
        ))}
      </div>
    </Section>
  );
}

function GroupTable({ run, group, wanted }: { run: RunDocument; group: Group; wanted: string }) {
  const [all, setAll] = useState(false);
  const found = group.metrics.filter(([name]) => name.toLowerCase().includes(wanted));
  if (found.length === 0) {
    return null;
  }
  const shown = all ? found : found.slice(0, FIRST);
  const tasks = group.tasks.slice(0, MOST_COLUMNS);
  return (
    <Scroll label={`Metrics of ${group.name}`}>
      <table class="plain fitting">
        <thead>
          <tr>
            <th>{group.name}</th>
            {tasks.map((task) => (
              <th key={task.id} class="number">
                <a class="plain-link" href={links.task(run.run_id, task.id)}>
                  {tasks.length === 1 ? "value" : variantText(task, tasks)}
                </a>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map(([name, byTask]) => (
            <tr key={name}>
              <th scope="row" class="wrap">
                {name}
              </th>
              {tasks.map((task) => (
                <td key={task.id} class="number">
                  {byTask.has(task.id) && (
                    <a
                      class="plain-link"
                      href={links.metric(task.id, name)}
                      title={`${rangeText(byTask.get(task.id))}; opens its values in all runs`}
                    >
                      {metricText(byTask.get(task.id)?.last ?? null)}
                    </a>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < found.length && (
        <button type="button" class="quiet" onClick={() => setAll(true)}>
          Show all {counted(found.length, "metric")}
        </button>
      )}
      {tasks.length < group.tasks.length && (
        <p class="muted">
          The first {tasks.length} of {counted(group.tasks.length, "task")}.
        </p>
      )}
    </Scroll>
  );
}

/** Last tasks first: what a pipeline is for stands at its end. */
function groupsOf(run: RunDocument): Group[] {
  const groups = new Map<string, TaskDocument[]>();
  for (const task of [...run.tasks].reverse()) {
    if (shownMetrics(task).length > 0) {
      groups.set(task.name, [task, ...(groups.get(task.name) ?? [])]);
    }
  }
  return [...groups].map(([name, tasks]) => ({ name, tasks, metrics: metricsOf(tasks) }));
}

function metricsOf(tasks: TaskDocument[]): Group["metrics"] {
  const metrics = new Map<string, Map<string, MetricSummary>>();
  for (const task of tasks) {
    for (const metric of shownMetrics(task)) {
      const byTask = metrics.get(metric.name) ?? new Map<string, MetricSummary>();
      metrics.set(metric.name, byTask.set(task.id, metric));
    }
  }
  return [...metrics].sort(([one], [other]) => Number(/\d$/.test(one)) - Number(/\d$/.test(other)));
}

/** What tells a task from its siblings: the parameters that differ, else its id. */
function variantText(task: TaskDocument, siblings: TaskDocument[]): string {
  const own = Object.entries(task.parameters).filter(([name, value]) =>
    siblings.some((other) => JSON.stringify(other.parameters[name]) !== JSON.stringify(value)),
  );
  return own.length === 0 ? task.id : own.map(([name, value]) => `${name}=${jsonText(value)}`).join(", ");
}

function rangeText(metric: MetricSummary | undefined): string {
  if (metric === undefined || metric.count < 2) {
    return "logged once";
  }
  return `last of ${metric.count} values, ${metricText(metric.min)} to ${metricText(metric.max)}`;
}
