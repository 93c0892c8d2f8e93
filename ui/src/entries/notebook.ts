/** How notebooks, Markdown and HTML become pages for the viewer frame, as a script of its own. */

import { notebookCells } from "../notebook/cells";
import { htmlPage, markdownHtml, notebookHtml } from "../notebook/page";

const notebook = { notebookHtml, markdownHtml, htmlPage, notebookCells };

export type NotebookLibrary = typeof notebook;

pdr.provide("notebook", notebook);
