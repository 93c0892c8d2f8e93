/** Metrics that were logged again and again, as curves. */

import { useState } from "preact/hooks";
import { StepCurve } from "../../charts/StepCurve";
import type { AttemptDocument, RunDocument } from "../../data/contract";
import { hasDetails } from "../../data/pruned";
import { Expired } from "../../parts/Expired";
import { counted, numberOf } from "../../parts/format";
import { usePromise } from "../../parts/usePromise";
import { everything } from "./more";

const FIRST = 6;

export function Histories({ run, attempt }: { run: RunDocument; attempt: AttemptDocument }) {
  const [all, setAll] = useState(false);
  const several = attempt.metrics.filter(({ count }) => count > 1);
  const loaded = usePromise(
    async () => (several.length === 0 ? [] : (await everything(run, attempt)).histories),
    `${run.run_id} ${attempt.number} ${several.map(({ name, count }) => `${name}${count}`).join()}`,
  );
  if (several.length === 0) {
    return null;
  }
  if (!hasDetails(run)) {
    return (
      <p>
        <Expired run={run} what={several.length === 1 ? "Its curve" : "Their curves"} />
      </p>
    );
  }
  if (loaded.state !== "ready") {
    return <p class="muted">{loaded.state === "failed" ? loaded.error : "Loading the curves …"}</p>;
  }
  const shown = all ? loaded.value : loaded.value.slice(0, FIRST);
  return (
    <div class="curves">
      {shown.map(({ name, values, steps }) => (
        <figure key={name}>
          <figcaption>{name}</figcaption>
          <StepCurve
            series={[{ label: name, x: steps.map((step, at) => step ?? at), y: values.map(numberOf) }]}
            xLabel={steps.some((step) => step !== null) ? "step" : "value"}
          />
        </figure>
      ))}
      {shown.length < loaded.value.length && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {counted(loaded.value.length, "curve")}
        </button>
      )}
    </div>
  );
}
