/** Every metric of a pipeline at a glance, by task; what changed lately comes first. */

import { useMemo, useState } from "preact/hooks";
import type { Row } from "../data/rows";
import { areDetailsLoaded, metricKeys, missing, needDetails, rows } from "../data/store";
import { FilterBox } from "../parts/FilterBox";
import { counted } from "../parts/format";
import { Section } from "../parts/Section";
import { useFilter } from "../parts/useFilter";
import { changeQuery } from "../routing/route";
import { kindOf, mainlineOf } from "./metric/mainline";
import { PopulationChoice } from "./metric/PopulationChoice";
import { type Population, populationOf } from "./metric/population";
import { metricsOf, oldestFirst } from "./metric/reader";
import { Changed } from "./metrics/Changed";
import { type Group, groupsOf } from "./metrics/groups";
import { hrefOf } from "./metrics/hrefOf";
import { Tile } from "./metrics/Tile";
import { type AllNews, keyOf, useNews } from "./metrics/useNews";

const OF_A_TASK = 12;
const AT_ONCE = 240;

export function MetricsPage({ query }: { query: URLSearchParams }) {
  needDetails();
  const text = query.get("q") ?? "";
  const found = useFilter(rows.value, text);
  const hasMetrics = metricKeys.value.length > 0;
  return (
    <>
      <h1>Metrics</h1>
      <FilterBox text={text} error={found.error} found={found.rows.length} all={rows.value.length} />
      {hasMetrics && found.rows.length > 0 ? (
        <Overview rows={found.rows} query={query} />
      ) : (
        <p class="muted">
          {!areDetailsLoaded.value && missing.value.length === 0
            ? "Loading the metrics of all runs …"
            : found.rows.length === 0
              ? "No run fits this filter."
              : "No run has logged a metric: in a notebook, current_task().log_metric(name, value) does."}
        </p>
      )}
    </>
  );
}

function Overview({ rows: shown, query }: { rows: Row[]; query: URLSearchParams }) {
  const find = query.get("find") ?? "";
  const asked = `${query.get("pipeline")} ${query.get("environment")}`;
  const { population, mainline, main, metrics } = useMemo(() => viewOf(shown, query), [shown, metricKeys.value, asked]);
  const groups = useMemo(() => groupsOf(metrics, population.rows, find), [metrics, population, find]);
  const news = useNews(main, metrics);
  const wanted = useMemo(() => groups.flatMap((group) => group.metrics), [groups]);
  return (
    <>
      <div class="choices">
        <input
          type="search"
          placeholder="Find a metric or task"
          aria-label="Find a metric or task"
          value={find}
          onInput={(event) => changeQuery({ find: event.currentTarget.value })}
        />
        <PopulationChoice population={population} />
      </div>
      <p class="muted small" aria-live="polite">
        {wanted.length === metrics.length ? "" : `${wanted.length.toLocaleString("en")} of `}
        {counted(metrics.length, "metric")}. {mainline.why}
      </p>
      <Changed metrics={wanted} news={news} main={main} population={population} />
      <Groups key={find} groups={groups} news={news} main={main} population={population} isOpen={find !== ""} />
    </>
  );
}

/** Metrics of these runs alone; main's runs oldest first. */
function viewOf(shown: Row[], query: URLSearchParams) {
  const population = populationOf(shown, query, () => true);
  const mainline = mainlineOf(population.rows);
  const main = oldestFirst(population.rows).filter((row) => kindOf(row, mainline) === "main");
  return { population, mainline, main, metrics: metricsOf(population.rows) };
}

interface Shown {
  news: AllNews;
  main: Row[];
  population: Population;
}

/** Tiles are made for as many metrics as a reader looks at; more on demand. */
function Groups({ groups, news, main, population, isOpen }: Shown & { groups: Group[]; isOpen: boolean }) {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [room, setRoom] = useState(AT_ONCE);
  let left = room;
  const sections = [];
  for (const { task, metrics } of groups) {
    const wanted = isOpen || opened.has(task) ? metrics.length : OF_A_TASK;
    const shown = metrics.slice(0, Math.min(wanted, left));
    left -= shown.length;
    if (shown.length === 0) {
      break;
    }
    sections.push(
      <Section
        key={task}
        id={`task-${sections.length}`}
        title={task}
        note={<span class="muted">{counted(metrics.length, "metric")}</span>}
      >
        <ul class="metric-tiles">
          {shown.map((metric) => (
            <Tile
              key={metric.name}
              metric={metric}
              title={metric.name}
              href={hrefOf(metric, population)}
              main={main}
              news={news.byMetric.get(keyOf(metric)) ?? null}
            />
          ))}
        </ul>
        {shown.length < metrics.length && left > 0 && (
          <button type="button" onClick={() => setOpened(new Set([...opened, task]))}>
            Show all {metrics.length.toLocaleString("en")}
          </button>
        )}
      </Section>,
    );
  }
  return (
    <>
      {sections}
      {left <= 0 && (
        <p>
          {room.toLocaleString("en")} metrics are shown: use the box above to find others, or{" "}
          <button type="button" onClick={() => setRoom(room + AT_ONCE)}>
            show {AT_ONCE} more
          </button>
        </p>
      )}
    </>
  );
}
