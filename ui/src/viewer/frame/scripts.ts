/** Runs a notebook's own scripts, in the frame whose policy lets them, because the reader wants it. */

import { create } from "./create";
import { isExecutable } from "./sanitize";

/** In the order in which they stand. Each is made anew: a parsed script never runs. */
export function runScripts(root: Element): void {
  const writeLine = (...texts: string[]) => writeHere(...texts, "\n");
  Object.defineProperty(document, "write", { value: writeHere });
  Object.defineProperty(document, "writeln", { value: writeLine });
  for (const place of root.querySelectorAll("script, [data-script]")) {
    if (place.localName === "script") {
      runElement(place);
    } else {
      runOutput(place);
    }
  }
}

function runElement(parsed: Element): void {
  if (!isExecutable(parsed)) {
    return;
  }
  const source = parsed.getAttribute("src");
  if (source !== null) {
    parsed.replaceWith(remark(`A script from elsewhere is not loaded: ${source.slice(0, 200)}`));
    return;
  }
  const script = create("script");
  for (const { name, value } of parsed.attributes) {
    script.setAttribute(name, value);
  }
  script.textContent = parsed.textContent;
  parsed.replaceWith(script);
}

/** An output of type application/javascript: Jupyter lets it know its place as `element`. */
function runOutput(place: Element): void {
  const script = create("script");
  script.textContent = `var element = document.currentScript.parentElement;\n${place.getAttribute("data-script") ?? ""}`;
  place.append(script);
}

/** What `document.write` would have done while the page was read. */
function writeHere(...texts: string[]): void {
  const written = new DOMParser().parseFromString(texts.join(""), "text/html");
  const at = document.currentScript;
  if (at !== null) {
    at.after(...written.head.childNodes, ...written.body.childNodes);
  }
}

function remark(text: string): Element {
  const note = create("p");
  note.className = "note own";
  note.textContent = text;
  return note;
}
