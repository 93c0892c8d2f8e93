/**
 * What `pdr site` writes and this program reads: the one place that says it. The writer is `pynb_dag_runner.site`.
 *
 * Every file of data is a classic script that calls `pdr.add(kind, key, payload)`, since `fetch` is refused on file://.
 * Kinds, keys and files, relative to index.html:
 *
 *     manifest  ""            data/manifest.js
 *     index     CHUNK         data/index/CHUNK.js          one row per run
 *     details   CHUNK         data/details/CHUNK.js        tasks and all metrics of the same runs
 *     run       RUN_ID        data/runs/RUN_ID/run.js      one run, without heavy content
 *     more      RUN_ID/NAME   data/runs/RUN_ID/NAME.js     outputs and histories of an attempt that are heavy
 *     piece     RUN_ID/N      data/runs/RUN_ID/N.js        piece N of the run log: gzip, then base64
 *
 * Times are milliseconds since 1970 (UTC), durations seconds, sizes bytes. NaN and infinity are the strings "NaN",
 * "Infinity" and "-Infinity". Any text, key or name may come from a stranger: keys go into a Map, never onto an object.
 */

export const FORMAT = 1;

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A number, or one that JSON does not have. */
export type Num = number | "NaN" | "Infinity" | "-Infinity";

/** A result, or the state of what has none. */
export type Status =
  | "success"
  /** Of tasks alone: taken over from an earlier run. */
  | "reused"
  | "failure"
  | "error"
  | "timeout"
  | "cancellation"
  | "skip"
  | "waiting"
  | "running"
  | "interrupted";

export interface Manifest {
  format: number;
  /** Version of the library that wrote the site. */
  version: string;
  /** Set by `pdr ui` alone: the data changes while one looks at it. */
  live: boolean;
  /** Oldest first. A chunk holds at most 500 runs of one month (UTC), and is named after it: `2026-11-0`. */
  chunks: ChunkInfo[];
  unreadable: Unreadable[];
  /** Fingerprint of each run that has not ended: their files change. */
  unfinished: { [runId: string]: string };
  sizes: {
    runs: number;
    data_bytes: number;
    heaviest: { run_id: string; size_bytes: number }[];
    /** How many runs were pruned, by level. Older sites do not say. */
    pruned?: { media: number; details: number };
  };
}

export interface ChunkInfo {
  name: string;
  runs: number;
  /** Start of the hash of each file, for `?v=` where there are caches. */
  index: string;
  details: string;
}

/** A file that is no run log that can be read; `reason` is a sentence. */
export interface Unreadable {
  file: string;
  run_id: string | null;
  reason: string;
}

/** A column whose values repeat: row i holds `values[at[i]]`, nothing where `at[i]` is -1. */
export interface Coded<T> {
  values: T[];
  at: number[];
}

/** Rows in ascending order of run id; all columns have the same length. */
export interface IndexChunk {
  run_id: string[];
  /** Milliseconds since `base_ms`. */
  base_ms: number;
  start: (number | null)[];
  duration_s: (number | null)[];
  status: Coded<Status>;
  pipeline: Coded<string>;
  environment: Coded<string>;
  /** GitHub's event: push, schedule, pull_request; nothing for a run by hand. */
  trigger: Coded<string>;
  branch: Coded<string>;
  /** First 12 digits of the commit. */
  commit: Coded<string>;
  dirty: Coded<boolean>;
  /** Number of the pull request, as text. */
  pull_request: Coded<string>;
  /** True for a pull request of another repository, as GitHub says; else nothing. Older sites have no such column. */
  fork: Coded<boolean>;
  /** How many tasks have each status. */
  tasks: Coded<{ [status: string]: number }>;
  /** Why the run did not succeed: the earliest failed task, and its error in one line (one signature for equal ones). */
  problem: Coded<{ task: string; error: string }>;
  tags: Coded<{ [name: string]: Json }>;
  /** By name, every distinct value that tasks of the run have: at most 20 names, values of at most 100 characters. */
  parameters: Coded<{ [name: string]: Json[] }>;
  /** Which of the metrics a run has, the most telling first. */
  headlines: Coded<[task: string, name: string][]>;
  /** Headline metrics, at most 6 a run: those of the tasks that nothing needs. Six significant digits. */
  metrics: { task: string; name: string; values: (Num | null)[] }[];
}

/** Same rows as the index chunk of the same name. */
export interface DetailsChunk {
  run_id: string[];
  /** Ids of the tasks of each run, in the order of the run. */
  tasks: Coded<string[]>;
  /** For each run, the status of each of its tasks: indices into `statuses`, -1 for none. */
  statuses: Status[];
  status: number[][];
  /** For each run, seconds that each of its tasks ran (without waiting). */
  duration_s: (number | null)[][];
  attempts: number[][];
  /** Last value of every metric of the attempt that counts, by task and name; null where a run has none. */
  metrics: { task: string; name: string; values: (Num | null)[] }[];
}

