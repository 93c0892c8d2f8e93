/** Looks through all metrics for changes, a little at a time: the page stays usable while it does. */

import { useEffect, useState } from "preact/hooks";
import type { MetricKey, Row } from "../../data/rows";
import { reader } from "../metric/reader";
import { briefOf, type News, newsOf } from "./summary";

const SLICE_MS = 10;
const SHOWN_EVERY_MS = 400;

export interface AllNews {
  /** By `keyOf`. */
  byMetric: ReadonlyMap<string, News>;
  isDone: boolean;
}

const NONE: AllNews = { byMetric: new Map(), isDone: false };

export function keyOf({ task, name }: MetricKey): string {
  return JSON.stringify([task, name]);
}

/** Begins anew when `main` (oldest first) or the metrics change. */
export function useNews(main: readonly Row[], metrics: readonly MetricKey[]): AllNews {
  const [news, setNews] = useState<AllNews>(NONE);
  useEffect(() => {
    setNews(NONE);
    const byMetric = new Map<string, News>();
    let at = 0;
    let shownAt = performance.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const slice = () => {
      const end = performance.now() + SLICE_MS;
      while (at < metrics.length && performance.now() < end) {
        const metric = metrics[at] as MetricKey;
        byMetric.set(keyOf(metric), newsOf(main, briefOf(main, reader(metric)).values, metric.name));
        at += 1;
      }
      if (at >= metrics.length) {
        setNews({ byMetric, isDone: true });
        return;
      }
      if (performance.now() - shownAt > SHOWN_EVERY_MS) {
        shownAt = performance.now();
        setNews({ byMetric: new Map(byMetric), isDone: false });
      }
      timer = setTimeout(slice, 0);
    };
    timer = setTimeout(slice, 0);
    return () => clearTimeout(timer);
  }, [main, metrics]);
  return news;
}
