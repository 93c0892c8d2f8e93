/** An evaluated notebook: its outline and switches, and the frame that shows it. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { library } from "../data/library";
import { sizeText } from "../parts/format";
import { usePromise } from "../parts/usePromise";
import { Viewer } from "../viewer/Viewer";
import type { NotebookPage } from "./page";

export interface NotebookViewProps {
  ipynb: string;
  /** Whether the notebook's own scripts run from the start; else the reader is asked, where it has any. */
  runScripts: boolean;
  /** The notebook's name, for people. */
  name: string;
  /** The cell to go to, counted from 0. */
  cell: number | null;
  /** A cell's number was clicked: the address should name it. */
  onCell?: (index: number) => void;
}

// Beyond that a notebook takes seconds to show: the reader decides.
const LARGE = 10 * 1024 * 1024;

export function NotebookView(props: NotebookViewProps) {
  const [wanted, setWanted] = useState<string | null>(null);
  if (props.ipynb.length > LARGE && wanted !== props.ipynb) {
    return (
      <p>
        This notebook is large ({sizeText(props.ipynb.length)}): it may take a while to show.{" "}
        <button type="button" onClick={() => setWanted(props.ipynb)}>
          Show the notebook
        </button>
      </p>
    );
  }
  return <LoadedNotebook {...props} />;
}

function LoadedNotebook(props: NotebookViewProps) {
  const loaded = usePromise(() => library("notebook"), "");
  const page = useMemo(
    () => (loaded.state === "ready" ? loaded.value.notebookHtml(props.ipynb) : null),
    [loaded, props.ipynb],
  );
  if (loaded.state === "failed") {
    return <p role="alert">The notebook cannot be shown: {loaded.error}.</p>;
  }
  return page === null ? <p class="viewer-word">Loading …</p> : <ShownNotebook page={page} {...props} />;
}

function ShownNotebook({ page, runScripts, name, cell, onCell }: NotebookViewProps & { page: NotebookPage }) {
  const [hideCode, setHideCode] = useState(false);
  const [scripts, setScripts] = useState(runScripts);
  const [place, setPlace] = useState<{ id: string } | null>(null);
  useEffect(() => setPlace(cell === null ? null : { id: `cell-${cell}` }), [cell]);
  // What the reader allowed one notebook is not allowed to the next: `page` stands for it.
  useEffect(() => setScripts(runScripts), [page, runScripts]);
  return (
    <div>
      <div class="notebook-bar">
        <Outline page={page} onGo={(id) => setPlace({ id })} />
        {page.failedCell !== null && (
          <button type="button" onClick={() => setPlace({ id: page.failedCell ?? "" })}>
            Jump to the failed cell
          </button>
        )}
        <button type="button" aria-pressed={hideCode} onClick={() => setHideCode(!hideCode)}>
          {hideCode ? "Show code" : "Hide code"}
        </button>
        {page.hasScripts && !scripts && <ScriptsButton onRun={() => setScripts(true)} />}
      </div>
      <div class="notebook-frame">
        <Viewer
          page={page}
          scripts={scripts && page.hasScripts}
          title={name}
          hideCode={hideCode}
          scrollTo={place}
          onCell={onCell}
        />
      </div>
    </div>
  );
}

function Outline({ page, onGo }: { page: NotebookPage; onGo: (id: string) => void }) {
  if (page.outline.length === 0) {
    return <span class="notebook-outline" />;
  }
  return (
    <details class="notebook-outline">
      <summary>Outline</summary>
      <ol>
        {page.outline.map((heading) => (
          <li key={heading.id} style={{ paddingLeft: `${heading.level - 1}rem` }}>
            <button type="button" class="quiet" onClick={() => onGo(heading.id)}>
              {heading.text || "(no text)"}
            </button>
          </li>
        ))}
      </ol>
    </details>
  );
}

function ScriptsButton({ onRun }: { onRun: () => void }) {
  return (
    <>
      <button type="button" onClick={onRun}>
        Run this notebook’s scripts
      </button>
      <p class="notebook-scripts">
        Some outputs need scripts that came with the notebook. They run walled in: they cannot read this site or load
        anything, but may show whatever they like in the notebook’s frame. Run them only if you trust its author.
      </p>
    </>
  );
}
