/** The tasks of a run, with what matters most of each. */

import { useState } from "preact/hooks";
import type { RunDocument, TaskDocument } from "../../data/contract";
import { counted, jsonText, metricText } from "../../parts/format";
import { Scroll } from "../../parts/Scroll";
import { isTrouble, StatusBadge } from "../../parts/Status";
import { Duration } from "../../parts/Time";
import { ranS, shownMetrics, waitedS } from "../../parts/taskTimes";
import { links } from "../../routing/links";

const FIRST = 200;
const KEY_METRICS = 3;

export function TasksTable({ run }: { run: RunDocument }) {
  const [all, setAll] = useState(false);
  if (run.tasks.length === 0) {
    return <p>This run has no tasks.</p>;
  }
  const wanted = all ? run.tasks : mostWanted(run.tasks);
  return (
    <Scroll label="Tasks">
      <table class="plain">
        <thead>
          <tr>
            <th>Task</th>
            <th>Result</th>
            <th class="number">Attempts</th>
            <th class="number">Waited</th>
            <th class="number">Ran</th>
            <th>Metrics</th>
          </tr>
        </thead>
        <tbody>
          {wanted.map((task) => (
            <tr key={task.id}>
              <td>
                <a href={links.task(run.run_id, task.id)}>
                  <b>{task.name}</b>
                </a>
                <ParametersLine task={task} />
              </td>
              <td>
                <StatusBadge status={task.status} />
              </td>
              <td class="number">{attemptsText(task)}</td>
              <td class="number">
                <Duration seconds={waitedS(task)} />
              </td>
              <td class="number">
                <Duration seconds={ranS(task)} />
              </td>
              <td class="metrics-line">{metricsLine(task)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {wanted.length < run.tasks.length && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {counted(run.tasks.length, "task")}
        </button>
      )}
    </Scroll>
  );
}

function ParametersLine({ task }: { task: TaskDocument }) {
  const text = Object.entries(task.parameters)
    .map(([name, value]) => `${name}=${jsonText(value)}`)
    .join(", ");
  return text === "" ? null : <div class="muted small wrap">{text}</div>;
}

/** The first tasks in the order of the run; what went wrong is always among them. */
function mostWanted(tasks: TaskDocument[]): TaskDocument[] {
  if (tasks.length <= FIRST) {
    return tasks;
  }
  const trouble = new Set(tasks.filter(({ status }) => isTrouble(status)).slice(0, FIRST));
  let room = FIRST - trouble.size;
  return tasks.filter((task) => trouble.has(task) || room-- > 0);
}

function attemptsText(task: TaskDocument): string {
  const most = Math.max(0, ...task.attempts.map(({ max }) => max));
  return task.attempts.length === 0 ? "" : most > 1 ? `${task.attempts.length} of ${most}` : "1";
}

function metricsLine(task: TaskDocument): string {
  const metrics = [...shownMetrics(task)].sort(
    (one, other) => Number(/\d$/.test(one.name)) - Number(/\d$/.test(other.name)),
  );
  const shown = metrics.slice(0, KEY_METRICS).map(({ name, last }) => `${name} ${metricText(last)}`);
  return metrics.length > KEY_METRICS ? `${shown.join(", ")}, +${metrics.length - KEY_METRICS}` : shown.join(", ");
}
