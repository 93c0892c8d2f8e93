/**
 * The program of the viewer frame. It stands in a sandbox with an origin of its own, and shows what the app hands it.
 * In viewer.html no other script than this one (and Plotly) can run; in viewer-scripts.html the notebook's own do.
 */

import type { FromFrame, Look, ToFrame } from "../messages";
import { create } from "./create";
import { drawFigures } from "./figures";
import { FOLLOWS, startHeight } from "./height";
import { cleaned } from "./sanitize";
import { runScripts } from "./scripts";
import { closeDoors, isInSandbox } from "./walls";

/** Set when the page is built: which of the two pages this is. */
declare const RUNS_SCRIPTS: boolean;

// Taken before anything of a stranger stands in the page, whose names can hide a document's properties.
const page = document.documentElement;
const root = document.body.querySelector("main") as HTMLElement;
const app = window.parent;
const cells = new Map<string, Element>();
const figures: HTMLElement[] = [];
let reportHeight = () => {};
let isShown = false;
let wanted: string | null = null;

if (isInSandbox()) {
  reportHeight = startHeight(root, send);
  addEventListener("message", (event: MessageEvent<ToFrame>) => {
    if (event.source === app) {
      obey(event.data);
    }
  });
  for (const name of ["click", "auxclick"]) {
    addEventListener(name, (event) => followed(event), true);
  }
  addEventListener("submit", (event) => event.preventDefault(), true);
  send({ kind: "ready" });
} else {
  root.textContent = "This page is a part of the tracker, and shows something only within it.";
}

function send(message: FromFrame): void {
  app.postMessage(message, "*");
}

function obey(message: ToFrame): void {
  switch (message.kind) {
    case "show":
      wear(message);
      fill(message.html);
      break;
    case "look":
      wear(message);
      break;
    case "scroll":
      wanted = message.id;
      goToWanted();
      break;
    case "plotly":
      void drawFigures(figures, message.source);
      break;
  }
}

function wear(look: Look): void {
  page.dataset.theme = look.theme === "dark" ? "dark" : "light";
  root.classList.toggle("without-code", look.hideCode);
  root.classList.toggle("runs-scripts", RUNS_SCRIPTS);
}

const SLICE_MS = 12;

/** Piece by piece, so that a large notebook can be read before all of it is there. */
function fill(html: string): void {
  if (RUNS_SCRIPTS) {
    closeDoors();
  }
  const pieces = [...new DOMParser().parseFromString(html, "text/html").body.children];
  let next = 0;
  const slice = () => {
    const end = performance.now() + SLICE_MS;
    while (next < pieces.length && performance.now() < end) {
      place(pieces[next] as Element);
      next += 1;
    }
    if (next < pieces.length) {
      setTimeout(slice);
    } else {
      finish();
    }
  };
  slice();
}

function finish(): void {
  isShown = true;
  root.setAttribute("data-shown", "");
  if (RUNS_SCRIPTS) {
    runScripts(root);
  }
  makeScrollable();
  new ResizeObserver(makeScrollable).observe(root);
  reportHeight();
  send({ kind: "shown" });
  goToWanted();
}

/** What this program wrote is told from a stranger's content by being there first. */
function place(piece: Element): void {
  const holders = piece.matches("[data-fragment]") ? [piece] : [];
  holders.push(...piece.querySelectorAll("[data-fragment]"));
  figures.push(...piece.querySelectorAll<HTMLElement>("[data-figure]"));
  for (const button of piece.querySelectorAll("[data-rest]")) {
    button.addEventListener("click", () => showRest(button), { once: true });
  }
  if (piece.id !== "") {
    cells.set(piece.id, piece);
  }
  for (const holder of holders) {
    unfold(holder);
  }
  root.append(piece);
}

