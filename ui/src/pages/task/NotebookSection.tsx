/** The evaluated notebook of an attempt. */

import { artifactBytes, artifactText } from "../../data/content";
import type { AttemptDocument, RunDocument } from "../../data/contract";
import { runVersion } from "../../data/store";
import { NotebookView } from "../../notebook/NotebookView";
import { Download } from "../../parts/Download";
import { Expired } from "../../parts/Expired";
import { sizeText } from "../../parts/format";
import { Section } from "../../parts/Section";
import { usePromise } from "../../parts/usePromise";
import { changeQuery } from "../../routing/route";

interface Props {
  run: RunDocument;
  attempt: AttemptDocument;
  query: URLSearchParams;
}

export function NotebookSection({ run, attempt, query }: Props) {
  const notebook = attempt.artifacts.findLast(({ kind }) => kind === "notebook");
  const version = runVersion(run.run_id);
  const content = usePromise(
    async () => (notebook?.state === "complete" ? await artifactText(run, notebook, version) : null),
    `${run.run_id} ${notebook?.sha256} ${notebook?.state}`,
  );
  if (notebook === undefined) {
    return null;
  }
  const cell = query.get("cell");
  return (
    <Section
      id="notebook"
      title="Notebook"
      note={
        notebook.state === "complete" && (
          <Download name={notebook.name} content={() => artifactBytes(run, notebook, version)}>
            {notebook.name} ({sizeText(notebook.size_bytes)})
          </Download>
        )
      }
    >
      {notebook.state === "incomplete" && <p>The notebook is incomplete: its process ended while it was written.</p>}
      {notebook.state === "expired" && (
        <p>
          <Expired run={run} what="The notebook" />
        </p>
      )}
      {notebook.state === "left_out" && (
        <p>The notebook has {sizeText(notebook.size_bytes)}, too much for this site. The run log holds it.</p>
      )}
      {content.state === "loading" && <p class="muted">Loading the notebook …</p>}
      {content.state === "failed" && <p class="failure-text">{content.error}</p>}
      {content.state === "ready" && content.value !== null && (
        <NotebookView
          ipynb={content.value}
          name={notebook.name}
          // Whose notebook it is, nobody knows: what the run log says of it, a stranger can have written. The reader decides.
          runScripts={false}
          onCell={(index) => changeQuery({ cell: String(index) })}
          cell={cell === null || !/^\d+$/.test(cell) ? null : Number(cell)}
        />
      )}
    </Section>
  );
}
