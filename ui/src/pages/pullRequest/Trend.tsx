/** Headline metrics, push by push. */

import { Sparkline } from "../../charts/Sparkline";
import type { Row } from "../../data/rows";
import { metricText } from "../../parts/format";
import { Scroll } from "../../parts/Scroll";
import { StatusMark } from "../../parts/Status";
import { links } from "../../routing/links";
import { numOf, reader } from "../metric/reader";
import { changeText } from "../metrics/Tile";
import { headlinesOf, pushesOf } from "./base";

const PUSHES = 8;
const METRICS = 6;

export function Trend({ runs, base }: { runs: Row[]; base: Row | null }) {
  const pushes = pushesOf(runs);
  const shown = pushes.slice(-PUSHES);
  const metrics = headlinesOf(base === null ? shown : [...shown, base], METRICS);
  if (metrics.length === 0 || pushes.length < 2) {
    return null;
  }
  return (
    <>
      <h3>
        Push by push
        {pushes.length > shown.length && ` (the last ${shown.length} of ${pushes.length})`}
      </h3>
      <Scroll label="Headline metrics by push">
        <table class="plain trend">
          <thead>
            <tr>
              <th>Metric</th>
              <th>
                <span class="unseen">As a line</span>
              </th>
              {base !== null && (
                <th class="number">
                  <a href={links.run(base.runId)}>base</a>
                </th>
              )}
              {shown.map((row) => (
                <th key={row.runId} class="number">
                  <StatusMark status={row.status} />{" "}
                  <a href={links.run(row.runId)}>
                    <code>{row.commit?.slice(0, 7) ?? row.runId.slice(-6)}</code>
                  </a>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {metrics.map((metric) => {
              const read = reader(metric);
              const before = base === null ? null : read(base);
              const values = shown.map(read);
              return (
                <tr key={JSON.stringify(metric)}>
                  <th scope="row">
                    <a href={links.metric(metric.task, metric.name)}>{metric.name}</a>
                    <span class="muted small of-task">{metric.task}</span>
                  </th>
                  <td class="trend-line">
                    <Sparkline values={values.map(numOf)} label={`${metric.name}, push by push`} />
                  </td>
                  {base !== null && <td class="number">{metricText(numOf(before))}</td>}
                  {values.map((value, at) => (
                    <td key={shown[at]?.runId} class="number">
                      {metricText(numOf(value))}
                      <span class="muted small of-task">
                        {value === null || before === null ? "" : changeText(value - before)}
                      </span>
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}
