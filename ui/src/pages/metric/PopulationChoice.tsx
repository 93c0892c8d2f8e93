/** Which pipeline and environment a page is about: chosen where there are several, said where there is one. */

import { counted } from "../../parts/format";
import { changeQuery } from "../../routing/route";
import type { Choice, Population } from "./population";

export function PopulationChoice({ population }: { population: Population }) {
  return (
    <>
      <Chosen name="pipeline" title="Pipeline" value={population.pipeline} choices={population.pipelines} />
      <Chosen name="environment" title="Environment" value={population.environment} choices={population.environments} />
    </>
  );
}

interface Props {
  /** In the address. */
  name: "pipeline" | "environment";
  title: string;
  value: string;
  choices: Choice[];
}

function Chosen({ name, title, value, choices }: Props) {
  const clears = name === "pipeline" ? { environment: null } : {};
  return choices.length < 2 ? (
    <span class="choice-said">
      <span class="muted">{title}</span> <bdi>{value === "" ? "none" : value}</bdi>
    </span>
  ) : (
    <label class="choice-said">
      <span class="muted">{title}</span>
      <select value={value} onChange={(event) => changeQuery({ ...clears, [name]: event.currentTarget.value })}>
        {choices.map((choice) => (
          <option key={choice.name} value={choice.name}>
            {choice.name} ({counted(choice.runs, "run")})
          </option>
        ))}
      </select>
    </label>
  );
}
