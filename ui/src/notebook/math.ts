/** LaTeX as MathML, which browsers draw themselves; its source stays with it, for copying and for screen readers. */

import temml from "temml";
import { escaped } from "./html";

/** What `\newcommand` and the like have defined so far in a notebook: later formulas know it. */
export type Macros = Record<string, unknown>;

// Longer formulas are shown as source, and so is what runs away by expanding itself.
const LONGEST = 20_000;
const MOST_EXPANSIONS = 1000;
const DEFINES = /\\(?:(?:new|renew|provide)command|[gx]?def|let|DeclareMathOperator)\b/;

export function newMacros(): Macros {
  return Object.create(null) as Macros;
}

export function mathHtml(tex: string, display: boolean, macros: Macros): string {
  const source = lenient(tex);
  if (tex.length > LONGEST) {
    return sourceHtml(tex);
  }
  try {
    if (DEFINES.test(source)) {
      Object.assign(macros, temml.definePreamble(source, { maxExpand: MOST_EXPANSIONS }));
    }
    const html = temml.renderToString(source, {
      annotate: true,
      displayMode: display,
      macros,
      throwOnError: true,
      trust: false,
      maxExpand: MOST_EXPANSIONS,
      maxSize: [50, 500],
    });
    return withSource(html, tex);
  } catch {
    // Not LaTeX that it knows, or nested too deep.
    return sourceHtml(tex);
  }
}

// Between delimiters, no further apart than makes sense; an environment of formulas needs none.
const LATEX =
  /\$\$(?<dollars>.{0,8000}?)(?<!\\)\$\$|(?<!\\)\$(?<dollar>[^$]{1,8000}?)(?<!\\)\$|\\\[(?<bracket>.{0,8000}?)\\\]|\\\((?<paren>.{0,8000}?)\\\)|(?<environment>\\begin\{(?<name>(?:equation|align|alignat|gather|multline|[bpvBV]?matrix|cases|split|array|eqnarray)\*?)\}.{0,8000}?\\end\{\k<name>\})/gs;

/** Text in which formulas stand, as in an output of type text/latex. */
export function latexHtml(text: string, macros: Macros): string {
  let html = "";
  let from = 0;
  for (const match of text.matchAll(LATEX)) {
    const found = match.groups ?? {};
    const inline = found.dollar ?? found.paren;
    const display = found.dollars ?? found.bracket ?? found.environment ?? "";
    html += textHtml(text.slice(from, match.index));
    html += mathHtml(inline ?? display, inline === undefined, macros);
    from = match.index + match[0].length;
  }
  return html + textHtml(text.slice(from));
}

function textHtml(text: string): string {
  return text.trim() === "" ? " " : `<span class="tex-text">${escaped(text)}</span>`;
}

/** MathJax lets a command be defined anew, and knows operators. */
function lenient(tex: string): string {
  return tex
    .replace(/\\newcommand(?=\s*\{?\s*(\\[A-Za-z]+))/g, (_, name) => `\\providecommand{${name}}{}\\renewcommand`)
    .replace(/\\DeclareMathOperator(\*?)\s*\{\s*(\\[A-Za-z]+)\s*\}\s*\{([^{}]*)\}/g, "\\def$2{\\operatorname$1{$3}}")
    .replace(/\\(begin|end)\{eqnarray(\*?)\}/g, "\\$1{align$2}");
}

/** What the formula is in LaTeX, as its author wrote it. */
function withSource(html: string, tex: string): string {
  const end = html.lastIndexOf("<annotation");
  const annotation = `<annotation encoding="application/x-tex">${escaped(tex)}</annotation>`;
  return end === -1 ? html : `${html.slice(0, end)}${annotation}</semantics></math>`;
}

function sourceHtml(tex: string): string {
  return `<code class="tex">${escaped(tex)}</code>`;
}
