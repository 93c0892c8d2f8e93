/** The same metric of tasks that differ from this one in their parameters alone. */

import { useMemo } from "preact/hooks";
import type { MetricKey } from "../../data/rows";
import { metricKeys } from "../../data/store";
import { Section } from "../../parts/Section";
import { address } from "../../routing/route";
import { Tile } from "../metrics/Tile";
import { keyOf, useNews } from "../metrics/useNews";
import { kindOf, type Mainline } from "./mainline";
import type { Population } from "./population";
import { oldestFirst } from "./reader";

const MOST = 48;

interface Props {
  metric: MetricKey;
  population: Population;
  mainline: Mainline;
  query: URLSearchParams;
}

export function Siblings({ metric, population, mainline, query }: Props) {
  const main = useMemo(
    () => oldestFirst(population.rows).filter((row) => kindOf(row, mainline) === "main"),
    [population.rows, mainline.branch],
  );
  const all = useMemo(() => siblingsOf(metric, metricKeys.value), [metric.task, metric.name, metricKeys.value]);
  const shown = useMemo(() => all.slice(0, MOST), [all]);
  const news = useNews(main, shown);
  if (all.length === 0) {
    return null;
  }
  const others = Object.fromEntries(query);
  return (
    <Section
      id="siblings"
      title="The same metric of sibling tasks"
      note={
        all.length > shown.length && (
          <span class="muted">
            the first {MOST} of {all.length}
          </span>
        )
      }
    >
      <ul class="metric-tiles">
        {shown.map((sibling) => (
          <Tile
            key={sibling.task}
            metric={sibling}
            title={sibling.task}
            href={address(["metric"], { ...others, task: sibling.task })}
            main={main}
            news={news.byMetric.get(keyOf(sibling)) ?? null}
          />
        ))}
      </ul>
    </Section>
  );
}

/** Metrics of the same name whose tasks' ids begin alike: `train-model[lr=1]`, `train-model[lr=2]`. */
function siblingsOf(metric: MetricKey, all: readonly MetricKey[]): MetricKey[] {
  const stem = stemOf(metric.task);
  return all
    .filter(({ task, name }) => name === metric.name && task !== metric.task && stemOf(task) === stem)
    .sort((one, other) => one.task.localeCompare(other.task, "en", { numeric: true }));
}

function stemOf(task: string): string {
  const bracket = task.indexOf("[");
  return bracket < 0 ? task : task.slice(0, bracket);
}
