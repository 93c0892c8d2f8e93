/** What is loaded of the site, as signals: pages redraw when more arrives. */

import { computed, effect, signal } from "@preact/signals";
import { type DetailsChunk, FORMAT, type IndexChunk, type Manifest, type RunDocument } from "./contract";
import { file } from "./files";
import { type MetricKey, type Row, rowsOf } from "./rows";

const FIRST_ROWS = 1_000;
const LIVE_POLL_MS = 1_000;

export const manifest = signal<Manifest | null>(null);
/** Why the site cannot be shown at all. */
export const siteError = signal<string | null>(null);
/** Chunks that could not be loaded: the runs in them are missing. */
export const missing = signal<string[]>([]);

const indexes = signal<Map<string, IndexChunk>>(new Map());
const details = signal<Map<string, DetailsChunk>>(new Map());
const wantsDetails = signal(false);

/** Rows of all runs that are loaded, newest first. */
export const rows = computed<Row[]>(() => {
  const all: Row[] = [];
  for (const { name } of manifest.value?.chunks ?? []) {
    const chunk = indexes.value.get(name);
    if (chunk !== undefined) {
      const same = details.value.get(name) ?? null;
      all.push(...rowsOf(chunk, name, same?.run_id.length === chunk.run_id.length ? same : null));
    }
  }
  // The files are in order of the ids, which are numbers for runs of GitHub and times for others.
  return all.reverse().sort((one, other) => (other.startMs ?? 0) - (one.startMs ?? 0));
});

/** Whether every run of the site is among the rows. */
export const isIndexLoaded = computed(
  () => manifest.value?.chunks.every((chunk) => indexes.value.has(chunk.name)) ?? false,
);

/** Whether tasks and all metrics of every row are known. */
export const areDetailsLoaded = computed(
  () => manifest.value?.chunks.every((chunk) => details.value.has(chunk.name)) ?? false,
);

/** Pipelines by name. */
export const pipelines = computed(() => [...new Set(rows.value.map((row) => row.pipeline))].sort());

/** Every metric of the loaded rows, by task and name; headline metrics alone until the details are loaded. */
export const metricKeys = computed<MetricKey[]>(() => {
  const keys = new Map<string, MetricKey>();
  for (const { name } of manifest.value?.chunks ?? []) {
    for (const column of details.value.get(name)?.metrics ?? indexes.value.get(name)?.metrics ?? []) {
      keys.set(JSON.stringify([column.task, column.name]), { task: column.task, name: column.name });
    }
  }
  return [...keys.values()];
});

/** Begins to load the site; newest runs first. */
export async function openSite(): Promise<void> {
  try {
    const first = await file("manifest", "", String(Date.now()));
    if (first.format !== FORMAT) {
      siteError.value =
        `The data of this site has format ${first.format}, and this page reads format ${FORMAT}. ` +
        "Reload the page; if that does not help, build the site again with `pdr site`.";
      return;
    }
    manifest.value = first;
    await loadChunks(first);
    if (first.live) {
      keepLive();
    }
  } catch (error) {
    siteError.value =
      `The site's data cannot be loaded: ${messageOf(error)}. If you opened index.html inside an archive, ` +
      "extract the archive first.";
  }
}

/** Loads tasks and all metrics of every run, where a page needs them. */
export function needDetails(): void {
  wantsDetails.value = true;
}

effect(() => {
  if (wantsDetails.value && manifest.value !== null) {
    void loadDetails(manifest.value);
  }
});

/** One run; a promise that rejects where the site has none of this id. */
export async function loadRun(runId: string): Promise<RunDocument> {
  return complete(await file("run", runId, runVersion(runId)));
}

/** What a document of an older site does not have, it says as null. */
function complete(run: RunDocument): RunDocument {
  return { ...run, origin: run.origin ?? null, pruned: run.pruned ?? null };
}

/** What changes whenever the files of an unfinished run do; empty for a finished one. */
export function runVersion(runId: string): string {
  const unfinished = manifest.value?.unfinished ?? {};
  return Object.hasOwn(unfinished, runId) ? (unfinished[runId] ?? "") : "";
}

async function loadChunks(from: Manifest): Promise<void> {
  let loaded = new Map(indexes.peek());
  const wanted = [...from.chunks].reverse();
  let rowCount = 0;
  const show = () => {
    indexes.value = loaded;
    loaded = new Map(loaded);
  };
  for (let at = 0; at < wanted.length; ) {
    // The newest rows are shown as soon as they are there; the rest comes together.
    const batch = rowCount < FIRST_ROWS ? wanted.slice(at, at + 2) : wanted.slice(at);
    await Promise.all(
      batch.map(async ({ name, index, runs }) => {
        rowCount += runs;
        await keep("index", name, index, loaded);
      }),
    );
    show();
    at += batch.length;
  }
}

async function loadDetails(from: Manifest): Promise<void> {
  const loaded = new Map(details.peek());
  await Promise.all(from.chunks.map((chunk) => keep("details", chunk.name, chunk.details, loaded)));
  if (loaded.size !== details.peek().size || [...loaded].some(([name, chunk]) => details.peek().get(name) !== chunk)) {
    details.value = loaded;
  }
}

async function keep<T>(kind: "index" | "details", name: string, version: string, into: Map<string, T>): Promise<void> {
  const chunk = `${kind}/${name}`;
  try {
    into.set(name, (await file(kind, name, version)) as T);
    if (missing.peek().includes(chunk)) {
      // On a live site the next version may be there.
      missing.value = missing.peek().filter((one) => one !== chunk);
    }
  } catch {
    missing.value = [...new Set([...missing.peek(), chunk])];
  }
}

/** Asks for the manifest again and again, as long as `pdr ui` says that the data changes. */
function keepLive(): void {
  const again = async () => {
    try {
      const next = await file("manifest", "", String(Date.now()));
      if (JSON.stringify(next) !== JSON.stringify(manifest.peek())) {
        await loadChunks(next);
        manifest.value = next;
      }
      connection.value = "live";
    } catch {
      connection.value = "lost";
    }
    setTimeout(again, LIVE_POLL_MS);
  };
  connection.value = "live";
  setTimeout(again, LIVE_POLL_MS);
}

/** Of a live site: whether `pdr ui` still answers. */
export const connection = signal<"static" | "live" | "lost">("static");

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
