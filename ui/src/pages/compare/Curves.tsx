/** Metrics that were logged again and again, the curves of all runs in one drawing each. */

import { useMemo, useState } from "preact/hooks";
import type { StepSeries } from "../../charts/props";
import { StepCurve } from "../../charts/StepCurve";
import type { AttemptDocument, MetricHistory, RunDocument } from "../../data/contract";
import { hasDetails } from "../../data/pruned";
import { counted, timeText } from "../../parts/format";
import { usePromise } from "../../parts/usePromise";
import { everything } from "../task/more";
import type { Aligned } from "./alignTasks";

const FIRST = 4;
/** More lines than this nobody tells apart. */
const MOST_LINES = 16;

interface Curve {
  task: string;
  name: string;
  of: { run: RunDocument; attempt: AttemptDocument }[];
}

export function Curves({ aligned: { runs } }: { aligned: Aligned }) {
  const [isOpen, setOpen] = useState(false);
  const curves = useMemo(() => curvesOf(runs), [runs]);
  if (curves.length === 0) {
    return null;
  }
  return (
    <details class="section" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>Curves</h2> <span class="muted">{counted(curves.length, "metric")} with a history</span>
      </summary>
      {isOpen && <Gallery curves={curves} />}
    </details>
  );
}

function Gallery({ curves }: { curves: Curve[] }) {
  const [wanted, setWanted] = useState("");
  const [count, setCount] = useState(FIRST);
  const found = curves.filter(({ task, name }) => `${task} ${name}`.toLowerCase().includes(wanted.toLowerCase()));
  return (
    <>
      {curves.length > FIRST && (
        <input
          type="search"
          placeholder="Find a curve"
          aria-label="Find a curve"
          value={wanted}
          onInput={(event) => setWanted(event.currentTarget.value)}
        />
      )}
      <div class="curves">
        {found.slice(0, count).map((curve) => (
          <CurveFigure key={JSON.stringify([curve.task, curve.name])} curve={curve} />
        ))}
      </div>
      {count < found.length && (
        <button type="button" onClick={() => setCount(count + 8)}>
          Show more of {counted(found.length, "curve")}
        </button>
      )}
    </>
  );
}

function CurveFigure({ curve }: { curve: Curve }) {
  const drawn = curve.of.slice(0, MOST_LINES);
  const loaded = usePromise(
    () => Promise.all(drawn.map(({ run, attempt }) => everything(run, attempt))),
    drawn.map(({ run, attempt }) => `${run.run_id} ${attempt.number}`).join(),
  );
  const series = useMemo(
    () =>
      loaded.state !== "ready"
        ? []
        : drawn.flatMap(({ run }, at) => {
            const history = loaded.value[at]?.histories.find(({ name }) => name === curve.name);
            return history === undefined ? [] : [seriesOf(run, history)];
          }),
    [loaded, curve],
  );
  return (
    <figure>
      <figcaption>
        <bdi>{curve.name}</bdi> of <bdi>{curve.task}</bdi>
        {curve.of.length > drawn.length && ` (the first ${MOST_LINES} of ${curve.of.length} runs)`}
      </figcaption>
      {loaded.state === "ready" ? (
        <StepCurve series={series} xLabel="step" yLabel={curve.name} />
      ) : (
        <p class={loaded.state === "failed" ? "failure-text" : "muted"}>
          {loaded.state === "failed" ? loaded.error : "Loading …"}
        </p>
      )}
    </figure>
  );
}

function seriesOf(run: RunDocument, history: MetricHistory): StepSeries {
  const points = history.values.map((value, at) => ({ x: history.steps[at] ?? at, y: value }));
  // User code may log steps in any order.
  points.sort((one, other) => one.x - other.x);
  return {
    label: `${timeText(run.start_ms)} ${run.run_id.slice(-6)}`,
    x: points.map(({ x }) => x),
    y: points.map(({ y }) => y),
  };
}

/** Curves that several runs have come first. */
function curvesOf(runs: RunDocument[]): Curve[] {
  const curves = new Map<string, Curve>();
  for (const run of runs) {
    for (const task of hasDetails(run) ? run.tasks : []) {
      const attempt = task.attempts.at(-1);
      for (const { name, count } of attempt?.metrics ?? []) {
        if (attempt !== undefined && count > 1) {
          const key = JSON.stringify([task.id, name]);
          const curve = curves.get(key) ?? { task: task.id, name, of: [] };
          curve.of.push({ run, attempt });
          curves.set(key, curve);
        }
      }
    }
  }
  return [...curves.values()].sort((one, other) => other.of.length - one.of.length);
}
