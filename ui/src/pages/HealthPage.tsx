/** How the site itself is: what it could not read, how large it is, how old, and how to take its data elsewhere. */

import { useMemo } from "preact/hooks";
import { FORMAT, type Manifest } from "../data/contract";
import type { Row } from "../data/rows";
import { isIndexLoaded, manifest, missing, rows } from "../data/store";
import { Facts } from "../parts/Facts";
import { counted, sizeText } from "../parts/format";
import { Section } from "../parts/Section";
import { Time } from "../parts/Time";
import { links } from "../routing/links";
import { RawData } from "./health/RawData";
import { RunCounts } from "./health/RunCounts";
import { Stopped } from "./health/Scheduled";
import { Size } from "./health/Size";
import { type Schedule, scheduleOf } from "./health/schedule";
import { MissingFiles, Unfinished, Unreadable } from "./health/Trouble";

export function HealthPage(_: { query: URLSearchParams }) {
  const site = manifest.value;
  const schedule = useMemo(() => scheduleOf(rows.value, Date.now()), [rows.value]);
  if (site === null) {
    return null;
  }
  return (
    <>
      <h1>Health of this site</h1>
      {schedule?.isLate === true && <Stopped schedule={schedule} />}
      <About site={site} rows={rows.value} schedule={schedule} />
      <Unreadable unreadable={site.unreadable} />
      <Unfinished unfinished={site.unfinished} rows={rows.value} />
      <Size sizes={site.sizes} />
      <RunCounts rows={rows.value} />
      <MissingFiles missing={missing.value} />
      <RawData />
    </>
  );
}

function About({ site, rows: all, schedule }: { site: Manifest; rows: readonly Row[]; schedule: Schedule | null }) {
  const newest = all[0];
  const indexBytes = useMemo(() => sizeOfIndex(all), [all]);
  const builtMs = builtAt();
  return (
    <Section id="about" title="This site">
      <Facts
        facts={[
          [
            "Runs",
            `${all.length.toLocaleString("en")}${isIndexLoaded.value ? "" : ` of ${site.sizes.runs.toLocaleString("en")}`}`,
          ],
          newest !== undefined && [
            "Newest run",
            <a key="n" href={links.run(newest.runId)}>
              <Time ms={newest.startMs} relative />
            </a>,
          ],
          schedule !== null && [
            "Last scheduled run",
            <a key="s" href={links.run(schedule.newest.runId)}>
              <Time ms={schedule.startMs} relative />
            </a>,
          ],
          ["Index", `${sizeText(indexBytes)} in ${counted(site.chunks.length, "file")}`],
          ["Written by pdr", site.version],
          ["Format of its data", `${site.format}${site.format === FORMAT ? "" : `, this page reads ${FORMAT}`}`],
          site.live
            ? ["Served by", "pdr ui, follows the runs"]
            : builtMs !== null && ["Built, as its server says", <Time key="b" ms={builtMs} relative />],
        ]}
      />
    </Section>
  );
}

/** When the page's own file was written, as far as a server tells; a file on disk says only when it was copied. */
function builtAt(): number | null {
  const ms = Date.parse(document.lastModified);
  // Without a date of the server's, browsers give the present.
  const isKnown = location.protocol.startsWith("http") && Number.isFinite(ms) && performance.timeOrigin - ms > 5_000;
  return isKnown ? ms : null;
}

/** Before compression, as far as it is loaded. */
function sizeOfIndex(all: readonly Row[]): number {
  const chunks = new Set(all.map((row) => row.chunk));
  return [...chunks].reduce((bytes, chunk) => bytes + JSON.stringify(chunk).length, 0);
}
