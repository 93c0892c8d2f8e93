/** How large the site is, beside what GitHub Pages takes. */

import type { Manifest } from "../../data/contract";
import { counted, sizeText } from "../../parts/format";
import { Notice } from "../../parts/Notice";
import { Section } from "../../parts/Section";
import { links } from "../../routing/links";

/** GitHub Docs, "GitHub Pages limits": published sites may be no larger than 1 GB. */
const LIMIT_BYTES = 1_000_000_000;
const WARNING_BYTES = 700_000_000;
const HEAVIEST = 10;

export function Size({ sizes }: { sizes: Manifest["sizes"] }) {
  const share = sizes.data_bytes / LIMIT_BYTES;
  const percent = share >= 0.1 ? Math.round(share * 100) : Math.round(share * 1000) / 10;
  const largest = Math.max(1, ...sizes.heaviest.map(({ size_bytes }) => size_bytes));
  return (
    <Section id="size" title="Size">
      {sizes.data_bytes >= WARNING_BYTES && (
        <Notice
          kind={share >= 1 ? "failure" : "warning"}
          title={share >= 1 ? "It is larger than GitHub Pages allows" : "It is near what GitHub Pages allows"}
          text="Build it with a smaller --most-bytes: notebooks, figures and artifacts of pull requests go first, then those of old runs. Or log smaller artifacts. The heaviest runs are listed below."
        />
      )}
      <p>
        The data of all runs: <b>{sizeText(sizes.data_bytes)}</b>, {percent} % of the 1 GB that GitHub Pages takes.
      </p>
      <meter
        class="size-bar"
        aria-label="Share of 1 GB"
        min={0}
        max={LIMIT_BYTES}
        low={WARNING_BYTES}
        high={LIMIT_BYTES * 0.95}
        optimum={0}
        value={sizes.data_bytes}
      />
      <ExpiredParts sizes={sizes} />
      {sizes.heaviest.length > 0 && (
        <>
          <h3>Heaviest runs</h3>
          <ul class="heavy">
            {sizes.heaviest.slice(0, HEAVIEST).map(({ run_id, size_bytes }) => (
              <li key={run_id}>
                <a class="mono wrap" href={links.run(run_id)}>
                  {run_id}
                </a>
                <span class="heavy-bar" aria-hidden="true">
                  <span style={{ width: `${(100 * size_bytes) / largest}%` }} />
                </span>
                <span class="figure">{sizeText(size_bytes)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}

/** What is not there any more, so that the rest has room. */
function ExpiredParts({ sizes: { pruned, runs } }: { sizes: Manifest["sizes"] }) {
  if (pruned === undefined) {
    return null;
  }
  const { media, details } = pruned;
  return media + details === 0 ? (
    <p class="muted">No run has expired parts.</p>
  ) : (
    <>
      <p>
        Of {counted(runs, "run")}, {counted(media + details, "run")} {media + details === 1 ? "has" : "have"} expired
        parts, which were removed to keep the site within its size:
      </p>
      <ul>
        {media > 0 && <li>{counted(media, "run")} without notebooks, figures, artifacts and run log</li>}
        {details > 0 && (
          <li>{counted(details, "run")} with a summary alone: result, tasks, times, parameters and last metrics</li>
        )}
      </ul>
    </>
  );
}
