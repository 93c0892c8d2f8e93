/** One metric in the history of all runs: main as a line, everything else as marks beside it. */

import { useMemo } from "preact/hooks";
import { MetricHistoryChart } from "../charts/MetricHistoryChart";
import type { HistoryAxis } from "../charts/props";
import type { MetricKey, Row } from "../data/rows";
import { areDetailsLoaded, missing, needDetails, rows } from "../data/store";
import { FilterBox } from "../parts/FilterBox";
import { counted } from "../parts/format";
import { Notice } from "../parts/Notice";
import { Section } from "../parts/Section";
import { useFilter } from "../parts/useFilter";
import { links } from "../routing/links";
import { address, changeQuery, go } from "../routing/route";
import { SHORTEST_LEVEL } from "../stats/regressions";
import { FlagList } from "./metric/FlagList";
import { usualText } from "./metric/flags";
import { type History, historyOf, placed } from "./metric/history";
import { mainlineOf } from "./metric/mainline";
import { PopulationChoice } from "./metric/PopulationChoice";
import { type Population, populationOf } from "./metric/population";
import { reader } from "./metric/reader";
import { Siblings } from "./metric/Siblings";
import { ValuesTable } from "./metric/ValuesTable";

const AXES: [key: string, axis: HistoryAxis, word: string][] = [
  ["time", "time", "Time"],
  ["commit", "commit", "Commit"],
  ["pr", "pull_request", "Pull request"],
];

export function MetricPage({ query }: { query: URLSearchParams }) {
  needDetails();
  const metric = { task: query.get("task") ?? "", name: query.get("name") ?? "" };
  const found = useFilter(rows.value, query.get("q") ?? "");
  if (metric.name === "") {
    return (
      <Notice kind="plain" title="The address names no metric">
        <a href={links.metrics()}>All metrics</a>
      </Notice>
    );
  }
  return (
    <article class="metric">
      <p class="crumbs">
        <a href={links.metrics()}>Metrics</a> <a href={address(["metrics"], { find: metric.task })}>{metric.task}</a>
      </p>
      <h1>
        <bdi class="wrap">{metric.name}</bdi> <span class="muted of-task">of {metric.task}</span>
      </h1>
      <FilterBox text={query.get("q") ?? ""} error={found.error} found={found.rows.length} all={rows.value.length} />
      <MetricView rows={found.rows} metric={metric} query={query} />
    </article>
  );
}

function MetricView({ rows: shown, metric, query }: { rows: Row[]; metric: MetricKey; query: URLSearchParams }) {
  const view = useMemo(() => {
    const read = reader(metric);
    const population = populationOf(shown, query, (row) => read(row) !== null);
    const mainline = mainlineOf(population.rows);
    return { population, mainline, history: historyOf(population.rows, metric.name, read, mainline) };
  }, [shown, metric.task, metric.name, query.get("pipeline"), query.get("environment")]);
  const { population, mainline, history } = view;
  const known = history.entries.filter(({ value }) => value !== null);
  if (known.length === 0) {
    return <NoValues population={population} />;
  }
  const mainValues = history.entries.filter(({ kind, value }) => kind === "main" && value !== null).length;
  return (
    <>
      <HistorySection history={history} population={population} why={mainline.why} metric={metric} query={query} />
      <FlagList flags={history.flags} values={mainValues} needed={SHORTEST_LEVEL + 1} />
      <Siblings metric={metric} population={population} mainline={mainline} query={query} />
      <ValuesTable entries={history.entries} metric={metric} />
    </>
  );
}

interface SectionProps {
  history: History;
  population: Population;
  why: string;
  metric: MetricKey;
  query: URLSearchParams;
}

function HistorySection({ history, population, why, metric, query }: SectionProps) {
  const asked = query.get("x") ?? "time";
  const axis = AXES.find(([key]) => key === asked)?.[1] ?? "time";
  const drawn = useMemo(() => placed(history, axis), [history, axis]);
  return (
    <Section
      id="history"
      title="History"
      note={
        <div class="choices">
          <PopulationChoice population={population} />
          <label class="choice-said">
            <span class="muted">Along</span>
            <select value={asked} onChange={(event) => changeQuery({ x: event.currentTarget.value })}>
              {AXES.map(([key, , word]) => (
                <option key={key} value={key}>
                  {word}
                </option>
              ))}
            </select>
          </label>
        </div>
      }
    >
      {drawn.points.length === 0 ? (
        <p class="muted">
          {axis === "pull_request"
            ? "None of these runs belongs to a pull request."
            : "None of these runs has a place on this axis."}
        </p>
      ) : (
        <MetricHistoryChart
          name={metric.name}
          points={drawn.points}
          band={drawn.band}
          xAxis={axis}
          yLog={query.get("log") === "1"}
          onYLog={(yLog) => changeQuery({ log: yLog ? "1" : null })}
          onSelect={(runId) => go(links.run(runId))}
        />
      )}
      <p class="muted small">
        {why}{" "}
        {axis === "pull_request"
          ? "The band is what was usual there when each was run."
          : "Its runs are the line, all others are marks beside it."}
        {history.level !== null &&
          ` Usual now: ${usualText(history.level)} (the median of its last ${counted(history.level.count, "value")}, and two robust standard deviations to each side; the band).`}
        {drawn.without > 0 &&
          ` ${counted(drawn.without, "run")} without ${axis === "time" ? "a start" : "a commit"} cannot be placed here.`}
        {!areDetailsLoaded.value && missing.value.length === 0 && " Loading the rest …"}
      </p>
    </Section>
  );
}

function NoValues({ population }: { population: Population }) {
  if (!areDetailsLoaded.value && missing.value.length === 0) {
    return <p class="muted">Loading the metrics of all runs …</p>;
  }
  return (
    <Section
      id="history"
      title="History"
      note={
        <div class="choices">
          <PopulationChoice population={population} />
        </div>
      }
    >
      <p>None of these runs has this metric. The filter, the environment or an old address may be why.</p>
    </Section>
  );
}
