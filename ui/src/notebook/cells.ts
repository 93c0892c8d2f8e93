/** A notebook's cells as a comparison of two notebooks needs them. */

import { type Output, readNotebook } from "./model";
import { plainText } from "./terminal";

export interface NotebookCell {
  kind: "markdown" | "code" | "raw";
  source: string;
  /** What the outputs say in words, one after the other, without colours; of data its plainest text. */
  outputsText: string;
  /** The content of each image of the outputs, after its media type: equal texts mean equal images. No hash: one that is fast can be forged. */
  images: string[];
  /** Whether an output is an error. */
  failed: boolean;
}

/** In their order; of a notebook that cannot be read, none. */
export function notebookCells(ipynb: string): NotebookCell[] {
  return readNotebook(ipynb).cells.map((cell) => ({
    kind: cell.kind,
    source: cell.source,
    outputsText: cell.outputs.map(textOf).filter(Boolean).join("\n"),
    images: cell.outputs.flatMap(imagesOf),
    failed: cell.outputs.some((output) => output.kind === "error"),
  }));
}

function textOf(output: Output): string {
  switch (output.kind) {
    case "stream":
      return plainText(output.text);
    case "error":
      return plainText(output.traceback);
    case "unknown":
      return `output of type ${output.type}`;
    case "data":
      return dataText(output.data);
  }
}

const TEXT_TYPES = ["text/plain", "text/markdown", "text/latex", "text/html"];

function dataText(data: Map<string, unknown>): string {
  for (const type of TEXT_TYPES) {
    const text = contentText(data.get(type));
    if (text !== "") {
      return plainText(text);
    }
  }
  return JSON.stringify(data.get("application/json")) ?? "";
}

function imagesOf(output: Output): string[] {
  if (output.kind !== "data") {
    return [];
  }
  return [...output.data]
    .filter(([type]) => type.startsWith("image/"))
    .map(([type, content]) => `${type}:${contentText(content).replace(/\s+$/, "")}`);
}

function contentText(value: unknown): string {
  if (Array.isArray(value)) {
    return value.filter((line) => typeof line === "string").join("");
  }
  return typeof value === "string" ? value : "";
}
