/** Every run of a pull request, newest first. */

import { useState } from "preact/hooks";
import type { Row } from "../../data/rows";
import { Fork } from "../../parts/Fork";
import { counted } from "../../parts/format";
import { Scroll } from "../../parts/Scroll";
import { StatusBadge } from "../../parts/Status";
import { Duration, Time } from "../../parts/Time";
import { links } from "../../routing/links";

const FIRST = 50;

export function RunsTable({ runs, isMixed }: { runs: Row[]; isMixed: boolean }) {
  const [all, setAll] = useState(false);
  const shown = all ? runs : runs.slice(0, FIRST);
  return (
    <>
      <Scroll label="Runs">
        <table class="plain">
          <thead>
            <tr>
              <th>Run</th>
              <th>Result</th>
              {isMixed && <th>Pipeline</th>}
              <th>Commit</th>
              <th class="number">Duration</th>
              <th>Why</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={row.runId}>
                <td class="wrap-none">
                  <a href={links.run(row.runId)}>{row.startMs === null ? row.runId : <Time ms={row.startMs} />}</a>{" "}
                  {row.fork && <Fork isShort />}
                </td>
                <td>
                  <StatusBadge status={row.status} />
                </td>
                {isMixed && (
                  <td>
                    {row.pipeline} <span class="muted">{row.environment}</span>
                  </td>
                )}
                <td>
                  <code>{row.commit?.slice(0, 7) ?? ""}</code>
                </td>
                <td class="number">
                  <Duration seconds={row.durationS} />
                </td>
                <td class="said">
                  {row.problemTask !== null && row.problemTask !== "" && (
                    <a href={links.run(row.runId)}>{row.problemTask}</a>
                  )}{" "}
                  {row.problemError}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {shown.length < runs.length && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {counted(runs.length, "run")}
        </button>
      )}
    </>
  );
}
