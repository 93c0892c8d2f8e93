/** Markdown as notebooks write it: GitHub's kind, with formulas, raw HTML and images that are attached to the cell. */

import { Marked, type Token, type TokenizerAndRendererExtension, type Tokens } from "marked";
import { highlighted } from "./highlight";
import { escaped, fragment } from "./html";
import { type Macros, mathHtml } from "./math";

export interface Heading {
  id: string;
  level: number;
  text: string;
}

export interface MarkdownContext {
  /** Ids of headings begin with it. */
  id: string;
  macros: Macros;
  attachments: Map<string, Map<string, string>>;
  /** Headings are added to it, in their order. */
  outline: Heading[];
  /** What the page may still hold of Markdown. */
  budget: { characters: number };
}

// What is longer, or beyond the page's budget, is shown as it was written: the time that a Markdown parser takes grows
// with the square of a text that is made for it, and a reader should wait for seconds, not for minutes.
const LONGEST = 100_000;

export function newBudget(): MarkdownContext["budget"] {
  return { characters: 4 * LONGEST };
}

/** As a piece of a stranger's HTML, since raw HTML is part of Markdown. */
export function markdownFragment(text: string, context: MarkdownContext): string {
  if (text.length <= Math.min(LONGEST, context.budget.characters)) {
    context.budget.characters -= text.length;
    try {
      return fragment(parserFor(context).parse(text, { async: false }), "markdown");
    } catch {
      // Nested too deep for the parser's stack.
    }
  }
  return `<pre class="text">${escaped(text)}</pre>`;
}

function parserFor(context: MarkdownContext): Marked {
  const parser = new Marked({ gfm: true });
  parser.use({
    extensions: [blockMath(context), inlineMath(context)],
    hooks: { emStrongMask: (source) => source.replace(INLINE_MATH_ANYWHERE, (formula) => "a".repeat(formula.length)) },
    renderer: {
      heading(token) {
        const heading = {
          id: `${context.id}-h${context.outline.length + 1}`,
          level: token.depth,
          text: textOf(token.tokens),
        };
        context.outline.push(heading);
        const inner = this.parser.parseInline(token.tokens);
        return `<h${token.depth} id="${escaped(heading.id)}" data-slug="${escaped(slug(heading.text))}">${inner}</h${token.depth}>\n`;
      },
      code(token) {
        const language = /^\S*/.exec(token.lang ?? "")?.[0] ?? "";
        return `<pre class="code"><code>${highlighted(token.text, language.toLowerCase())}\n</code></pre>\n`;
      },
      checkbox({ checked }) {
        const state = checked ? 'checked aria-label="done"' : 'aria-label="to do"';
        return `<input type="checkbox" disabled ${state}> `;
      },
      image(token) {
        const title = token.title === null ? "" : ` title="${escaped(token.title)}"`;
        return `<img src="${escaped(imageAddress(token, context))}" alt="${escaped(token.text)}"${title}>`;
      },
    },
  });
  return parser;
}

const BLOCK_MATH =
  /^ {0,3}(?:\$\$(.{0,8000}?)(?<!\\)\$\$|\\\\\[(.{0,8000}?)\\\\\]|(\\begin\{([a-z]+\*?)\}.{0,8000}?\\end\{\4\}))/s;

function blockMath(context: MarkdownContext): TokenizerAndRendererExtension {
  return {
    name: "blockMath",
    level: "block",
    start: (source) => /\n {0,3}(?:\$\$|\\\\\[|\\begin\{)/.exec(source)?.index,
    tokenizer(source) {
      const match = BLOCK_MATH.exec(source);
      if (match === null) {
        return undefined;
      }
      return { type: "blockMath", raw: match[0], tex: match[1] ?? match[2] ?? match[3] ?? "" };
    },
    renderer: (token) => `<p>${mathHtml(String(token.tex), true, context.macros)}</p>\n`,
  };
}

// 1 and 2 stand on a line of their own, 3 and 4 within one; as Jupyter has it, \( is written \\( in Markdown.
const INLINE_MATH =
  /^(?:\$\$(.{0,8000}?)(?<!\\)\$\$|\\\\\[(.{0,8000}?)\\\\\]|\$([^$]{0,8000}?[^\\$])\$(?!\$)|\\\\\((.{0,8000}?)\\\\\)|(\\begin\{([a-z]+\*?)\}.{0,8000}?\\end\{\6\}))/s;
const INLINE_MATH_ANYWHERE = /(?<![$\\])\$[^$]{0,8000}?[^\\$]\$/g;

function inlineMath(context: MarkdownContext): TokenizerAndRendererExtension {
  return {
    name: "inlineMath",
    level: "inline",
    start: (source) => /\$|\\\\[([]|\\begin\{/.exec(source)?.index,
    tokenizer(source) {
      const match = INLINE_MATH.exec(source);
      if (match === null) {
        return undefined;
      }
      const inline = match[3] ?? match[4];
      const display = match[1] ?? match[2] ?? match[5] ?? "";
      return { type: "inlineMath", raw: match[0], tex: inline ?? display, display: inline === undefined };
    },
    renderer: (token) => mathHtml(String(token.tex), token.display === true, context.macros),
  };
}

const ATTACHMENT = "attachment:";
const ATTACHED_TYPES = ["image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp"];

function imageAddress(token: Tokens.Image, context: MarkdownContext): string {
  if (!token.href.startsWith(ATTACHMENT)) {
    return token.href;
  }
  const name = token.href.slice(ATTACHMENT.length);
  const bundle = context.attachments.get(name) ?? context.attachments.get(decoded(name));
  const type = ATTACHED_TYPES.find((known) => bundle?.has(known));
  return type === undefined ? token.href : `data:${type};base64,${bundle?.get(type)?.replace(/\s/g, "")}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What a link to a heading says after the `#`, in Jupyter. */
function slug(text: string): string {
  return text.trim().replace(/ /g, "-");
}

const ENTITIES: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };

function textOf(tokens: Token[]): string {
  return tokens
    .map((token) => {
      if ("tokens" in token && token.tokens !== undefined) {
        return textOf(token.tokens);
      }
      if (token.type === "html") {
        return "";
      }
      const text = token.type === "inlineMath" ? token.tex : "text" in token ? token.text : " ";
      return String(text).replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity);
    })
    .join("");
}
