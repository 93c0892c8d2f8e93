/** What an attempt printed: colours, search, numbered lines with addresses, and only the lines near the window. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { AttemptDocument, OutputDocument, RunDocument } from "../../data/contract";
import { hasDetails } from "../../data/pruned";
import { Ansi } from "../../parts/Ansi";
import { Download } from "../../parts/Download";
import { Expired } from "../../parts/Expired";
import { counted, sizeText } from "../../parts/format";
import { Section } from "../../parts/Section";
import { usePromise } from "../../parts/usePromise";
import { changeQuery } from "../../routing/route";
import { everything } from "./more";

const LINE_PX = 20;
const BOX_PX = 480;
const MARGIN_LINES = 30;

interface Line {
  number: number;
  stream: string;
  text: string;
}

interface Props {
  run: RunDocument;
  attempt: AttemptDocument;
  query: URLSearchParams;
}

export function Log({ run, attempt, query }: Props) {
  const loaded = usePromise(
    async () => (await everything(run, attempt)).outputs,
    `${run.run_id} ${attempt.number} ${attempt.more} ${attempt.outputs.length}`,
  );
  const [wanted, setWanted] = useState("");
  const lines = useMemo(() => (loaded.state === "ready" ? linesOf(loaded.value) : []), [loaded]);
  const found = useMemo(() => {
    const part = wanted.toLowerCase();
    return part === "" ? lines : lines.filter(({ text }) => text.toLowerCase().includes(part));
  }, [lines, wanted]);
  if (!hasDetails(run)) {
    return (
      <Section id="log" title="Log">
        <p>
          <Expired run={run} what="What it printed" />
        </p>
      </Section>
    );
  }
  if (attempt.outputs.length === 0) {
    return null;
  }
  const dropped = attempt.outputs.reduce((sum, output) => sum + output.dropped_bytes, 0);
  return (
    <Section
      id="log"
      title="Log"
      note={
        <span class="actions">
          <input
            type="search"
            placeholder={`Find in ${counted(lines.length, "line")}`}
            aria-label="Find in the log"
            value={wanted}
            onInput={(event) => setWanted(event.currentTarget.value)}
          />
          <Download name="log.txt" content={async () => lines.map(({ text }) => text).join("\n")}>
            Text
          </Download>
        </span>
      }
    >
      {dropped > 0 && <p>{sizeText(dropped)} more were printed and not kept.</p>}
      {loaded.state === "failed" && <p class="failure-text">{loaded.error}</p>}
      {loaded.state === "loading" && <p class="muted">Loading the log …</p>}
      {loaded.state === "ready" && <Lines lines={found} marked={Number(query.get("line"))} />}
    </Section>
  );
}

function Lines({ lines, marked }: { lines: Line[]; marked: number }) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useEffect(() => {
    const at = lines.findIndex(({ number }) => number === marked);
    if (at >= 0) {
      box.current?.scrollTo(0, Math.max(0, (at - 3) * LINE_PX));
      box.current?.scrollIntoView({ block: "nearest" });
    }
  }, [marked]);
  const first = Math.max(0, Math.floor(top / LINE_PX) - MARGIN_LINES);
  const shown = lines.slice(first, first + Math.ceil(BOX_PX / LINE_PX) + 2 * MARGIN_LINES);
  return (
    <div
      ref={box}
      class="log lines"
      role="log"
      aria-label="Log"
      tabIndex={0}
      style={{ maxHeight: `${BOX_PX}px` }}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      <div style={{ height: `${lines.length * LINE_PX}px`, paddingTop: `${first * LINE_PX}px` }}>
        {shown.map((line) => (
          <div key={line.number} class={`line ${line.stream} ${line.number === marked ? "marked" : ""}`}>
            <a
              href={location.hash}
              aria-label={`Address of line ${line.number}`}
              onClick={(event) => {
                event.preventDefault();
                changeQuery({ line: String(line.number) });
              }}
            >
              {line.number}
            </a>
            <span>
              <Ansi text={line.text} />
            </span>
          </div>
        ))}
      </div>
    </div>
  );
}

/** Lines in the order in which they were printed; a line that another stream interrupts stays in pieces. */
function linesOf(outputs: OutputDocument[]): Line[] {
  const lines: Line[] = [];
  let open: Line | null = null;
  for (const { stream, text } of outputs) {
    const parts = text.split("\n");
    parts.forEach((part, at) => {
      // A progress bar writes its line again and again: what counts is what was written last.
      const last = part.replace(/\r+$/, "").split("\r").pop() ?? "";
      if (at === 0 && open !== null && open.stream === stream) {
        open.text += last;
      } else if (at < parts.length - 1 || last !== "") {
        open = { number: lines.length + 1, stream, text: last };
        lines.push(open);
      }
      if (at < parts.length - 1) {
        open = null;
      }
    });
  }
  return lines;
}
