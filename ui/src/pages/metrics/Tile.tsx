/** One metric at a glance: newest value, change, the last runs as a line, and whether it stands out. */

import { useMemo } from "preact/hooks";
import { Sparkline } from "../../charts/Sparkline";
import type { MetricKey, Row } from "../../data/rows";
import { metricText } from "../../parts/format";
import { VerdictMark } from "../metric/FlagList";
import { flagPlace, runDay, usualText } from "../metric/flags";
import { numOf, reader } from "../metric/reader";
import { briefOf, type News } from "./summary";

const DRAWN = 40;
const DRAWN_WIDTH = 190;

interface Props {
  metric: MetricKey;
  title: string;
  /** Said below the title. */
  detail?: string;
  href: string;
  /** Runs of main, oldest first. */
  main: readonly Row[];
  news: News | null;
}

export function Tile({ metric, title, detail, href, main, news }: Props) {
  const brief = useMemo(() => briefOf(main, reader(metric)), [main, metric.task, metric.name]);
  const flag = news?.flag ?? null;
  return (
    <li class={`metric-tile${flag === null ? "" : ` flagged-${flag.verdict}`}`}>
      <a href={href}>
        <bdi>{title}</bdi>
      </a>
      {detail !== undefined && <span class="muted small wrap">{detail}</span>}
      {brief.last === null ? (
        <span class="muted">not on this branch</span>
      ) : (
        <>
          <span class="tile-line">
            <span class="tile-value">{metricText(numOf(brief.last.value))}</span>
            <span class="muted small" title="Change to the run before">
              {changeText(brief.change)}
            </span>
          </span>
          <Sparkline
            values={brief.values.slice(-DRAWN).map(numOf)}
            label={`The last runs of ${title}`}
            width={DRAWN_WIDTH}
            height={32}
          />
          {brief.isGone && <span class="muted small">not in the newest run</span>}
          {flag !== null ? (
            <span class="small">
              <VerdictMark verdict={flag.verdict} /> {flagPlace(flag)} {runDay(flag.row)}, usual {flag.usual}
            </span>
          ) : (
            news?.level != null && <span class="muted small">usual {usualText(news.level)}</span>
          )}
        </>
      )}
    </li>
  );
}

/** `+0.012`, `±0`; empty where there is no run before. */
export function changeText(change: number | null): string {
  if (change === null || !Number.isFinite(change)) {
    return "";
  }
  const size = metricText(Number(Math.abs(change).toPrecision(2)));
  return change === 0 ? "±0" : `${change > 0 ? "+" : "−"}${size}`;
}