export interface RunDocument {
  run_id: string;
  pipeline: string;
  environment: string;
  status: Status;
  start_ms: number | null;
  end_ms: number | null;
  message: string | null;
  settings: { [name: string]: Json };
  tags: { [name: string]: Json };
  python: string;
  platform: string;
  packages: { [name: string]: string };
  /** OpenTelemetry's attributes of the run's resource, under their own names: `vcs.*`, `cicd.*`, `pdr.github.*`. */
  resource: { [name: string]: Json };
  trace_id: string;
  warnings: string[];
  tasks: TaskDocument[];
  log: RunLogInfo;
  /** Who ran what, as GitHub says; null: nobody but the run log says it. */
  origin: OriginDocument | null;
  /** What was removed to keep the site within its size; null: nothing. */
  pruned: Pruned | null;
}

/** One attempt of a workflow run, as GitHub's API tells it. Titles, branches and logins are a stranger's texts all the same. */
export interface OriginDocument {
  /** `owner/name`. */
  repository: string;
  run_id: number;
  run_attempt: number;
  event: string;
  head_sha: string;
  head_branch: string | null;
  /** Null: it was deleted. */
  head_repository: string | null;
  pull_request: number | null;
  pull_request_title: string | null;
  /** Path of the workflow's file. */
  workflow: string;
  /** `success`, `failure`, `cancelled` ... of the whole workflow run. */
  conclusion: string | null;
  /** Of the attempt's page at GitHub. */
  url: string;
  actor: string | null;
  started_ms: number;
}

/**
 * `media`: no piece of the run log is there, and with them notebooks, figures and artifacts. `details`: neither are
 * outputs, stack traces, cells, spans, histories, values and packages.
 */
export interface Pruned {
  level: "media" | "details";
  when_ms: number;
}

/** The run log in pieces of whole lines, in order: together they are the file, byte for byte. */
export interface RunLogInfo {
  /** What the run log calls its run: of a collected one, `RunDocument.run_id` is the attempt at GitHub. */
  run_id: string;
  file: string;
  size_bytes: number;
  sha256: string;
  /** Size of each piece before compression and of its script; `left_out` pieces hold too large artifacts and are not in the site. */
  pieces: { size_bytes: number; script_bytes: number; left_out: boolean }[];
}

export interface TaskDocument {
  id: string;
  name: string;
  type: string;
  source: string;
  folder: string;
  needs: string[];
  parameters: { [name: string]: Json };
  options: { [name: string]: Json };
  status: Status;
  start_ms: number | null;
  end_ms: number | null;
  /** Id of the task that was run, did not succeed, and so is the cause. */
  skipped_because: string | null;
  /** Id of the run in which a task that was taken over really ran. Older sites do not say. */
  reused_from: string | null;
  /** What it measured there: no new measurement, and no part of any row. */
  reused_metrics: MetricSummary[];
  attempts: AttemptDocument[];
}

export interface AttemptDocument {
  number: number;
  max: number;
  status: Status;
  start_ms: number | null;
  end_ms: number | null;
  message: string | null;
  host: string | null;
  process_id: number | null;
  metrics: MetricSummary[];
  /** Histories of the metrics with several values; null: in `more`. */
  histories: MetricHistory[] | null;
  values: { [name: string]: Json };
  artifacts: ArtifactDocument[];
  /** What the task printed, in order; where that is much, the last 40 lines, and all of it in `more`. */
  outputs: OutputDocument[];
  /** Name of the file with all outputs and histories, null where nothing is left out here. */
  more: string | null;
  exceptions: ExceptionDocument[];
  cells: CellDocument[];
  spans: SpanDocument[];
}

export interface MetricSummary {
  name: string;
  last: Num;
  min: Num;
  max: Num;
  count: number;
}

/** Values in the order in which they were logged; `steps` are null where user code gave none. */
export interface MetricHistory {
  name: string;
  values: Num[];
  steps: (number | null)[];
  times_ms: number[];
}

export interface ArtifactDocument {
  name: string;
  kind: "artifact" | "figure" | "text" | "notebook";
  media_type: string;
  size_bytes: number | null;
  sha256: string | null;
  /** `incomplete`: its process died while it wrote; `left_out`: too large for the site; `expired`: see `Pruned`. */
  state: "complete" | "incomplete" | "left_out" | "expired";
  /** Where its chunks lie: piece of the run log, and offset and length in bytes of the line within the piece. */
  chunks: [piece: number, offset: number, length: number][];
}

export interface OutputDocument {
  stream: string;
  text: string;
  time_ms: number;
  cell: number | null;
  dropped_bytes: number;
}

export interface ExceptionDocument {
  type: string;
  message: string;
  stacktrace: string;
  time_ms: number;
  file: string | null;
  line: number | null;
}

export interface CellDocument {
  index: number;
  line: number | null;
  failed: boolean;
  start_ms: number | null;
  end_ms: number | null;
}

export interface SpanDocument {
  name: string;
  span_id: string;
  parent_id: string;
  failed: boolean;
  start_ms: number | null;
  end_ms: number | null;
  attributes: { [name: string]: Json };
}

/** A `more` file. */
export interface MoreDocument {
  outputs: OutputDocument[];
  histories: MetricHistory[];
}
