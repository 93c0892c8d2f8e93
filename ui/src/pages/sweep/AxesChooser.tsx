/** Which axes the parallel coordinates have, and in which order. */

import { useState } from "preact/hooks";
import { changeQuery } from "../../routing/route";
import { listText } from "../compare/list";
import type { AxisName } from "./AxisSelect";
import { MOST_AXES } from "./axes";

const OFFERED = 100;

export function AxesChooser({ axes, chosen }: { axes: AxisName[]; chosen: string[] }) {
  const [wanted, setWanted] = useState("");
  const set = (keys: string[]) => changeQuery({ axes: keys.length === 0 ? null : listText(keys) });
  const labels = new Map(axes.map(({ key, label }) => [key, label]));
  const others = axes.filter(
    ({ key, label }) => !chosen.includes(key) && label.toLowerCase().includes(wanted.toLowerCase()),
  );
  const isFull = chosen.length >= MOST_AXES;
  return (
    <details class="menu">
      <summary>Axes</summary>
      <div class="menu-body">
        <input
          type="search"
          placeholder="Find an axis"
          aria-label="Find an axis"
          value={wanted}
          onInput={(event) => setWanted(event.currentTarget.value)}
        />
        <button type="button" class="quiet" onClick={() => set([])}>
          As at first
        </button>
        <div class="menu-list">
          <h3>Shown, in this order</h3>
          {chosen.map((key, at) => (
            <div key={key} class="menu-row">
              <label class="choice">
                <input type="checkbox" checked onChange={() => set(chosen.filter((other) => other !== key))} />
                <bdi>{labels.get(key) ?? key}</bdi>
              </label>
              <button
                type="button"
                class="quiet"
                disabled={at === 0}
                aria-label={`Move ${labels.get(key) ?? key} to the left`}
                onClick={() => set(moved(chosen, at))}
              >
                ←
              </button>
            </div>
          ))}
          <h3>Others{isFull && `: at most ${MOST_AXES} are shown`}</h3>
          {others.slice(0, OFFERED).map(({ key, label }) => (
            <label key={key} class="choice">
              <input type="checkbox" disabled={isFull} checked={false} onChange={() => set([...chosen, key])} />
              <bdi>{label}</bdi>
            </label>
          ))}
          {others.length > OFFERED && <p class="muted small">… and {others.length - OFFERED} more: search for them.</p>}
        </div>
      </div>
    </details>
  );
}

function moved(keys: string[], at: number): string[] {
  const next = [...keys];
  next.splice(at - 1, 0, ...next.splice(at, 1));
  return next;
}
