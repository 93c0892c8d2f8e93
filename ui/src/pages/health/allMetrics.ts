/** Every metric of every run, as files for other programs. */

import { effect } from "@preact/signals";
import type { Row } from "../../data/rows";
import { areDetailsLoaded, isIndexLoaded, missing, needDetails, rows } from "../../data/store";
import { isoText } from "../../parts/format";
import { csvOf } from "../runs/csv";

/** All rows, once tasks and metrics of every run are there; rejects where files are missing, instead of giving a part. */
export function allRows(): Promise<Row[]> {
  needDetails();
  return new Promise((resolve, reject) => {
    let end = () => {};
    end = effect(() => {
      if (missing.value.length > 0) {
        reject(new Error(`these files could not be loaded: ${missing.value.join(", ")}`));
      } else if (isIndexLoaded.value && areDetailsLoaded.value) {
        resolve(rows.value);
      } else {
        return;
      }
      // An effect that is done at once has no name yet.
      queueMicrotask(() => end());
    });
  });
}

/** A run's metrics with their tasks, in the order of the chunk. */
function metricsOfRow(row: Row): [task: string, name: string, value: number | string][] {
  return (row.details ?? row.chunk).metrics.flatMap(({ task, name, values }) => {
    const value = values[row.at] ?? null;
    return value === null ? [] : [[task, name, value] as [string, string, number | string]];
  });
}

/** One line for each metric of each run: `run,task,metric,value`. */
export function metricsCsv(all: readonly Row[]): Uint8Array {
  const parts = [csvOf([["run", "task", "metric", "value"]])];
  for (const row of all) {
    parts.push(csvOf(metricsOfRow(row).map(([task, name, value]) => [row.runId, task, name, String(value)])));
  }
  return encoded(parts);
}

/** A list of runs, each with what the runs table knows, its tasks and its metrics. NaN and infinity are words. */
export function runsJson(all: readonly Row[]): Uint8Array {
  const parts = all.map((row, at) => `${at === 0 ? "[\n" : ",\n"}${JSON.stringify(runObject(row))}`);
  return encoded([...parts, all.length === 0 ? "[]\n" : "\n]\n"]);
}

function runObject(row: Row) {
  return {
    run: row.runId,
    started: row.startMs === null ? null : isoText(row.startMs),
    duration_s: row.durationS,
    result: row.status,
    pipeline: row.pipeline,
    environment: row.environment,
    trigger: row.trigger,
    branch: row.branch,
    commit: row.commit,
    dirty: row.dirty,
    pull_request: row.pullRequest,
    fork: row.fork,
    tags: Object.fromEntries(row.tags),
    parameters: Object.fromEntries(row.parameters),
    tasks: row.taskNames.map((task, at) => ({
      task,
      result: row.taskStatus(at),
      duration_s: row.taskDuration(at),
      attempts: row.taskAttempts(at),
    })),
    metrics: metricsOfRow(row).map(([task, metric, value]) => ({ task, metric, value })),
  };
}

/** Encoded part by part: one text of all runs may be longer than a browser's texts can be. */
function encoded(parts: readonly string[]): Uint8Array {
  const encoder = new TextEncoder();
  const pieces = parts.map((part) => encoder.encode(part));
  const all = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
