/** An artifact that can be read: Markdown and HTML in the viewer's frame, tables as tables, all else as text. */

import { artifactText } from "../../data/content";
import type { ArtifactDocument, RunDocument } from "../../data/contract";
import { runVersion } from "../../data/store";
import { RichText } from "../../notebook/RichText";
import { counted, sizeText } from "../../parts/format";
import { Preformatted, Scroll } from "../../parts/Scroll";
import { usePromise } from "../../parts/usePromise";
import { parseCsv } from "./parseCsv";

const LONGEST = 500_000;
const MOST_ROWS = 500;
const TEXT = /^(text\/.*|application\/(json|x-ndjson|xml|yaml|x-yaml|toml)|image\/svg\+xml)$/;

export function isText({ media_type, state }: ArtifactDocument): boolean {
  return state === "complete" && TEXT.test(media_type);
}

export function ArtifactText({ run, artifact }: { run: RunDocument; artifact: ArtifactDocument }) {
  const content = usePromise(
    () => artifactText(run, artifact, runVersion(run.run_id)),
    `${run.run_id} ${artifact.sha256}`,
  );
  if (content.state !== "ready") {
    return (
      <p class={content.state === "failed" ? "failure-text" : "muted"}>
        {content.state === "failed" ? content.error : "Loading …"}
      </p>
    );
  }
  const text = content.value;
  if (text.length <= LONGEST && (artifact.media_type === "text/markdown" || /\.(md|markdown)$/i.test(artifact.name))) {
    return <RichText kind="markdown" text={text} />;
  }
  if (text.length <= 8 * LONGEST && artifact.media_type === "text/html") {
    return <RichText kind="html" text={text} />;
  }
  if (text.length <= LONGEST && /^text\/(csv|tab-separated-values)$/.test(artifact.media_type)) {
    return <Table rows={parseCsv(text, artifact.media_type === "text/csv" ? "," : "\t")} />;
  }
  return (
    <>
      <Preformatted label={artifact.name}>
        {artifact.media_type === "application/json" ? prettyJson(text) : text.slice(0, LONGEST)}
      </Preformatted>
      {text.length > LONGEST && (
        <p class="muted">The first {sizeText(LONGEST)} are shown; download the file for the rest.</p>
      )}
    </>
  );
}

function Table({ rows }: { rows: string[][] }) {
  const [head = [], ...body] = rows;
  return (
    <Scroll label="Table">
      <table class="plain">
        <thead>
          <tr>
            {head.map((name, at) => (
              <th key={at}>{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {body.slice(0, MOST_ROWS).map((row, at) => (
            <tr key={at}>
              {row.map((field, column) => (
                <td key={column}>{field}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {body.length > MOST_ROWS && (
        <p class="muted">
          The first {MOST_ROWS} of {counted(body.length, "row")}.
        </p>
      )}
    </Scroll>
  );
}

function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2).slice(0, LONGEST);
  } catch {
    return text.slice(0, LONGEST);
  }
}
