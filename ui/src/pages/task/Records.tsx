/** Everything else that the run log says of an attempt: options, process, cells, spans, and the records themselves. */

import { useState } from "preact/hooks";
import { piece } from "../../data/content";
import type { AttemptDocument, RunDocument, TaskDocument } from "../../data/contract";
import { hasDetails, hasMedia } from "../../data/pruned";
import { messageOf, runVersion } from "../../data/store";
import { Expired } from "../../parts/Expired";
import { Facts } from "../../parts/Facts";
import { counted, jsonText } from "../../parts/format";
import { Preformatted } from "../../parts/Scroll";
import { Section } from "../../parts/Section";
import { Duration, secondsBetween, Time } from "../../parts/Time";
import { Values } from "../run/AboutRun";

const MOST = 500;
const LONGEST = 4_000;

interface Props {
  run: RunDocument;
  task: TaskDocument;
  attempt: AttemptDocument;
}

export function Records({ run, task, attempt }: Props) {
  return (
    <Section id="records" title="Records">
      <Facts
        facts={[
          ["Attempt started", <Time key="s" ms={attempt.start_ms} />],
          ["Attempt ran", <Duration key="d" seconds={secondsBetween(attempt.start_ms, attempt.end_ms)} />],
          attempt.host !== null && ["Host", attempt.host],
          attempt.process_id !== null && ["Process", attempt.process_id],
        ]}
      />
      <Values title="Options" values={task.options} />
      {attempt.spans.length > 0 && (
        <details>
          <summary>
            Spans of user code <span class="muted">{attempt.spans.length}</span>
          </summary>
          <ul>
            {attempt.spans.slice(0, MOST).map((span) => (
              <li key={span.span_id} class="wrap">
                {span.failed && "failed: "}
                <b>{span.name}</b> <Duration seconds={secondsBetween(span.start_ms, span.end_ms)} />{" "}
                {Object.entries(span.attributes)
                  .map(([name, value]) => `${name}=${jsonText(value)}`)
                  .join(", ")}
              </li>
            ))}
          </ul>
        </details>
      )}
      {hasMedia(run) ? (
        <RawRecords run={run} task={task} attempt={attempt} />
      ) : (
        <p>
          <Expired run={run} what={hasDetails(run) ? "Its records" : "Its records, values, cells and spans"} />
        </p>
      )}
    </Section>
  );
}

/** The lines of the run log that belong to this attempt, as OpenTelemetry writes them. */
function RawRecords({ run, task, attempt }: Props) {
  const [found, setFound] = useState<"" | "loading" | { lines: string[] } | { error: string }>("");
  const look = async () => {
    setFound("loading");
    try {
      setFound({ lines: await linesOf(run, task, attempt) });
    } catch (error) {
      setFound({ error: messageOf(error) });
    }
  };
  if (typeof found === "string") {
    return (
      <button type="button" onClick={look} disabled={found === "loading"}>
        {found === "loading" ? "Reading the run log …" : "Show its records in the run log"}
      </button>
    );
  }
  if ("error" in found) {
    return <p class="failure-text">{found.error}</p>;
  }
  return (
    <>
      <h3>{counted(found.lines.length, "record")} of OpenTelemetry</h3>
      <Preformatted label="Records" whole>
        {found.lines
          .slice(0, MOST)
          .map((line) => (line.length > LONGEST ? `${line.slice(0, LONGEST)} … ${line.length} characters` : line))
          .join("\n")}
      </Preformatted>
      {found.lines.length > MOST && <p class="muted">The first {MOST} are shown; the run log holds the rest.</p>}
    </>
  );
}

async function linesOf(run: RunDocument, task: TaskDocument, attempt: AttemptDocument): Promise<string[]> {
  const ofTask = `"key":"cicd.pipeline.task.run.id","value":{"stringValue":${JSON.stringify(task.id)}}`;
  const ofAttempt = `"key":"pdr.attempt.number","value":{"intValue":"${attempt.number}"}`;
  const lines: string[] = [];
  for (const [number, { left_out }] of run.log.pieces.entries()) {
    if (!left_out) {
      const text = new TextDecoder().decode(await piece(run.run_id, number, runVersion(run.run_id)));
      lines.push(...text.split("\n").filter((line) => line.includes(ofTask) && line.includes(ofAttempt)));
    }
  }
  return lines;
}
