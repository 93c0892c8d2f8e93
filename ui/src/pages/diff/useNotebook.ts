/** The evaluated notebook of one side, or in words why there is none. */

import { artifactText } from "../../data/content";
import type { AttemptDocument, RunDocument, TaskDocument } from "../../data/contract";
import { loadRun, messageOf, runVersion } from "../../data/store";
import { type NotebookCell, notebookCells } from "../../notebook/cells";
import { readNotebook } from "../../notebook/model";
import { expiredText } from "../../parts/Expired";
import { sizeText } from "../../parts/format";
import { type Loaded, usePromise } from "../../parts/usePromise";

export interface Side {
  runId: string;
  taskId: string;
  run: RunDocument | null;
  task: TaskDocument | null;
  /** Null where there is nothing to compare; `problem` says why, or what is missing of the cells. */
  cells: NotebookCell[] | null;
  problem: string | null;
}

export function useNotebook(runId: string, taskId: string): Loaded<Side> {
  return usePromise(() => sideOf(runId, taskId), JSON.stringify([runId, taskId, runVersion(runId)]));
}

async function sideOf(runId: string, taskId: string): Promise<Side> {
  const none: Side = { runId, taskId, run: null, task: null, cells: null, problem: null };
  let run: RunDocument;
  try {
    run = await loadRun(runId);
  } catch {
    return { ...none, problem: "This site has no such run, or its file cannot be loaded." };
  }
  const task = run.tasks.find(({ id }) => id === taskId) ?? null;
  if (task === null) {
    return { ...none, run, problem: "This run has no such task." };
  }
  const attempt = task.attempts.at(-1);
  if (attempt === undefined) {
    return { ...none, run, task, problem: "The task was not run." };
  }
  try {
    return { ...none, run, task, ...(await cellsOf(run, attempt)) };
  } catch (error) {
    return { ...none, run, task, problem: `The notebook cannot be loaded: ${messageOf(error)}.` };
  }
}

async function cellsOf(run: RunDocument, attempt: AttemptDocument): Promise<Pick<Side, "cells" | "problem">> {
  const notebook = attempt.artifacts.findLast(({ kind }) => kind === "notebook");
  switch (notebook?.state) {
    case undefined:
      return { cells: null, problem: "The task left no notebook." };
    case "incomplete":
      return { cells: null, problem: "The notebook is incomplete: its process ended while it was written." };
    case "left_out":
      return {
        cells: null,
        problem: `The notebook has ${sizeText(notebook.size_bytes)}, too much for this site. The run log holds it.`,
      };
    case "expired":
      return { cells: null, problem: expiredText(run, "The notebook") };
    case "complete": {
      const text = await artifactText(run, notebook, runVersion(run.run_id));
      return { cells: notebookCells(text), problem: readNotebook(text).problem };
    }
  }
}
