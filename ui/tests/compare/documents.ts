/** Run documents for tests: only what is given differs. */

import type { AttemptDocument, Json, Num, RunDocument, TaskDocument } from "../../src/data/contract";

export function attempt(metrics: [string, Num][] = [], startMs: number | null = 0): AttemptDocument {
  return {
    number: 1,
    max: 1,
    status: "success",
    start_ms: startMs,
    end_ms: null,
    message: null,
    host: null,
    process_id: null,
    metrics: metrics.map(([name, last]) => ({ name, last, min: 0, max: 9, count: 1 })),
    histories: [],
    values: {},
    artifacts: [],
    outputs: [],
    more: null,
    exceptions: [],
    cells: [],
    spans: [],
  };
}

export function task(id: string, facts: Partial<TaskDocument> = {}): TaskDocument {
  return {
    id,
    name: id,
    type: "function",
    source: "pipeline.py",
    folder: id,
    needs: [],
    parameters: {},
    options: {},
    status: "success",
    start_ms: 0,
    end_ms: 2000,
    skipped_because: null,
    reused_from: null,
    reused_metrics: [],
    attempts: [attempt()],
    ...facts,
  };
}

export function run(id: string, tasks: TaskDocument[] = [], facts: Partial<RunDocument> = {}): RunDocument {
  return {
    run_id: id,
    pipeline: "digits",
    environment: "dev",
    status: "success",
    start_ms: 0,
    end_ms: 60_000,
    message: null,
    settings: {},
    tags: {},
    python: "3.12.1",
    platform: "Linux",
    packages: {},
    resource: {},
    trace_id: "",
    warnings: [],
    tasks,
    log: { run_id: id, file: "", size_bytes: 0, sha256: "", pieces: [] },
    origin: null,
    pruned: null,
    ...facts,
  };
}

/** An object whose own key may be `__proto__`, as JSON can bring it. */
export function json(text: string): { [name: string]: Json } {
  return JSON.parse(text) as { [name: string]: Json };
}
