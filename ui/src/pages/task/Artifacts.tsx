/** The files that an attempt recorded: pictures and texts are shown, everything can be taken along. */

import { useState } from "preact/hooks";
import { artifactBytes } from "../../data/content";
import type { ArtifactDocument, AttemptDocument, RunDocument } from "../../data/contract";
import { runVersion } from "../../data/store";
import { Download } from "../../parts/Download";
import { Expired } from "../../parts/Expired";
import { sizeText } from "../../parts/format";
import { Image } from "../../parts/Image";
import { Scroll } from "../../parts/Scroll";
import { Section } from "../../parts/Section";
import { isFigure } from "../run/Figures";
import { ArtifactText, isText } from "./ArtifactText";

export function Artifacts({ run, attempt }: { run: RunDocument; attempt: AttemptDocument }) {
  const artifacts = attempt.artifacts.filter(({ kind }) => kind !== "notebook");
  if (artifacts.length === 0) {
    return null;
  }
  const figures = artifacts.filter(isFigure);
  return (
    <Section id="artifacts" title="Artifacts">
      {artifacts.some(({ state }) => state === "expired") && (
        <p>
          <Expired run={run} what="The files" />
        </p>
      )}
      {figures.length > 0 && (
        <div class="gallery">
          {figures.map((artifact) => (
            <figure key={`${artifact.name} ${artifact.sha256}`}>
              <Image run={run} artifact={artifact} />
              <figcaption>
                <bdi>{artifact.name}</bdi>
              </figcaption>
            </figure>
          ))}
        </div>
      )}
      <Scroll label="Artifacts">
        <table class="plain">
          <thead>
            <tr>
              <th>Name</th>
              <th>Type</th>
              <th class="number">Size</th>
              <th>SHA-256</th>
              <th>File</th>
            </tr>
          </thead>
          <tbody>
            {artifacts.map((artifact) => (
              <ArtifactRows key={`${artifact.name} ${artifact.chunks[0]?.join()}`} run={run} artifact={artifact} />
            ))}
          </tbody>
        </table>
      </Scroll>
    </Section>
  );
}

function ArtifactRows({ run, artifact }: { run: RunDocument; artifact: ArtifactDocument }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <tr>
        <th scope="row">
          <bdi class="wrap">{artifact.name}</bdi>
        </th>
        <td>
          <code>{artifact.media_type}</code>
        </td>
        <td class="number">{sizeText(artifact.size_bytes)}</td>
        <td>
          <code title={artifact.sha256 ?? ""}>{artifact.sha256?.slice(0, 12)}</code>
        </td>
        <td class="actions">
          {artifact.state === "incomplete" && <span class="muted">incomplete: its process ended while it wrote</span>}
          {artifact.state === "expired" && <span class="muted">expired</span>}
          {artifact.state === "left_out" && <span class="muted">too large for this site; the run log holds it</span>}
          {artifact.state === "complete" && (
            <>
              {isText(artifact) && (
                <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
                  {open ? "Hide" : "Show"}
                </button>
              )}
              <Download name={artifact.name} content={() => artifactBytes(run, artifact, runVersion(run.run_id))}>
                Download
              </Download>
            </>
          )}
        </td>
      </tr>
      {open && (
        <tr>
          <td colSpan={5}>
            <ArtifactText run={run} artifact={artifact} />
          </td>
        </tr>
      )}
    </>
  );
}
