/** Where one is: hash routes alone, since they work on file:// and under any sub-path. */

import { computed, signal } from "@preact/signals";

export interface Route {
  /** Decoded parts of the path: `#/run/ID/task/T` is `["run", "ID", "task", "T"]`. */
  path: string[];
  query: URLSearchParams;
}

const hash = signal(location.hash);

addEventListener("hashchange", () => {
  hash.value = location.hash;
});

/** Writing an address takes part of the time between two keys, and Safari refuses more than 100 in half a minute. */
const TYPING_PAUSE_MS = 250;
let typing: ReturnType<typeof setTimeout> | undefined;

// Who leaves by a link while typing comes back to what was typed; who goes back had it not written over the other entry.
addEventListener("click", writeTyped, { capture: true });
addEventListener("popstate", () => {
  clearTimeout(typing);
  typing = undefined;
});

/** The route that is shown. */
export const route = computed(() => parseRoute(hash.value));

/** Reads a hash; what cannot be decoded is taken as it stands. */
export function parseRoute(text: string): Route {
  const address = text.replace(/^#\/?/, "");
  const mark = address.indexOf("?");
  const path = mark < 0 ? address : address.slice(0, mark);
  return {
    path: path.split("/").filter(Boolean).map(decoded),
    query: new URLSearchParams(mark < 0 ? "" : address.slice(mark + 1)),
  };
}

/** The hash for a path and a query; empty values are left out. */
export function address(path: string[], query: Record<string, string | null> = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== "") {
      parameters.set(name, value);
    }
  }
  const text = parameters.toString();
  return `#/${path.map(encoded).join("/")}${text === "" ? "" : `?${text}`}`;
}

/** Changes parts of the query of the page one is on; null removes one. `replace` leaves no step to go back to. */
export function changeQuery(changes: Record<string, string | null>, replace = true): void {
  go(changed(changes), replace);
}

/** As `changeQuery`, for each key that is typed: the page follows at once, the address when one pauses. */
export function typeQuery(changes: Record<string, string | null>): void {
  hash.value = changed(changes);
  clearTimeout(typing);
  typing = setTimeout(writeTyped, TYPING_PAUSE_MS);
}

function writeTyped(): void {
  if (typing !== undefined) {
    clearTimeout(typing);
    typing = undefined;
    history.replaceState(null, "", hash.peek());
  }
}

function changed(changes: Record<string, string | null>): string {
  const { path, query } = route.peek();
  return address(path, { ...Object.fromEntries(query), ...changes });
}

/** Goes to an address made by `address` or by `links`. */
export function go(to: string, replace = false): void {
  writeTyped();
  if (to === location.hash) {
    return;
  }
  if (replace) {
    history.replaceState(null, "", to);
    hash.value = to;
  } else {
    location.hash = to;
  }
}

/** Half of a surrogate pair, which a stranger's run log can hold, has no encoding. */
function encoded(part: string): string {
  return encodeURIComponent(part.replace(/\p{Surrogate}/gu, "\ufffd"));
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
