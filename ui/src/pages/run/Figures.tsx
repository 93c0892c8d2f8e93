/** The figures of a run, or of one attempt. */

import { useState } from "preact/hooks";
import type { ArtifactDocument, RunDocument } from "../../data/contract";
import { Expired } from "../../parts/Expired";
import { counted } from "../../parts/format";
import { Image } from "../../parts/Image";
import { Section } from "../../parts/Section";
import { links } from "../../routing/links";

const FIRST = 12;

export function Figures({ run }: { run: RunDocument }) {
  const [all, setAll] = useState(false);
  const figures = run.tasks.flatMap((task) =>
    (task.attempts.at(-1)?.artifacts ?? []).filter(isFigure).map((artifact) => ({ task, artifact })),
  );
  const expired = run.tasks.reduce(
    (sum, task) => sum + (task.attempts.at(-1)?.artifacts ?? []).filter(isGone).length,
    0,
  );
  if (figures.length + expired === 0) {
    return null;
  }
  return (
    <Section id="figures" title="Figures">
      {expired > 0 && (
        <p>
          <Expired run={run} what={expired === 1 ? "One figure" : counted(expired, "figure")} />
        </p>
      )}
      <div class="gallery">
        {(all ? figures : figures.slice(0, FIRST)).map(({ task, artifact }) => (
          <figure key={`${task.id} ${artifact.name} ${artifact.sha256}`}>
            <Image run={run} artifact={artifact} />
            <figcaption>
              <a href={links.task(run.run_id, task.id)}>{task.id}</a> <bdi>{artifact.name}</bdi>
            </figcaption>
          </figure>
        ))}
      </div>
      {!all && figures.length > FIRST && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {counted(figures.length, "figure")}
        </button>
      )}
    </Section>
  );
}

function isGone(artifact: ArtifactDocument): boolean {
  return artifact.state === "expired" && isImageType(artifact.media_type);
}

/** What an `<img>` may show: there, SVG runs no script and loads nothing. */
export function isFigure(artifact: ArtifactDocument): boolean {
  return artifact.state === "complete" && isImageType(artifact.media_type);
}

export function isImageType(mediaType: string): boolean {
  return /^image\/(png|jpeg|gif|webp|svg\+xml|avif|bmp)$/.test(mediaType);
}
