/** What a sweep can show of runs or of tasks: each parameter and each metric is an axis. */

import type { Brush, ParallelAxis } from "../../charts/props";
import type { Json, Num, Status } from "../../data/contract";
import { jsonText } from "../../parts/format";

export type AxisValue = number | string | null;

/** A run, or a task of a run: a point of the scatter, and a line of the parallel coordinates. */
export interface Unit {
  id: string;
  label: string;
  status: Status;
  href: string;
}

export interface Axis<U> {
  /** Stands in the address. */
  key: string;
  label: string;
  kind: "parameter" | "metric" | "other";
  read: (unit: U) => AxisValue;
}

/** An axis with its values of all units, in their order. */
export interface Reading {
  key: string;
  label: string;
  kind: Axis<unknown>["kind"];
  values: AxisValue[];
  /** The texts in order, where not every value is a number; else null. */
  categories: string[] | null;
}

export interface Choice {
  x: string | null;
  y: string | null;
  color: string | null;
  axes: string[];
}

const DEFAULT_PARAMETERS = 5;
const DEFAULT_METRICS = 4;
export const MOST_AXES = 16;

export function read<U>(axis: Axis<U>, units: U[]): Reading {
  const values = units.map(axis.read);
  const isNumeric = values.every((value) => typeof value !== "string");
  const texts = isNumeric ? null : values.map((value) => (value === null ? null : String(value)));
  return {
    key: axis.key,
    label: axis.label,
    kind: axis.kind,
    values: texts ?? values,
    categories: texts === null ? null : sortedTexts(texts),
  };
}

/** Names of metrics, each with its task where several tasks have such a one. */
export function metricLabels(metrics: { task: string; name: string }[]): string[] {
  const counts = new Map<string, number>();
  for (const { name } of metrics) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return metrics.map(({ task, name }) => ((counts.get(name) ?? 0) > 1 ? `${name} · ${task}` : name));
}

/** One value stands as it is; several of one run as a text of all. */
export function axisValue(values: Json[]): AxisValue {
  const [only] = values;
  if (values.length === 0 || only === undefined) {
    return null;
  }
  return values.length === 1 && typeof only === "number" ? only : values.map(jsonText).join(", ");
}

/** Of more metrics nobody chooses by looking at what varies. */
const LOOKED_AT = 24;

/** What is shown until the reader chooses: parameters that vary, then metrics. */
export function defaultChoice<U>(axes: Axis<U>[], units: U[]): Choice {
  const metricAxes = axes.filter(({ kind }) => kind === "metric").slice(0, LOOKED_AT);
  const readings = [...axes.filter(({ kind }) => kind !== "metric"), ...metricAxes].map((axis) => read(axis, units));
  const parameters = readings.filter((reading) => reading.kind === "parameter" && varies(reading));
  const metrics = readings.filter((reading) => reading.kind === "metric" && varies(reading));
  const others = readings.filter((reading) => reading.kind === "other" && reading.categories === null);
  const numeric = parameters.filter(({ categories }) => categories === null);
  const x = numeric[0] ?? metrics[1] ?? others[0];
  const y = metrics.find((metric) => metric !== x) ?? others.find((other) => other !== x);
  return {
    x: x?.key ?? null,
    y: y?.key ?? null,
    color: null,
    axes: [...parameters.slice(0, DEFAULT_PARAMETERS), ...metrics.slice(0, DEFAULT_METRICS)].map(({ key }) => key),
  };
}

export function varies({ values }: Reading): boolean {
  const seen = new Set(values.filter((value) => value !== null));
  return seen.size > 1;
}

export function parallelAxis({ key, label, categories }: Reading): ParallelAxis {
  return { id: key, label, categories };
}

/** The value as JSON can hold it, which is how charts take numbers. */
export function numOf(value: AxisValue): Num | null {
  if (typeof value !== "number") {
    return null;
  }
  return Number.isFinite(value) ? value : (String(value) as Num);
}

/** Whether the unit at this place is within all limits. */
export function isWithin(readings: Reading[], limits: ReadonlyMap<string, Brush>, at: number): boolean {
  return readings.every((reading) => {
    const limit = limits.get(reading.key);
    if (limit === undefined) {
      return true;
    }
    const value = reading.values[at] ?? null;
    const place = typeof value === "string" ? (reading.categories?.indexOf(value) ?? -1) : value;
    return place !== null && place >= limit.low && place <= limit.high;
  });
}

function sortedTexts(texts: (string | null)[]): string[] {
  const order = new Intl.Collator("en", { numeric: true });
  return [...new Set(texts.filter((text) => text !== null))].sort(order.compare);
}
