import type { RunDocument, TaskDocument } from "../../src/data/contract";

export function run(tasks: TaskDocument[], more: Partial<RunDocument> = {}): RunDocument {
  return {
    run_id: "20261121T090000Z-abc",
    pipeline: "demo",
    environment: "dev",
    status: "success",
    start_ms: 0,
    end_ms: 10_000,
    message: null,
    settings: {},
    tags: {},
    python: "3.12.1",
    platform: "Linux",
    packages: {},
    resource: {},
    trace_id: "0",
    warnings: [],
    tasks,
    log: { run_id: "", file: "a.otlp.jsonl", size_bytes: 1, sha256: "", pieces: [] },
    origin: null,
    pruned: null,
    ...more,
  };
}
