/**
 * A notebook as plain data, whatever its version (nbformat 3, 4.0 to 4.5) and however damaged: reading never throws.
 * All of it comes from a stranger. What has a wrong type counts as absent.
 */

export interface Notebook {
  /** As highlight.js and people write it: `python`. */
  language: string;
  cells: Cell[];
  /** Why there is nothing (or less than there was) to show, as a sentence. */
  problem: string | null;
}

export interface Cell {
  kind: "markdown" | "code" | "raw";
  source: string;
  /** Null for a cell that was not run, or is no code. */
  executionCount: number | null;
  outputs: Output[];
  /** Images within a Markdown cell: name, then media type, then content. */
  attachments: Map<string, Map<string, string>>;
  /** Hidden by its author, with `metadata.jupyter` or the older `metadata.collapsed`. */
  sourceHidden: boolean;
  outputsHidden: boolean;
  /** Written by papermill: the parameters of this run. */
  isParameters: boolean;
}

export type Output =
  | { kind: "stream"; name: string; text: string }
  | { kind: "error"; name: string; message: string; traceback: string }
  | { kind: "data"; isResult: boolean; data: Map<string, unknown>; size: Map<string, ImageSize> }
  | { kind: "unknown"; type: string };

/** What the notebook says of an image's size and background, by media type. */
export interface ImageSize {
  width: number | null;
  height: number | null;
  background: "light" | "dark" | null;
}

type Fields = { [name: string]: unknown };

const HEADING_LEVELS = 6;

export function readNotebook(ipynb: string): Notebook {
  let content: unknown;
  try {
    content = JSON.parse(ipynb);
  } catch (error) {
    return unreadable(`This is not a notebook: it is not valid JSON (${(error as Error).message}).`);
  }
  if (!isFields(content)) {
    return unreadable("This is not a notebook: a notebook is a JSON object.");
  }
  const rawCells = cellsOf(content);
  if (rawCells === null) {
    return unreadable("This is not a notebook: it has no list of cells.");
  }
  const language = languageOf(content);
  const cells: Cell[] = [];
  let damaged = 0;
  for (const raw of rawCells) {
    const cell = isFields(raw) ? readCell(raw) : null;
    if (cell === null) {
      damaged += 1;
    } else {
      cells.push(cell);
    }
  }
  const problem = damaged === 0 ? null : `${damaged} of ${rawCells.length} cells are damaged and not shown.`;
  return { language, cells, problem };
}

/** Text that a notebook holds as one string or as a list of lines. */
export function joined(value: unknown): string {
  if (typeof value === "string") {
    return value;
  }
  return Array.isArray(value) ? value.filter((line) => typeof line === "string").join("") : "";
}

function unreadable(problem: string): Notebook {
  return { language: "python", cells: [], problem };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function cellsOf(content: Fields): unknown[] | null {
  if (Array.isArray(content.cells)) {
    return content.cells;
  }
  // nbformat 3 and older keep cells in worksheets.
  if (!Array.isArray(content.worksheets)) {
    return null;
  }
  return content.worksheets.flatMap((sheet) => list(fields(sheet).cells));
}

function languageOf(content: Fields): string {
  const metadata = fields(content.metadata);
  const name = fields(metadata.language_info).name ?? fields(metadata.kernelspec).language;
  return typeof name === "string" ? name.toLowerCase() : "python";
}

function readCell(raw: Fields): Cell | null {
  const metadata = fields(raw.metadata);
  const jupyter = fields(metadata.jupyter);
  const cell: Cell = {
    kind: "code",
    source: joined(raw.source ?? raw.input),
    executionCount: countOf(raw.execution_count ?? raw.prompt_number),
    outputs: [],
    attachments: attachmentsOf(raw.attachments),
    sourceHidden: jupyter.source_hidden === true,
    outputsHidden: jupyter.outputs_hidden === true || metadata.collapsed === true,
    isParameters: list(metadata.tags).includes("injected-parameters"),
  };
  switch (raw.cell_type) {
    case "code":
      cell.outputs = oneStream(list(raw.outputs).map((output) => readOutput(fields(output))));
      return cell;
    case "markdown":
    case "html":
      return { ...cell, kind: "markdown" };
    case "heading":
      return { ...cell, kind: "markdown", source: `${"#".repeat(levelOf(raw.level))} ${cell.source}` };
    case "raw":
    case "plaintext":
      return { ...cell, kind: "raw" };
    default:
      return null;
  }
}

function countOf(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function levelOf(value: unknown): number {
  return Math.min(Math.max(Math.round(countOf(value) ?? 1), 1), HEADING_LEVELS);
}

function attachmentsOf(value: unknown): Map<string, Map<string, string>> {
  return new Map(
    Object.entries(fields(value)).map(([name, bundle]) => [
      name,
      new Map(Object.entries(fields(bundle)).map(([type, content]) => [type, joined(content)])),
    ]),
  );
}

function readOutput(raw: Fields): Output {
  const type = raw.output_type;
  switch (type) {
    case "stream": {
      const name = raw.name ?? raw.stream;
      return { kind: "stream", name: name === "stderr" ? "stderr" : "stdout", text: joined(raw.text) };
    }
    case "error":
    case "pyerr":
      return readError(raw);
    case "display_data":
    case "execute_result":
    case "pyout":
      return {
        kind: "data",
        isResult: type !== "display_data",
        data: isFields(raw.data) ? new Map(Object.entries(raw.data)) : oldData(raw),
        size: sizesOf(fields(raw.metadata)),
      };
    default:
      return { kind: "unknown", type: typeof type === "string" ? type : "none" };
  }
}

/** What was printed in several goes, as one text: a progress bar prints over what came before. */
function oneStream(outputs: Output[]): Output[] {
  const merged: Output[] = [];
  for (const output of outputs) {
    const last = merged.at(-1);
    if (output.kind === "stream" && last?.kind === "stream" && last.name === output.name) {
      merged[merged.length - 1] = { ...last, text: last.text + output.text };
    } else {
      merged.push(output);
    }
  }
  return merged;
}

function readError(raw: Fields): Output {
  const name = joined(raw.ename) || "Error";
  const message = joined(raw.evalue);
  const lines = list(raw.traceback).filter((line) => typeof line === "string");
  const traceback = lines.length > 0 ? lines.join("\n") : `${name}: ${message}`;
  return { kind: "error", name, message, traceback };
}

// nbformat 3 had its own short names, beside the output's own fields.
const OLD_NAMES = new Map([
  ["text", "text/plain"],
  ["html", "text/html"],
  ["svg", "image/svg+xml"],
  ["png", "image/png"],
  ["jpeg", "image/jpeg"],
  ["latex", "text/latex"],
  ["json", "application/json"],
  ["javascript", "application/javascript"],
  ["pdf", "application/pdf"],
]);

function oldData(raw: Fields): Map<string, unknown> {
  const data = new Map<string, unknown>();
  for (const [name, type] of OLD_NAMES) {
    if (raw[name] !== undefined) {
      data.set(type, raw[name]);
    }
  }
  return data;
}

function sizesOf(metadata: Fields): Map<string, ImageSize> {
  return new Map(
    Object.entries(metadata)
      .filter(([, value]) => isFields(value))
      .map(([type, value]) => [type, sizeOf(value as Fields)]),
  );
}

function sizeOf(value: Fields): ImageSize {
  const background = value.needs_background;
  return {
    width: countOf(value.width),
    height: countOf(value.height),
    background: background === "light" || background === "dark" ? background : null,
  };
}
