/** Chooses one axis out of all that there are. */

import { changeQuery } from "../../routing/route";

export interface AxisName {
  key: string;
  label: string;
  kind: "parameter" | "metric" | "other";
}

const KINDS: [kind: AxisName["kind"], title: string][] = [
  ["parameter", "Parameters"],
  ["metric", "Metrics"],
  ["other", "Other"],
];

interface Props {
  label: string;
  /** Name in the address. */
  name: "x" | "y" | "color";
  chosen: string | null;
  axes: AxisName[];
  /** What to choose for no axis at all. */
  none?: string;
}

export function AxisSelect({ label, name, chosen, axes, none }: Props) {
  const isKnown = chosen === null || axes.some(({ key }) => key === chosen);
  return (
    <label class="axis-select">
      {label}
      <select value={chosen ?? ""} onChange={({ currentTarget: { value } }) => changeQuery({ [name]: value })}>
        {(none !== undefined || chosen === null) && <option value="">{none ?? "–"}</option>}
        {!isKnown && <option value={chosen ?? ""}>{chosen} (not here)</option>}
        {KINDS.map(([kind, title]) => {
          const options = axes.filter((axis) => axis.kind === kind);
          return (
            options.length > 0 && (
              <optgroup key={kind} label={title}>
                {options.map(({ key, label }) => (
                  <option key={key} value={key}>
                    {label}
                  </option>
                ))}
              </optgroup>
            )
          );
        })}
      </select>
    </label>
  );
}
