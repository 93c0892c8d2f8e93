/** Addresses of all pages. They are kept in e-mails and pull requests: an address that was given out works for ever. */

import { address } from "./route";

export const links = {
  runs: (query: string | null = null) => address([], { q: query }),
  run: (runId: string) => address(["run", runId]),
  /** `cell` counts the notebook's cells from 0; `show` is the id of a section of the page. */
  task: (runId: string, taskId: string, at: { attempt?: number; cell?: number; show?: string } = {}) =>
    address(["run", runId, "task", taskId], {
      attempt: at.attempt === undefined ? null : String(at.attempt),
      cell: at.cell === undefined ? null : String(at.cell),
      show: at.show ?? null,
    }),
  compare: (runIds: string[]) => address(["compare"], { runs: runIds.join(",") }),
  notebookDiff: (taskId: string, runIds: [string, string]) =>
    address(["diff"], { task: taskId, runs: runIds.join(",") }),
  metrics: (query: string | null = null) => address(["metrics"], { q: query }),
  metric: (task: string, name: string) => address(["metric"], { task, name }),
  grid: (query: string | null = null) => address(["grid"], { q: query }),
  sweep: (query: string | null = null) => address(["sweep"], { q: query }),
  pullRequest: (number: string) => address(["pr", number]),
  health: () => address(["health"]),
};

const SAFE = /^(https?:|mailto:)/i;

/** `url` where it may stand in a link, else null: what a stranger wrote must not become `javascript:`. */
export function safeHref(url: unknown): string | null {
  if (typeof url !== "string") {
    return null;
  }
  const text = url.trim();
  return SAFE.test(text) && !hasControlCharacters(text) ? text : null;
}

function hasControlCharacters(text: string): boolean {
  return [...text].some((character) => character < " " || character === "\u007f");
}
