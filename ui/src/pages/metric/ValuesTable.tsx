/** The chart's values as a table and as a file. */

import { useState } from "preact/hooks";
import type { MetricKey } from "../../data/rows";
import { Download } from "../../parts/Download";
import { counted, isoText, metricText } from "../../parts/format";
import { Scroll } from "../../parts/Scroll";
import { StatusMark } from "../../parts/Status";
import { Time } from "../../parts/Time";
import { links } from "../../routing/links";
import { csvOf } from "../runs/csv";
import { flagText } from "./flags";
import type { Entry } from "./history";
import { numOf } from "./reader";

const FIRST = 50;
const MOST = 1_000;

export function ValuesTable({ entries, metric }: { entries: Entry[]; metric: MetricKey }) {
  const [room, setRoom] = useState(FIRST);
  const newest = [...entries].reverse();
  const shown = newest.slice(0, room);
  return (
    <details class="section" id="values">
      <summary>
        <h2>All values, with their runs</h2>
      </summary>
      <p class="actions">
        <Download name={`${metric.task}-${metric.name}.csv`} content={async () => entriesCsv(entries, metric)}>
          CSV of {counted(entries.length, "run")}
        </Download>
      </p>
      <Scroll label="Values">
        <table class="plain">
          <thead>
            <tr>
              <th>Run</th>
              <th>Branch</th>
              <th>Commit</th>
              <th class="number">{metric.name}</th>
              <th>Stands out</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ row, kind, value, flag }) => (
              <tr key={row.runId}>
                <td class="wrap-none">
                  <StatusMark status={row.status} />{" "}
                  <a href={links.run(row.runId)}>{row.startMs === null ? row.runId : <Time ms={row.startMs} />}</a>
                </td>
                <td>
                  {kind === "pull_request" ? (
                    <a href={links.pullRequest(row.pullRequest ?? "")}>PR {row.pullRequest}</a>
                  ) : (
                    <bdi>{row.branch ?? ""}</bdi>
                  )}
                </td>
                <td>
                  <code>{row.commit?.slice(0, 7) ?? ""}</code>
                </td>
                <td class="number">{value === null ? <span class="muted">none</span> : metricText(numOf(value))}</td>
                <td>{flag === null ? "" : flagText(flag)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {shown.length < newest.length &&
        (room < MOST ? (
          <button type="button" onClick={() => setRoom(MOST)}>
            Show {newest.length > MOST ? `the newest ${MOST.toLocaleString("en")}` : `all ${newest.length}`}
          </button>
        ) : (
          <p class="muted">The newest {counted(room, "run")}; the CSV holds all.</p>
        ))}
    </details>
  );
}

function entriesCsv(entries: Entry[], { task, name }: MetricKey): string {
  const head = [
    "run",
    "started",
    "pipeline",
    "environment",
    "branch",
    "commit",
    "pull_request",
    "result",
    "task",
    "metric",
    "value",
    "stands_out",
  ];
  const lines = entries.map(({ row, value, flag }) => [
    row.runId,
    isoText(row.startMs),
    row.pipeline,
    row.environment,
    row.branch ?? "",
    row.commit ?? "",
    row.pullRequest ?? "",
    row.status,
    task,
    name,
    value === null ? "" : String(value),
    flag === null ? "" : flagText(flag),
  ]);
  return csvOf([head, ...lines]);
}
