/**
 * Building HTML as text. What this program writes and what a stranger wrote never mix: the stranger's HTML travels as
 * the value of an attribute, and the viewer frame parses each piece on its own. So no piece can end the element it
 * stands in, or pose as a cell.
 */

const NAMES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;" };

export function escaped(text: string): string {
  return text.replace(/[&<>"\r]/g, (character) => NAMES[character] ?? "");
}

// A guess, for whether to offer that scripts are run: nothing depends on it.
const SCRIPTS = /<script\b|<[^<>]*[\s/"']on[a-z]+\s*=|javascript:/i;

/** An element whose content is a stranger's HTML; `kind` is a class. */
export function fragment(html: string, kind: string): string {
  const scripts = SCRIPTS.test(html) ? ' data-scripts=""' : "";
  return `<div class="${escaped(kind)}"${scripts} data-fragment="${escaped(html)}"></div>`;
}

/** What the viewer says of itself: never part of the content. */
export function note(text: string, more = ""): string {
  return `<p class="own note ${more}">${escaped(text)}</p>`;
}

/** `812 kB`, `1.4 MB`. */
export function sizeText(characters: number): string {
  if (characters < 1_000_000) {
    return `${Math.max(1, Math.round(characters / 1000))} kB`;
  }
  return `${(characters / 1_000_000).toFixed(1)} MB`;
}
