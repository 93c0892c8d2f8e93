/** Small tasks and graphs for tests. */

import type { AttemptDocument, Status, TaskDocument } from "../../src/data/contract";

export function attempt(number: number, more: Partial<AttemptDocument> = {}): AttemptDocument {
  return {
    number,
    max: number,
    status: "success",
    start_ms: 1_000,
    end_ms: 2_000,
    message: null,
    host: "node-1",
    process_id: 1,
    metrics: [],
    histories: [],
    values: {},
    artifacts: [],
    outputs: [],
    more: null,
    exceptions: [],
    cells: [],
    spans: [],
    ...more,
  };
}

export function task(id: string, needs: string[] = [], more: Partial<TaskDocument> = {}): TaskDocument {
  return {
    id,
    name: id.replace(/[-\d]+$/, ""),
    type: "notebook",
    source: `notebooks/${id}.py`,
    folder: "",
    needs,
    parameters: {},
    options: {},
    status: "success",
    start_ms: 0,
    end_ms: 2_000,
    skipped_because: null,
    reused_from: null,
    reused_metrics: [],
    attempts: [attempt(1)],
    ...more,
  };
}

/** The demo: ingest → eda; ingest → split → train × k → benchmark × k → summary. */
export function demo(k: number, statusOf: (train: number) => Status = () => "success"): TaskDocument[] {
  const each = Array.from({ length: k }, (_, at) => at);
  return [
    task("ingest"),
    task("eda", ["ingest"]),
    task("split", ["ingest"]),
    ...each.map((at) =>
      task(`train-${at}`, ["ingest", "split"], { parameters: { nr_train_images: 100 * at }, status: statusOf(at) }),
    ),
    ...each.map((at) => task(`benchmark-${at}`, [`train-${at}`, "split"])),
    task(
      "summary",
      each.map((at) => `benchmark-${at}`),
    ),
  ];
}

/** Repeatable numbers between 0 and 1. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

/** Edges between `count` nodes in random order, always from a lower number to a higher one. */
export function randomEdges(count: number, edges: number, seed: number): [number, number][] {
  const random = randomNumbers(seed);
  const found = new Map<string, [number, number]>();
  while (found.size < edges) {
    const to = 1 + Math.floor(random() * (count - 1));
    const from = Math.floor(random() * to);
    found.set(`${from} ${to}`, [from, to]);
  }
  return [...found.values()];
}
