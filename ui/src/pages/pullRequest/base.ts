/** What a pull request is compared with, and how it differs from that. */

import type { Status } from "../../data/contract";
import type { MetricKey, Row } from "../../data/rows";
import { mainHistory } from "../../stats/band";
import type { Level } from "../../stats/robust";
import { type Flag, flagAgainst } from "../metric/flags";
import { kindOf, type Mainline, mainlineOf } from "../metric/mainline";
import { metricsOf, oldestFirst, reader } from "../metric/reader";

/** Runs of one pull request that measure the same: of one pipeline in one environment, newest first. */
export interface Subject {
  pipeline: string;
  environment: string;
  runs: Row[];
}

export function subjectsOf(runs: readonly Row[]): Subject[] {
  const subjects = new Map<string, Subject>();
  for (const row of runs) {
    const key = JSON.stringify([row.pipeline, row.environment]);
    const known = subjects.get(key);
    if (known === undefined) {
      subjects.set(key, { pipeline: row.pipeline, environment: row.environment, runs: [row] });
    } else {
      known.runs.push(row);
    }
  }
  return [...subjects.values()];
}

export interface Base {
  mainline: Mainline;
  /** Main's runs before the newest of the pull request, oldest first. */
  main: Row[];
  /** The newest of these that succeeded, else the newest; null for none. */
  run: Row | null;
  newest: Row | null;
}

export function baseOf(subject: Subject, all: readonly Row[]): Base {
  const same = all.filter((row) => row.pipeline === subject.pipeline && row.environment === subject.environment);
  const mainline = mainlineOf(same);
  const head = subject.runs[0];
  const main = oldestFirst(same).filter(
    (row) => kindOf(row, mainline) === "main" && head !== undefined && isBefore(row, head),
  );
  const newest = main.at(-1) ?? null;
  return { mainline, main, newest, run: main.findLast(({ status }) => status === "success") ?? newest };
}

function isBefore(one: Row, other: Row): boolean {
  return one.startMs === null || other.startMs === null ? one.runId < other.runId : one.startMs < other.startMs;
}

export interface Difference {
  metric: MetricKey;
  base: number | null;
  value: number | null;
  /** Of main; null where it has too few values, or where they were not looked at. */
  level: Level | null;
  flag: Flag | null;
}

/** Runs of main from which it is known what is usual. */
const USUAL_FROM = 40;
/** Of so many metrics it is asked whether the difference is more than chance: each takes about a millisecond. */
export const JUDGED = 500;

/** Metrics that differ, what stands out first; and how many are equal. */
export function differencesOf(base: Base, head: Row): { differences: Difference[]; equal: number } {
  const differences: Difference[] = [];
  let equal = 0;
  for (const metric of metricsOf(base.run === null ? [head] : [head, base.run])) {
    const read = reader(metric);
    const [before, value] = [base.run === null ? null : read(base.run), read(head)];
    if (Object.is(before, value)) {
      equal += 1;
      continue;
    }
    const isJudged = differences.length < JUDGED && value !== null;
    const level = isJudged ? (mainHistory(base.main.slice(-USUAL_FROM).map(read)).levels.at(-1) ?? null) : null;
    const flag = level === null || value === null ? null : flagAgainst(level, value, head, metric.name);
    differences.push({ metric, base: before, value, level, flag });
  }
  return {
    differences: differences.sort((one, other) => rank(one) - rank(other) || sigmas(other) - sigmas(one)),
    equal,
  };
}

function rank({ flag }: Difference): number {
  return flag === null ? 3 : { regression: 0, change: 1, improvement: 2 }[flag.verdict];
}

function sigmas({ level, value }: Difference): number {
  return level === null || value === null || !Number.isFinite(value)
    ? 0
    : Math.abs(value - level.centre) / level.spread;
}

export interface TaskDifference {
  task: string;
  base: Status | null;
  status: Status | null;
}

/** Tasks whose result is another than in the base, in the order of the run; null where one has no such task. */
export function taskDifferences(base: Row, head: Row): TaskDifference[] {
  const tasks = new Set([...head.taskNames, ...base.taskNames]);
  return [...tasks]
    .map((task) => ({ task, base: base.taskStatus(base.taskAt(task)), status: head.taskStatus(head.taskAt(task)) }))
    .filter((difference) => difference.base !== difference.status);
}

/** The newest run of each push, oldest first. */
export function pushesOf(runs: readonly Row[]): Row[] {
  const pushes = new Map<string, Row>();
  for (const row of runs) {
    const push = row.commit ?? row.runId;
    if (!pushes.has(push)) {
      pushes.set(push, row);
    }
  }
  return [...pushes.values()].reverse();
}

/** Headline metrics of these runs: those that the index has. */
export function headlinesOf(runs: readonly Row[], most: number): MetricKey[] {
  const found = new Map<string, MetricKey>();
  for (const row of runs) {
    for (const { task, name, values } of row.chunk.metrics) {
      if ((values[row.at] ?? null) !== null) {
        found.set(JSON.stringify([task, name]), { task, name });
      }
    }
  }
  return [...found.values()].slice(0, most);
}
