/** Files that could not be read, files of the site that did not load, and runs that have not ended. */

import { useState } from "preact/hooks";
import type { Manifest } from "../../data/contract";
import type { Row } from "../../data/rows";
import { attemptAddress } from "../../data/source";
import { External } from "../../parts/External";
import { counted } from "../../parts/format";
import { Scroll } from "../../parts/Scroll";
import { Section } from "../../parts/Section";
import { StatusBadge } from "../../parts/Status";
import { Time } from "../../parts/Time";
import { useRepository } from "../../parts/useRepository";
import { links } from "../../routing/links";

const FIRST = 50;

export function Unreadable({ unreadable }: { unreadable: Manifest["unreadable"] }) {
  const [all, setAll] = useState(false);
  const repository = useRepository();
  const shown = all ? unreadable : unreadable.slice(0, FIRST);
  return (
    <Section
      id="unreadable"
      title="Files that could not be read"
      note={<span class="muted">{counted(unreadable.length, "file")}</span>}
    >
      {unreadable.length === 0 ? (
        <p class="muted">None: every run log that was found is in this site.</p>
      ) : (
        <>
          <Scroll label="Unreadable files">
            <table class="plain">
              <thead>
                <tr>
                  <th>File</th>
                  <th>Why</th>
                </tr>
              </thead>
              <tbody>
                {shown.map(({ file, run_id, reason }) => (
                  <tr key={file}>
                    <th scope="row" class="said mono">
                      <bdi>{file}</bdi>
                      {run_id !== null && (
                        <span class="muted small of-task">
                          run{" "}
                          <External href={repository === null ? null : attemptAddress(repository, run_id)}>
                            <bdi>{run_id}</bdi>
                          </External>
                        </span>
                      )}
                    </th>
                    <td class="said">{reason}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
          {shown.length < unreadable.length && (
            <button type="button" onClick={() => setAll(true)}>
              Show all {counted(unreadable.length, "file")}
            </button>
          )}
          <p class="muted">
            All other runs are shown. Fetch such a file again if it was cut on its way; run the pipeline again if it was
            cut while it was written; delete it if it is no run log; build the site with a newer pdr if it says that its
            version is newer. Then build the site again: a file that can be read leaves this list. What could not be had
            from GitHub is tried again whenever the site is published, for as long as GitHub keeps it.
          </p>
        </>
      )}
    </Section>
  );
}

export function MissingFiles({ missing }: { missing: readonly string[] }) {
  return (
    <Section id="missing" title="Files of this site">
      {missing.length === 0 ? (
        <p class="muted">All that were asked for have been loaded.</p>
      ) : (
        <>
          <p>
            These could not be loaded, and the runs in them are missing on all pages: copy or publish the whole folder
            again, or build the site again.
          </p>
          <ul>
            {missing.map((name) => (
              <li key={name}>
                <code class="wrap">data/{name}.js</code>
              </li>
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}

export function Unfinished({ unfinished, rows }: { unfinished: Manifest["unfinished"]; rows: readonly Row[] }) {
  const [all, setAll] = useState(false);
  const found = rows.filter(
    ({ runId, status }) => Object.hasOwn(unfinished, runId) || status === "interrupted" || status === "running",
  );
  const shown = all ? found : found.slice(0, FIRST);
  return (
    <Section
      id="unfinished"
      title="Runs that have not ended"
      note={<span class="muted">{counted(found.length, "run")}</span>}
    >
      {found.length === 0 ? (
        <p class="muted">None.</p>
      ) : (
        <>
          <ul class="flags">
            {shown.map((row) => (
              <li key={row.runId}>
                <StatusBadge status={row.status} />
                <span>
                  <a class="mono" href={links.run(row.runId)}>
                    {row.runId}
                  </a>{" "}
                  <span class="muted">
                    <bdi>{row.pipeline}</bdi>, started <Time ms={row.startMs} relative />
                  </span>
                </span>
              </li>
            ))}
          </ul>
          {shown.length < found.length && (
            <button type="button" onClick={() => setAll(true)}>
              Show all {counted(found.length, "run")}
            </button>
          )}
          <p class="muted">
            A run that still goes on is brought up to date whenever the site is built. An interrupted one was ended from
            outside, by a reboot for instance: what it recorded until then is here.
          </p>
        </>
      )}
    </Section>
  );
}
