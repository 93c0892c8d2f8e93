/** An evaluated notebook as what the viewer frame shows. Pure: text in, text out; it never throws. */

import { highlightedCell } from "./highlight";
import { escaped, fragment, note } from "./html";
import { type Heading, type MarkdownContext, markdownFragment, newBudget } from "./markdown";
import { newMacros } from "./math";
import { type Cell, type Notebook, readNotebook } from "./model";
import { outputHtml, preformatted } from "./outputs";

/** What the viewer frame shows, and what is known of it. */
export interface RichPage {
  html: string;
  /** Whether it holds scripts or handlers of its own, which only run where the reader wants them to. */
  hasScripts: boolean;
  hasPlotly: boolean;
  outline: Heading[];
}

export interface NotebookPage extends RichPage {
  /** Id of the first cell that failed: `cell-3`. */
  failedCell: string | null;
  cells: number;
}

export function notebookHtml(ipynb: string): NotebookPage {
  const notebook = readNotebook(ipynb);
  const outline: Heading[] = [];
  const shared = { outline, macros: newMacros(), budget: newBudget() };
  const cells = notebook.cells.map((cell, index) => cellHtml(cell, index, notebook, shared));
  const failed = notebook.cells.findIndex(hasFailed);
  return {
    ...facts(problemHtml(notebook) + cells.join("")),
    outline,
    failedCell: failed === -1 ? null : cellId(failed),
    cells: notebook.cells.length,
  };
}

/** A text in Markdown. */
export function markdownHtml(text: string): RichPage {
  const outline: Heading[] = [];
  const context = { id: "text", macros: newMacros(), budget: newBudget(), attachments: new Map(), outline };
  return { ...facts(`<article class="document">${markdownFragment(text, context)}</article>`), outline };
}

/** A page of HTML, with its own styles, on white paper. */
export function htmlPage(html: string): RichPage {
  return { ...facts(fragment(html, "html paper document")), outline: [] };
}

export function cellId(index: number): string {
  return `cell-${index}`;
}

/** Escaped text holds no quotes: what is looked for here stands in a tag. */
function facts(html: string): Pick<RichPage, "html" | "hasScripts" | "hasPlotly"> {
  return {
    html,
    hasScripts: html.includes(' data-script="') || html.includes(' data-scripts="'),
    hasPlotly: html.includes(' data-figure="'),
  };
}

function problemHtml(notebook: Notebook): string {
  if (notebook.problem !== null) {
    return note(notebook.problem, "problem");
  }
  return notebook.cells.length === 0 ? note("This notebook has no cells.", "problem") : "";
}

function hasFailed(cell: Cell): boolean {
  return cell.outputs.some((output) => output.kind === "error");
}

/** What all cells of a notebook share. */
type Shared = Pick<MarkdownContext, "outline" | "macros" | "budget">;

function cellHtml(cell: Cell, index: number, notebook: Notebook, shared: Shared): string {
  const failed = hasFailed(cell);
  const id = cellId(index);
  const context = { id, attachments: cell.attachments, ...shared };
  const parts =
    cell.kind === "code"
      ? [sourceHtml(cell, notebook.language), outputsHtml(cell, (output) => outputHtml(output, context))]
      : [cell.kind === "raw" ? preformatted(cell.source, "raw") : markdownFragment(cell.source, context)];
  const classes = `cell ${cell.kind}${failed ? " failed" : ""}`;
  return `<section class="${classes}" id="${id}" data-cell="${index}">${promptHtml(cell, index, failed)}<div class="body">${parts.join("")}</div></section>\n`;
}

function promptHtml(cell: Cell, index: number, failed: boolean): string {
  const count = cell.kind === "code" ? `[${cell.executionCount ?? " "}]` : "#";
  const label = `${count}: link to cell ${index + 1}${failed ? ", which failed" : ""}`;
  const mark = failed ? '<strong class="mark">failed</strong>' : "";
  return `<div class="own prompt"><a href="#${cellId(index)}" data-link="${index}" aria-label="${label}" title="${label}">${count}</a>${mark}</div>`;
}

function sourceHtml(cell: Cell, language: string): string {
  if (cell.source.trim() === "") {
    return "";
  }
  const parameters = cell.isParameters ? note("Parameters of this run", "label") : "";
  const source = `<div class="source">${parameters}<pre class="code"><code>${highlightedCell(cell.source, language)}\n</code></pre></div>`;
  return cell.sourceHidden ? folded("Code", source) : source;
}

function outputsHtml(cell: Cell, html: (output: Cell["outputs"][number]) => string): string {
  if (cell.outputs.length === 0) {
    return "";
  }
  const outputs = cell.outputs.map((output) => `<div class="output">${html(output)}</div>`).join("");
  const all = `<div class="outputs">${outputs}</div>`;
  return cell.outputsHidden ? folded("Outputs", all) : all;
}

function folded(what: string, html: string): string {
  return `<details class="folded"><summary class="own">${escaped(what)}, hidden by the author</summary>${html}</details>`;
}