function unfold(holder: Element): void {
  const content = cleaned(holder.getAttribute("data-fragment") ?? "", RUNS_SCRIPTS);
  holder.removeAttribute("data-fragment");
  holder.append(...content.nodes);
  for (const table of holder.querySelectorAll("table")) {
    wrap(table);
  }
  if (content.hadScripts) {
    holder.after(note("This output has scripts of its own. They are not run."));
  }
  for (const address of content.embedded) {
    holder.after(note(`Not embedded here: ${address.slice(0, 300)}`));
  }
}

function wrap(table: Element): void {
  if (table.parentElement?.closest("table, .scrolled") !== null) {
    return;
  }
  const scrolled = create("div");
  scrolled.className = "scrolled";
  table.replaceWith(scrolled);
  scrolled.append(table);
}

function note(text: string): Element {
  const paragraph = create("p");
  paragraph.className = "note own";
  paragraph.textContent = text;
  return paragraph;
}

function showRest(button: Element): void {
  const rest = new DOMParser().parseFromString(`<pre>${button.getAttribute("data-rest") ?? ""}</pre>`, "text/html");
  button.previousElementSibling?.append(...(rest.body.firstElementChild?.childNodes ?? []));
  button.remove();
}

/** What scrolls sideways must be reachable with the keyboard, and what does not must not be a stop. */
function makeScrollable(): void {
  for (const box of root.querySelectorAll("pre, .scrolled, .figure, .html, .latex")) {
    if (box.scrollWidth > box.clientWidth + 1) {
      box.setAttribute("tabindex", "0");
    } else {
      box.removeAttribute("tabindex");
    }
  }
}

/** Links never lead anywhere by themselves: those within the page scroll, and of the others the app asks the reader. */
function followed(event: Event): void {
  const target = event.target instanceof Element ? event.target : null;
  const link = target === null ? null : Element.prototype.closest.call(target, "a, area");
  if (link === null) {
    return;
  }
  // Before a look at the address: in SVG an animation can be all that there is of it.
  event.preventDefault();
  const href = link.getAttribute("href") ?? link.getAttributeNS("http://www.w3.org/1999/xlink", "href");
  if (href === null) {
    return;
  }
  const cell = link.getAttribute("data-link");
  if (cell !== null) {
    send({ kind: "cell", index: Number(cell) });
  } else if (href.startsWith("#")) {
    goTo(named(href.slice(1)));
  } else {
    send({ kind: "link", href });
  }
}

function goToWanted(): void {
  const found = wanted === null ? null : element(wanted);
  if (found !== null || isShown) {
    wanted = null;
    goTo(found);
  }
}

function goTo(found: Element | null): void {
  if (found === null) {
    return;
  }
  for (const details of ancestors(found, "details")) {
    details.setAttribute("open", "");
  }
  for (const old of root.querySelectorAll(".target")) {
    old.classList.remove("target");
  }
  found.classList.add("target");
  const top = found.getBoundingClientRect().top + page.scrollTop;
  if (!page.classList.contains(FOLLOWS)) {
    page.scrollTop = top;
  }
  send({ kind: "place", top: top - page.scrollTop });
}

function* ancestors(element: Element, selector: string): Generator<Element> {
  for (let at = element.closest(selector); at !== null; at = at.parentElement?.closest(selector) ?? null) {
    yield at;
  }
}

/** A cell, or a heading by its id: within its own cell, so that no other one can pose as it. */
function element(id: string): Element | null {
  const cell = cells.get(/^cell-\d+/.exec(id)?.[0] ?? "") ?? root;
  return cells.get(id) ?? cell.querySelector(`[id="${CSS.escape(id)}"]`);
}

/** What `#name` means in a notebook: an id, a named anchor, or a heading's text with dashes. */
function named(fragment: string): Element | null {
  let name = fragment;
  try {
    name = decodeURIComponent(fragment);
  } catch {
    // As it stands.
  }
  for (const key of ["id", "name", "data-slug"]) {
    const found = root.querySelector(`[${key}="${CSS.escape(name)}"]`);
    if (found !== null) {
      return found;
    }
  }
  return null;
}
