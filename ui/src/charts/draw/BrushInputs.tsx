/** The limits of every axis as inputs: for the keyboard, for exact numbers, and for fingers. */

import { metricText } from "../../parts/format";
import type { Brush } from "../props";
import type { Column } from "./brushes";

interface BrushInputsProps {
  columns: readonly Column[];
  brushes: ReadonlyMap<string, Brush>;
  onBrush: (axis: string, brush: Brush | null) => void;
}

export function BrushInputs({ columns, brushes, onBrush }: BrushInputsProps) {
  return (
    <details class="brush-inputs">
      <summary>
        Limits as numbers{brushes.size > 0 ? ` (${brushes.size} of ${columns.length} axes are limited)` : ""}
      </summary>
      <div class="brush-fields">
        {columns.map((column) => (
          <BrushField
            key={column.axis.id}
            column={column}
            brush={brushes.get(column.axis.id) ?? null}
            onBrush={(brush) => onBrush(column.axis.id, brush)}
          />
        ))}
      </div>
    </details>
  );
}

interface BrushFieldProps {
  column: Column;
  brush: Brush | null;
  onBrush: (brush: Brush | null) => void;
}

function BrushField({ column, brush, onBrush }: BrushFieldProps) {
  const [low, high] = [brush?.low ?? column.range[0], brush?.high ?? column.range[1]];
  const set = (nextLow: number, nextHigh: number) => {
    if (!Number.isNaN(nextLow) && !Number.isNaN(nextHigh)) {
      onBrush(nextLow <= column.range[0] && nextHigh >= column.range[1] ? null : { low: nextLow, high: nextHigh });
    }
  };
  const Input = column.axis.categories === null ? NumberInput : CategoryInput;
  return (
    <fieldset>
      <legend>
        <bdi>{column.axis.label}</bdi>
      </legend>
      <Input label="from" column={column} value={low} onValue={(value) => set(value, high)} />
      <Input label="to" column={column} value={high} onValue={(value) => set(low, value)} />
      <button type="button" disabled={brush === null} onClick={() => onBrush(null)}>
        All
      </button>
    </fieldset>
  );
}

interface InputProps {
  label: string;
  column: Column;
  value: number;
  onValue: (value: number) => void;
}

function NumberInput({ label, value, onValue }: InputProps) {
  return (
    <label>
      {label}
      <input
        type="number"
        step="any"
        value={metricText(value)}
        onChange={(event) => onValue(event.currentTarget.valueAsNumber)}
      />
    </label>
  );
}

function CategoryInput({ label, column, value, onValue }: InputProps) {
  return (
    <label>
      {label}
      <select value={String(value)} onChange={(event) => onValue(Number(event.currentTarget.value))}>
        {column.axis.categories?.map((text, place) => (
          <option key={text} value={place}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
