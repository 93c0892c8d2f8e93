/** How the newest run of a pull request differs from its base: results of tasks, and metrics. */

import { useMemo, useState } from "preact/hooks";
import type { Row } from "../../data/rows";
import { counted, metricText } from "../../parts/format";
import { Scroll } from "../../parts/Scroll";
import { StatusBadge } from "../../parts/Status";
import { links } from "../../routing/links";
import { SHORTEST_LEVEL } from "../../stats/regressions";
import { VerdictMark } from "../metric/FlagList";
import { usualText } from "../metric/flags";
import { numOf } from "../metric/reader";
import { changeText } from "../metrics/Tile";
import { type Base, type Difference, JUDGED, taskDifferences } from "./base";

const FIRST = 15;

export function TaskDifferences({ base, head }: { base: Row; head: Row }) {
  const differences = useMemo(() => taskDifferences(base, head), [base, head]);
  const shown = differences.slice(0, FIRST);
  return differences.length === 0 ? null : (
    <>
      <h3>Tasks with another result</h3>
      <ul class="flags">
        {shown.map(({ task, base: before, status }) => (
          <li key={task}>
            <span class="wrap">{status === null ? task : <a href={links.task(head.runId, task)}>{task}</a>}</span>
            <span>
              <Result status={before} /> <span aria-hidden="true">→</span>
              <span class="unseen"> now </span> <Result status={status} />
            </span>
          </li>
        ))}
      </ul>
      {shown.length < differences.length && (
        <p class="muted">and {counted(differences.length - shown.length, "other task")}</p>
      )}
    </>
  );
}

function Result({ status }: { status: Row["status"] | null }) {
  return status === null ? <span class="muted">no such task</span> : <StatusBadge status={status} />;
}

interface Props {
  base: Base;
  head: Row;
  differences: Difference[];
  equal: number;
}

export function MetricDifferences({ base, head, differences, equal }: Props) {
  const [all, setAll] = useState(false);
  const shown = all ? differences : differences.slice(0, FIRST);
  const said =
    equal === 0 ? "" : `${counted(equal, "metric")} with equal values ${equal === 1 ? "is" : "are"} left out.`;
  if (differences.length === 0) {
    return <p class="muted">{equal === 0 ? "Neither run has metrics." : `No metric differs. ${said}`}</p>;
  }
  return (
    <>
      <h3>Metrics that differ</h3>
      <Scroll label="Metrics that differ">
        <table class="plain">
          <thead>
            <tr>
              <th>Metric</th>
              <th class="number">{base.mainline.branch ?? "base"}</th>
              <th class="number">This</th>
              <th class="number">Change</th>
              <th class="number">Usual on {base.mainline.branch ?? "base"}</th>
              <th>Stands out</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ metric, base: before, value, level, flag }) => (
              <tr key={JSON.stringify(metric)}>
                <th scope="row">
                  <a href={links.metric(metric.task, metric.name)}>{metric.name}</a>
                  <span class="muted small of-task">{metric.task}</span>
                </th>
                <td class="number">{before === null ? <span class="muted">none</span> : metricText(numOf(before))}</td>
                <td class="number">
                  {value === null ? (
                    <span class="muted">none</span>
                  ) : (
                    <a class="plain-link" href={links.task(head.runId, metric.task)}>
                      {metricText(numOf(value))}
                    </a>
                  )}
                </td>
                <td class="number">{before === null || value === null ? "" : changeText(value - before)}</td>
                <td class="number muted">
                  {level !== null && usualText(level)}
                  {level !== null && level.count < SHORTEST_LEVEL && (
                    <span class="small of-task">of {counted(level.count, "run")} alone</span>
                  )}
                </td>
                <td>{flag !== null && <VerdictMark verdict={flag.verdict} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {shown.length < differences.length && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {counted(differences.length, "metric")}
        </button>
      )}
      <p class="muted small">
        {said} {differences.length > JUDGED && `Only the first ${JUDGED} are compared with what is usual.`}
      </p>
    </>
  );
}
