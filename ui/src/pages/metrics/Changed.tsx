/** What is not as usual, above everything else: by the run since which it is so, as one cause moves many metrics. */

import { useMemo, useState } from "preact/hooks";
import type { MetricKey, Row } from "../../data/rows";
import { counted } from "../../parts/format";
import { Section } from "../../parts/Section";
import { links } from "../../routing/links";
import type { Verdict } from "../../stats/direction";
import { VerdictMark } from "../metric/FlagList";
import { type Flag, flagPlace, runDay } from "../metric/flags";
import type { Population } from "../metric/population";
import { hrefOf } from "./hrefOf";
import { Tile } from "./Tile";
import { type AllNews, keyOf } from "./useNews";

const RUNS = 5;
const TILES = 6;

interface Props {
  metrics: MetricKey[];
  news: AllNews;
  /** Runs of main, oldest first. */
  main: Row[];
  population: Population;
}

interface Change {
  flag: Flag;
  metrics: MetricKey[];
}

export function Changed({ metrics, news, main, population }: Props) {
  const changes = useMemo(() => changesOf(metrics, news), [metrics, news]);
  const flagged = changes.reduce((sum, change) => sum + change.metrics.length, 0);
  if (flagged === 0) {
    return (
      <p class="muted small" aria-live="polite">
        {news.isDone ? "None has changed in the last runs." : "Looking for changes …"}
      </p>
    );
  }
  return (
    <Section
      id="changed"
      title="Changed in the last runs"
      note={
        <span class="muted" aria-live="polite">
          {counted(flagged, "metric")}
          {!news.isDone && `, ${news.byMetric.size.toLocaleString("en")} looked at …`}
        </span>
      }
    >
      {changes.slice(0, RUNS).map((change) => (
        <ChangeView
          key={`${change.flag.row.runId} ${change.flag.kind} ${change.flag.verdict}`}
          change={change}
          news={news}
          main={main}
          population={population}
        />
      ))}
      {changes.length > RUNS && <p class="muted small">Those of other runs are marked below.</p>}
    </Section>
  );
}

function ChangeView({ change, news, main, population }: Omit<Props, "metrics"> & { change: Change }) {
  const [all, setAll] = useState(false);
  const { flag, metrics } = change;
  const shown = all ? metrics : metrics.slice(0, TILES);
  const before = main[main.findIndex(({ runId }) => runId === flag.row.runId) - 1];
  return (
    <>
      <p class="change">
        <VerdictMark verdict={flag.verdict} />
        <span>
          {counted(metrics.length, "metric")} {flagPlace(flag)}{" "}
          <a href={links.run(flag.row.runId)}>{runDay(flag.row)}</a>
        </span>
        {before !== undefined && (
          <a class="small" href={links.compare([before.runId, flag.row.runId])}>
            Compare with the run before
          </a>
        )}
      </p>
      <ul class="metric-tiles">
        {shown.map((metric) => (
          <Tile
            key={keyOf(metric)}
            metric={metric}
            title={metric.name}
            detail={metric.task}
            href={hrefOf(metric, population)}
            main={main}
            news={news.byMetric.get(keyOf(metric)) ?? null}
          />
        ))}
      </ul>
      {shown.length < metrics.length && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {metrics.length}
        </button>
      )}
    </>
  );
}

const RANK: Record<Verdict, number> = { regression: 0, change: 1, improvement: 2 };

/** Worst first, then the newest. */
function changesOf(metrics: MetricKey[], news: AllNews): Change[] {
  const changes = new Map<string, Change>();
  for (const metric of metrics) {
    const flag = news.byMetric.get(keyOf(metric))?.flag ?? null;
    if (flag !== null) {
      const key = `${flag.row.runId} ${flag.kind} ${flag.verdict}`;
      const known = changes.get(key);
      if (known === undefined) {
        changes.set(key, { flag, metrics: [metric] });
      } else {
        known.metrics.push(metric);
      }
    }
  }
  return [...changes.values()].sort(
    (one, other) =>
      RANK[one.flag.verdict] - RANK[other.flag.verdict] ||
      other.metrics.length - one.metrics.length ||
      (one.flag.row.runId < other.flag.row.runId ? 1 : -1),
  );
}
