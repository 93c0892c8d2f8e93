/** The runs or tasks that are within all limits, with links, and ways to compare them. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { counted, metricText } from "../../parts/format";
import { Scroll } from "../../parts/Scroll";
import { StatusMark } from "../../parts/Status";
import { changeQuery } from "../../routing/route";
import { type AxisValue, numOf, type Reading, type Unit } from "./axes";

const FIRST = 50;
const MORE = 200;

interface Props<U extends Unit> {
  noun: "run" | "task";
  units: U[];
  /** Places in `units` that are within all limits. */
  kept: number[];
  readings: Reading[];
  order: string | null;
  /** What one can do with those that are chosen; with all that are listed while none is. */
  actions: (units: U[], isChosen: boolean) => ComponentChildren;
}

export function UnitTable<U extends Unit>({ noun, units, kept, readings, order, actions }: Props<U>) {
  const [count, setCount] = useState(FIRST);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const sorted = sortedPlaces(kept, readings, order);
  const listed = kept.flatMap((at) => units[at] ?? []);
  const picked = listed.filter(({ id }) => chosen.has(id));
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) {
      next.add(id);
    }
    setChosen(next);
  };
  return (
    <>
      <div class="actions">
        <span role="status">
          {kept.length === units.length
            ? counted(units.length, noun)
            : `${kept.length} of ${counted(units.length, noun)} within the limits`}
        </span>
        {actions(picked.length > 0 ? picked : listed, picked.length > 0)}
      </div>
      <Scroll label={`Selected ${noun}s`}>
        <table class="plain unit-table">
          <thead>
            <tr>
              <th>
                <span class="unseen">Choose</span>
              </th>
              <th>{noun === "run" ? "Run" : "Task"}</th>
              {readings.map((reading) => (
                <SortHead key={reading.key} reading={reading} order={order} />
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.slice(0, count).map((at) => {
              const unit = units[at];
              return (
                unit !== undefined && (
                  <tr key={unit.id}>
                    <td>
                      <input
                        type="checkbox"
                        aria-label={`Choose ${noun} ${unit.label}`}
                        checked={chosen.has(unit.id)}
                        onChange={() => toggle(unit.id)}
                      />
                    </td>
                    <th scope="row">
                      <StatusMark status={unit.status} /> <a href={unit.href}>{unit.label}</a>
                    </th>
                    {readings.map((reading) => (
                      <td key={reading.key} class={reading.categories === null ? "number" : "wrap"}>
                        {valueText(reading.values[at] ?? null)}
                      </td>
                    ))}
                  </tr>
                )
              );
            })}
          </tbody>
        </table>
      </Scroll>
      {count < sorted.length && (
        <button type="button" onClick={() => setCount(count + MORE)}>
          Show more of {counted(sorted.length, noun)}
        </button>
      )}
    </>
  );
}

function SortHead({ reading: { key, label, categories }, order }: { reading: Reading; order: string | null }) {
  const direction = order === key ? "ascending" : order === `-${key}` ? "descending" : "none";
  const next = direction === "none" ? `-${key}` : direction === "descending" ? key : null;
  return (
    <th class={categories === null ? "number" : ""} aria-sort={direction}>
      <button type="button" class="sort" onClick={() => changeQuery({ sort: next })} title="Sort by this column">
        <bdi>{label}</bdi>
        <span aria-hidden="true">{direction === "none" ? "" : direction === "ascending" ? " ↑" : " ↓"}</span>
      </button>
    </th>
  );
}

/** What has no value, or none that can be ordered, comes last either way. */
function sortedPlaces(kept: number[], readings: Reading[], order: string | null): number[] {
  const descending = order?.startsWith("-") === true;
  const key = descending ? order?.slice(1) : order;
  const reading = readings.find((one) => one.key === key);
  if (reading === undefined) {
    return kept;
  }
  const rank = (at: number): number | null => {
    const value = reading.values[at] ?? null;
    const number = typeof value === "string" ? (reading.categories?.indexOf(value) ?? -1) : value;
    return number === null || Number.isNaN(number) ? null : number;
  };
  return [...kept].sort((one, other) => {
    const [a, b] = [rank(one), rank(other)];
    return a === null || b === null ? Number(a === null) - Number(b === null) : descending ? b - a : a - b;
  });
}

function valueText(value: AxisValue): string {
  return typeof value === "string" ? value : metricText(numOf(value));
}
