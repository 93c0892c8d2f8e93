/** Runs or tasks by their parameters and metrics: two against each other, then many beside each other. */

import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { ParallelCoordinates } from "../../charts/ParallelCoordinates";
import type { ParallelRow, ScatterPoint } from "../../charts/props";
import { Scatter } from "../../charts/Scatter";
import { Section } from "../../parts/Section";
import { go } from "../../routing/route";
import { listOf } from "../compare/list";
import { AxesChooser } from "./AxesChooser";
import { AxisSelect } from "./AxisSelect";
import {
  type Axis,
  defaultChoice,
  isWithin,
  MOST_AXES,
  numOf,
  parallelAxis,
  type Reading,
  read,
  type Unit,
} from "./axes";
import { UnitTable } from "./UnitTable";
import { useLimits } from "./useLimits";

interface Props<U extends Unit> {
  noun: "run" | "task";
  units: U[];
  axes: Axis<U>[];
  query: URLSearchParams;
  actions: (units: U[], isChosen: boolean) => ComponentChildren;
}

export function SweepView<U extends Unit>({ noun, units, axes, query, actions }: Props<U>) {
  const { limits, origin, change } = useLimits(query.get("keep"));
  const usual = useMemo(() => defaultChoice(axes, units), [axes, units]);
  const askedAxes = query.get("axes");
  const axisKeys = useMemo(
    () => (askedAxes === null ? usual.axes : [...new Set(listOf(askedAxes))].slice(0, MOST_AXES)),
    [askedAxes, usual],
  );
  const keys = { x: query.get("x") ?? usual.x, y: query.get("y") ?? usual.y, color: query.get("color") };
  const readings = useMemo(() => axisKeys.map((key) => readingOf(axes, units, key)), [axes, units, axisKeys]);
  const kept = useMemo(
    () => units.map((_, at) => at).filter((at) => isWithin(readings, limits, at)),
    [units, readings, limits],
  );
  const scatter = useMemo(
    () => [keys.x, keys.y, keys.color].map((key) => (key === null ? null : readingOf(axes, units, key))),
    [axes, units, keys.x, keys.y, keys.color],
  );
  const points = useMemo(() => pointsOf(units, kept, scatter), [units, kept, scatter]);
  const lines = useMemo(() => linesOf(units, readings), [units, readings]);
  const parallelAxes = useMemo(() => readings.map(parallelAxis), [readings]);
  const numeric = useMemo(() => axes.filter((axis) => isNumeric(axis, units)), [axes, units]);
  const open = (id: string) => {
    const unit = units.find((one) => one.id === id);
    if (unit !== undefined) {
      go(unit.href);
    }
  };
  const [x, y, color] = scatter;
  return (
    <>
      <Section
        id="scatter"
        title="Two against each other"
        note={
          <div class="axis-selects">
            <AxisSelect label="Across" name="x" chosen={keys.x} axes={numeric} />
            <AxisSelect label="Up" name="y" chosen={keys.y} axes={numeric} />
            <AxisSelect label="Colour" name="color" chosen={keys.color} axes={numeric} none="one for all" />
          </div>
        }
      >
        {x != null && y != null ? (
          <Scatter points={points} x={x.label} y={y.label} color={color?.label ?? null} noun={noun} onSelect={open} />
        ) : (
          <p class="muted">There are no two numbers to set against each other.</p>
        )}
      </Section>
      <Section id="parallel" title="Side by side" note={<AxesChooser axes={axes} chosen={axisKeys} />}>
        {parallelAxes.length > 1 ? (
          <ParallelCoordinates
            key={origin}
            axes={parallelAxes}
            rows={lines}
            colorAxis={keys.color !== null && axisKeys.includes(keys.color) ? keys.color : null}
            brushes={limits}
            noun={noun}
            onBrush={(_, brushes) => change(brushes)}
            onSelect={open}
          />
        ) : (
          <p class="muted">
            {axes.some(({ kind }) => kind !== "other")
              ? "Fewer than two parameters and metrics vary here: choose axes to see others."
              : `These ${noun}s have no parameters and no metrics.`}
          </p>
        )}
      </Section>
      <Section id="selected" title="Selected">
        <UnitTable
          noun={noun}
          units={units}
          kept={kept}
          readings={readings}
          order={query.get("sort")}
          actions={actions}
        />
      </Section>
    </>
  );
}

/** An axis of an old address that these units have not: it has no values. */
function readingOf<U>(axes: Axis<U>[], units: U[], key: string): Reading {
  const axis = axes.find((one) => one.key === key);
  return read(axis ?? { key, label: key, kind: "other", read: () => null }, units);
}

/** Metrics are; of the others it is to be looked at. */
function isNumeric<U>(axis: Axis<U>, units: U[]): boolean {
  return axis.kind === "metric" || read(axis, units).categories === null;
}

function pointsOf<U extends Unit>(units: U[], kept: number[], scatter: (Reading | null)[]): ScatterPoint[] {
  const value = (reading: Reading | null | undefined, at: number) => numOf(reading?.values[at] ?? null);
  return kept.flatMap((at) => {
    const unit = units[at];
    return unit === undefined
      ? []
      : [
          {
            runId: unit.id,
            label: unit.label,
            status: unit.status,
            x: value(scatter[0], at),
            y: value(scatter[1], at),
            color: value(scatter[2], at),
          },
        ];
  });
}

function linesOf(units: Unit[], readings: Reading[]): ParallelRow[] {
  return units.map(({ id, label }, at) => ({
    runId: id,
    label,
    values: readings.map(({ values }) => {
      const value = values[at] ?? null;
      return typeof value === "string" ? value : numOf(value);
    }),
  }));
}
