/** What the charts are given. Types alone: the app knows them without loading the charts. */

import type { Num, Status } from "../data/contract";

/** One value of a metric in the history of runs. */
export interface HistoryPoint {
  runId: string;
  /** Milliseconds on an axis of time, else the place (0, 1, 2 ...) on an axis of commits or pull requests. */
  x: number;
  /** Nothing where the run has no such metric: a gap. */
  value: Num | null;
  kind: "main" | "pull_request" | "other";
  status: Status;
  /** Names the run for people: `main at 3f2ab91`, `PR 12 at 77ce021`. */
  label: string;
  /** When the run started; for the tooltip, whatever the axis. */
  timeMs: number | null;
  /** What stands below the axis where it is not one of time: the commit or `PR 12`. */
  tick: string;
  /** Why the point stands out, in words: `regression: 0.91, main 0.95 ± 0.01`; nothing for the others. */
  flag: string | null;
}

/** What main's values are expected to be around one place: median, and median ± spread. */
export interface BandPoint {
  x: number;
  low: number;
  middle: number;
  high: number;
}

export type HistoryAxis = "time" | "commit" | "pull_request";

export interface MetricHistoryProps {
  /** Name of the metric, as people read it. */
  name: string;
  /** In ascending order of x. */
  points: HistoryPoint[];
  band: BandPoint[];
  xAxis: HistoryAxis;
  yLog: boolean;
  /** Where the reader may switch the scale. */
  onYLog?: (yLog: boolean) => void;
  onSelect: (runId: string) => void;
}

/** One line of a step curve. */
export interface StepSeries {
  /** Names the line: a run, or the metric. */
  label: string;
  /** Ascending. */
  x: number[];
  y: (Num | null)[];
}

export interface StepCurveProps {
  series: StepSeries[];
  /** `step`, `seconds since the start` ... */
  xLabel: string;
  /** What the values are: the metric's name. */
  yLabel?: string;
  /** Whether the scale is logarithmic; without `onYLog` only to begin with. */
  yLog?: boolean;
  onYLog?: (yLog: boolean) => void;
}

export interface ScatterPoint {
  runId: string;
  x: Num | null;
  y: Num | null;
  /** Value by which the point is coloured, when there is one. */
  color: Num | null;
  status: Status;
  label: string;
}

/** What a point or line is. */
export type Noun = "run" | "task";

export interface ScatterProps {
  points: ScatterPoint[];
  /** Names of what the axes and colours show; no colour scale where `color` is null. */
  x: string;
  y: string;
  color: string | null;
  /** `run` where nothing is said; of a task, `runId` is its id. */
  noun?: Noun;
  onSelect: (runId: string) => void;
}

/** A parameter or metric as an axis: of numbers, or of texts where `categories` is given. */
export interface ParallelAxis {
  id: string;
  label: string;
  /** Order of the texts, bottom to top; null for an axis of numbers. */
  categories: string[] | null;
}

/** One run: a value for each axis, in their order. */
export interface ParallelRow {
  runId: string;
  label: string;
  values: (Num | string | null)[];
}

/** What is kept of an axis: both ends included; of categories, their places. */
export interface Brush {
  low: number;
  high: number;
}

export interface ParallelCoordinatesProps {
  axes: ParallelAxis[];
  rows: ParallelRow[];
  /** Axis by whose value the lines are coloured; null for one colour. */
  colorAxis: string | null;
  noun?: Noun;
  /** Limits to begin with, as an address has them. */
  brushes?: ReadonlyMap<string, Brush>;
  /** Called when a brush moves, with the runs that are within all of them. */
  onBrush: (runIds: string[], brushes: Map<string, Brush>) => void;
  onSelect: (runId: string) => void;
}

/** The charts, by name, with what each is given. */
export interface ChartProps {
  metricHistory: MetricHistoryProps;
  stepCurve: StepCurveProps;
  scatter: ScatterProps;
  parallelCoordinates: ParallelCoordinatesProps;
}

/** A chart on the page. */
export interface MountedChart<Props> {
  update(props: Props): void;
  destroy(): void;
}
