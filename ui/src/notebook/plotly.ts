/** Plotly's figures: as data, which our own Plotly draws without running a script of the notebook. */

/** The kinds of traces that the Plotly in the site knows; it would draw any other as something that it is not. */
const KNOWN_TRACES = new Set(["scatter", "bar", "pie"]);

export interface Figure {
  data: unknown[];
  layout: unknown;
}

export const PLOTLY_TYPE = "application/vnd.plotly.v1+json";

/** The figure, where it can be drawn; else the reason, as a sentence. */
export function readFigure(value: unknown): Figure | string {
  if (typeof value !== "object" || value === null || !("data" in value) || !Array.isArray(value.data)) {
    return "A Plotly figure without data.";
  }
  const types = value.data.map(traceType);
  const unknown = types.find((type) => !KNOWN_TRACES.has(type));
  if (unknown !== undefined) {
    return `A Plotly figure with a trace of type ${unknown}: here only ${[...KNOWN_TRACES].join(", ")} are drawn.`;
  }
  return { data: value.data, layout: "layout" in value ? value.layout : {} };
}

function traceType(trace: unknown): string {
  if (typeof trace !== "object" || trace === null) {
    return "none";
  }
  return "type" in trace ? String(trace.type) : "scatter";
}

/**
 * The figures of `Plotly.newPlot("id", [...], {...})` in HTML that Plotly's Python library wrote, where the arguments
 * are plain JSON. Null where there are none, or where one cannot be drawn.
 */
export function figuresInHtml(html: string): Figure[] | null {
  const figures: Figure[] = [];
  for (const call of html.matchAll(/Plotly\.(?:newPlot|react)\(\s*/g)) {
    const figure = figureOfCall(html, call.index + call[0].length);
    if (figure === null) {
      return null;
    }
    figures.push(figure);
  }
  return figures.length === 0 ? null : figures;
}

function figureOfCall(html: string, start: number): Figure | null {
  const [, afterId] = argument(html, start);
  const [data, afterData] = argument(html, afterId);
  const [layout] = argument(html, afterData);
  const figure = readFigure({ data, layout: layout ?? {} });
  return typeof figure === "string" ? null : figure;
}

/** The JSON value that begins at `start`, and where the next argument begins; undefined where there is none. */
function argument(text: string, start: number): [value: unknown, next: number] {
  const end = endOfValue(text, start);
  try {
    const value: unknown = JSON.parse(text.slice(start, end));
    return [value, end + (/^\s*,\s*/.exec(text.slice(end, end + 200))?.[0].length ?? 0)];
  } catch {
    return [undefined, end];
  }
}

/** The end of a text, list or object, found by its brackets; quotes within it are minded. */
function endOfValue(text: string, start: number): number {
  const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}(),]/gs;
  TOKEN.lastIndex = start;
  let depth = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const token = match[0];
    if (depth === 0 && /^[,)\]}]/.test(token)) {
      return match.index;
    }
    if (/^[[{(]/.test(token)) {
      depth += 1;
    } else if (/^[\]})]/.test(token)) {
      depth -= 1;
      if (depth === 0) {
        return match.index + 1;
      }
    }
  }
  return text.length;
}
