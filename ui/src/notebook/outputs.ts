/** What a code cell has put out, as HTML for the viewer frame. Nothing is left out without a word. */

import { escaped, fragment, note, sizeText } from "./html";
import { type MarkdownContext, markdownFragment } from "./markdown";
import { latexHtml } from "./math";
import { type ImageSize, joined, type Output } from "./model";
import { figuresInHtml, PLOTLY_TYPE, readFigure } from "./plotly";
import { terminalHtml } from "./terminal";

type DataOutput = Extract<Output, { kind: "data" }>;

const WIDGET_TYPE = "application/vnd.jupyter.widget-view+json";
const SCRIPT_TYPES = ["application/javascript", "text/javascript"];
const IMAGE_TYPES = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/avif"];
// The same order as nbconvert's, with what it does not show after what it does.
const PRIORITY = [
  "text/html",
  "text/markdown",
  "image/svg+xml",
  "text/vnd.mermaid",
  "text/latex",
  ...IMAGE_TYPES,
  ...SCRIPT_TYPES,
  "application/json",
  "text/plain",
];

export function outputHtml(output: Output, context: MarkdownContext): string {
  switch (output.kind) {
    case "stream":
      return preformatted(output.text, output.name === "stderr" ? "stream stderr" : "stream");
    case "error":
      return preformatted(output.traceback, "error");
    case "unknown":
      return note(`An output of type “${output.type}”: not known here.`);
    case "data":
      return dataHtml(output, context);
  }
}

// Of longer text the rest comes when it is asked for: a browser takes seconds to lay out megabytes.
const LONG_TEXT = 200_000;

export function preformatted(text: string, kind: string): string {
  const shown = text.length <= LONG_TEXT ? text : text.slice(0, text.lastIndexOf("\n", LONG_TEXT) + 1 || LONG_TEXT);
  const pre = `<pre class="text ${kind}">${terminalHtml(shown)}</pre>`;
  if (shown.length === text.length) {
    return pre;
  }
  const rest = text.slice(shown.length);
  return `${pre}<button class="own more" type="button" data-rest="${escaped(terminalHtml(rest))}">Show the other ${sizeText(rest.length)} of this text</button>`;
}

function dataHtml(output: DataOutput, context: MarkdownContext): string {
  const { data } = output;
  const figure = data.has(PLOTLY_TYPE) ? readFigure(data.get(PLOTLY_TYPE)) : null;
  if (figure !== null && typeof figure !== "string") {
    return figureHtml(figure);
  }
  const type = PRIORITY.find((known) => data.has(known)) ?? mediaType(data);
  const remarks: string[] = [];
  if (figure !== null) {
    remarks.push(figure);
  }
  if (data.has(WIDGET_TYPE)) {
    remarks.push("An interactive widget: it needs its kernel, so here is the text that it leaves.");
  }
  const unknown = [...data.keys()].filter((name) => !isKnown(name));
  if (unknown.length > 0 && (type === undefined || type === "text/plain")) {
    remarks.push(`Not shown here: ${unknown.join(", ")}.`);
  }
  if (type === undefined && remarks.length === 0) {
    remarks.push("An output without content.");
  }
  const content = type === undefined ? "" : contentHtml(type, output, context);
  return content + remarks.map((remark) => note(remark)).join("");
}

function isKnown(type: string): boolean {
  return PRIORITY.includes(type) || type === WIDGET_TYPE || type === PLOTLY_TYPE || isMedia(type);
}

function isMedia(type: string): boolean {
  return /^(?:audio|video)\/[\w.+-]+$/.test(type);
}

function mediaType(data: Map<string, unknown>): string | undefined {
  return [...data.keys()].find(isMedia);
}

function contentHtml(type: string, output: DataOutput, context: MarkdownContext): string {
  const value = output.data.get(type);
  const text = joined(value);
  if (IMAGE_TYPES.includes(type)) {
    return imageHtml(type, text, output);
  }
  if (SCRIPT_TYPES.includes(type)) {
    return `<div class="script" data-script="${escaped(text)}"></div>${note("A script: not run.", "without-scripts")}`;
  }
  switch (type) {
    case "text/html":
      return richHtml(text);
    case "text/markdown":
      return markdownFragment(text, context);
    case "image/svg+xml":
      return svgHtml(text, output);
    case "text/latex":
      return `<div class="latex">${latexHtml(text, context.macros)}</div>`;
    case "text/vnd.mermaid":
      return preformatted(text.trim(), "mermaid");
    case "application/json":
      return preformatted(JSON.stringify(value, null, 2) ?? "", "json");
    case "text/plain":
      return preformatted(text, "plain");
    default:
      return mediaHtml(type, text);
  }
}

function richHtml(html: string): string {
  const figures = figuresInHtml(html);
  if (figures !== null) {
    return figures.map(figureHtml).join("");
  }
  // HTML that brings its own colours expects white paper; a plain table takes the theme's.
  const isColoured = /(?:background|[^-\w]color)(?:-color)?\s*[:=]|\bbgcolor/i.test(html);
  return fragment(html, isColoured ? "html paper" : "html");
}

function figureHtml(figure: object): string {
  return `<div class="figure paper plotly" data-figure="${escaped(JSON.stringify(figure))}"></div>`;
}

function imageHtml(type: string, base64: string, output: DataOutput): string {
  const content = base64.replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(content)) {
    return note(`An image of type ${type} that is damaged: it is not Base64.`);
  }
  return pictureHtml(`data:${type};base64,${content}`, output, output.size.get(type));
}

/** As an image, an SVG neither runs scripts nor loads anything, and its styles stay within it. */
function svgHtml(svg: string, output: DataOutput): string {
  return pictureHtml(`data:image/svg+xml;base64,${base64Of(svg)}`, output, output.size.get("image/svg+xml"));
}

function pictureHtml(address: string, output: DataOutput, size: ImageSize | undefined): string {
  const words = joined(output.data.get("text/plain")).slice(0, 300) || "Image without a description";
  const width = size?.width ? ` width="${size.width}"` : "";
  const height = size?.height ? ` height="${size.height}"` : "";
  const paper = size?.background === "dark" ? "ink" : "paper";
  return `<div class="figure ${paper}"><img src="${escaped(address)}" alt="${escaped(words)}"${width}${height}></div>`;
}

function mediaHtml(type: string, base64: string): string {
  const name = type.startsWith("video/") ? "video" : "audio";
  return `<${name} controls src="data:${escaped(type)};base64,${escaped(base64.replace(/\s+/g, ""))}"></${name}>`;
}

export function base64Of(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let binary = "";
  for (let at = 0; at < bytes.length; at += 32_768) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  }
  return btoa(binary);
}
