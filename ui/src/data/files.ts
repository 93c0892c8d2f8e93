/** Data files of the site: each is a script that calls `add`. What was loaded stays until its version changes. */

import type { DetailsChunk, IndexChunk, Manifest, MoreDocument, RunDocument } from "./contract";
import { loadScript } from "./script";

interface Payloads {
  manifest: Manifest;
  index: IndexChunk;
  details: DetailsChunk;
  run: RunDocument;
  more: MoreDocument;
  piece: string;
}

type Kind = keyof Payloads;

// Keys come out of addresses, which anybody can make: none may lead to another folder.
const KEY = /^(?:[0-9A-Za-z][\w.-]*(?:\/[0-9A-Za-z][\w.-]*)?)?$/;

const arrived = new Map<string, unknown>();
const awaited = new Map<string, { version: string; file: Promise<unknown> }>();

/** Called by a data file. */
export function add(kind: string, key: string, payload: unknown): void {
  arrived.set(`${kind} ${key}`, payload);
}

/**
 * A file of data. `version` is asked for past the browser's cache; the same version is loaded once. Rejects where the
 * file is missing or holds something else.
 */
export function file<K extends Kind>(kind: K, key: string, version = ""): Promise<Payloads[K]> {
  if (!KEY.test(key)) {
    return Promise.reject(new Error("nothing in this site has such a name"));
  }
  const id = `${kind} ${key}`;
  const known = awaited.get(id);
  if (known !== undefined && known.version === version) {
    return known.file as Promise<Payloads[K]>;
  }
  const wanted = loadScript(address(kind, key, version)).then(() => {
    const payload = arrived.get(id);
    arrived.delete(id);
    if (payload === undefined) {
      throw new Error(`${address(kind, key, "")} holds other data than its name says`);
    }
    return payload;
  });
  awaited.set(id, { version, file: wanted });
  wanted.catch(() => awaited.delete(id));
  return wanted as Promise<Payloads[K]>;
}

/** Lets go of a file, so that memory does not grow with all that was looked at. */
export function forget(kind: Kind, key: string): void {
  awaited.delete(`${kind} ${key}`);
}

function address(kind: Kind, key: string, version: string): string {
  const parts = key.split("/").map(encodeURIComponent);
  const path = {
    manifest: "data/manifest.js",
    index: `data/index/${parts[0]}.js`,
    details: `data/details/${parts[0]}.js`,
    run: `data/runs/${parts[0]}/run.js`,
    more: `data/runs/${parts[0]}/${parts[1]}.js`,
    piece: `data/runs/${parts[0]}/${parts[1]}.js`,
  }[kind];
  // On file:// there is no cache to get past, and not every browser takes a query there.
  return version === "" || location.protocol === "file:" ? path : `${path}?v=${encodeURIComponent(version)}`;
}
