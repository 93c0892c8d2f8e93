/**
 * A stranger's HTML, parsed where nothing runs or loads, and without what has no business in a viewer. The wall is the
 * frame's sandbox and content policy; this is the second one.
 */

import { create } from "./create";

// Some are in the list for what they load or where they lead, some because they change how the page is read.
const REMOVED = [
  "script",
  "link",
  "meta",
  "base",
  "object",
  "embed",
  "applet",
  "iframe",
  "frame",
  "frameset",
  "fencedframe",
  "portal",
  "noscript",
];
const EMBEDDED = new Set(["object", "embed", "applet", "iframe", "frame", "fencedframe", "portal"]);
const REMOVED_ATTRIBUTES = new Set([
  "accesskey",
  "action",
  "attributionsrc",
  "autofocus",
  "background",
  "contenteditable",
  "download",
  "form",
  "formaction",
  "ping",
  "srcdoc",
  "srcset",
  "target",
]);

export interface Cleaned {
  nodes: Node[];
  /** Whether scripts were left out that would have done something. */
  hadScripts: boolean;
  /** Addresses of pages that the content wanted to embed. */
  embedded: string[];
}

/** `keepScripts`: scripts and handlers stay, for the frame in which they may run. */
export function cleaned(html: string, keepScripts: boolean): Cleaned {
  // Not as a document: there a stranger's names would hide `head`, `body` and all methods.
  const template = create("template");
  template.innerHTML = html;
  const root = template.content;
  const result: Cleaned = { nodes: [], hadScripts: false, embedded: [] };
  removeElements(root, keepScripts, result);
  for (const element of root.querySelectorAll("*")) {
    cleanAttributes(element, keepScripts, result);
  }
  result.nodes = [...root.childNodes];
  return result;
}

function removeElements(root: ParentNode, keepScripts: boolean, result: Cleaned): void {
  for (const element of root.querySelectorAll(REMOVED.join(","))) {
    const name = element.localName;
    if (name === "script") {
      if (keepScripts) {
        continue;
      }
      result.hadScripts ||= isExecutable(element);
    }
    if (EMBEDDED.has(name)) {
      result.embedded.push(attribute(element, "src") ?? attribute(element, "data") ?? "a page within the page");
    }
    Element.prototype.remove.call(element);
  }
}

/** Scripts of other types are data. */
export function isExecutable(script: Element): boolean {
  const type = (script.getAttribute("type") ?? "").trim().toLowerCase();
  return type === "" || type === "module" || /^(?:text|application)\/(?:x-)?(?:java|ecma)script/.test(type);
}

function cleanAttributes(element: Element, keepScripts: boolean, result: Cleaned): void {
  // Copied, since a form's own fields can hide its properties.
  const names: string[] = Element.prototype.getAttributeNames.call(element);
  for (const name of names) {
    const lower = name.toLowerCase();
    const isHandler = lower.startsWith("on") && !keepScripts;
    if (isHandler || REMOVED_ATTRIBUTES.has(lower)) {
      result.hadScripts ||= isHandler;
      Element.prototype.removeAttribute.call(element, name);
    }
  }
  if (element.localName === "img" && !keepScripts) {
    cleanImage(element);
  }
}

/** An image from elsewhere is not loaded: its words take its place. */
function cleanImage(image: Element): void {
  const source = attribute(image, "src") ?? "";
  if (/^\s*(?:data:|blob:)/i.test(source)) {
    return;
  }
  Element.prototype.removeAttribute.call(image, "src");
  Element.prototype.setAttribute.call(image, "title", `Not loaded: ${source.slice(0, 500)}`);
  if ((attribute(image, "alt") ?? "") === "") {
    Element.prototype.setAttribute.call(image, "alt", "Image that is not part of the notebook");
  }
}

function attribute(element: Element, name: string): string | null {
  return Element.prototype.getAttribute.call(element, name);
}
