/** The columns that the runs table can show, by the key that stands in the address. */

import type { ComponentChildren } from "preact";
import type { Json } from "../../data/contract";
import type { MetricKey, Row } from "../../data/rows";
import { counted, jsonText, metricText } from "../../parts/format";
import { StatusBadge, StatusMark, statusWord } from "../../parts/Status";
import { Duration, Time } from "../../parts/Time";
import { links } from "../../routing/links";

export interface Column {
  key: string;
  title: string;
  /** Said below the title, where the title alone is not clear. */
  detail?: string;
  numeric?: boolean;
  cell: (row: Row) => ComponentChildren;
  /** What the table is sorted by; null goes last either way. */
  order: (row: Row) => number | string | null;
}

const FIXED: Column[] = [
  {
    key: "status",
    title: "Result",
    cell: (row) => <StatusBadge status={row.status} />,
    order: (row) => statusWord(row.status),
  },
  {
    key: "started",
    title: "Started",
    cell: (row) => <Time ms={row.startMs} />,
    order: (row) => row.startMs,
  },
  { key: "pipeline", title: "Pipeline", cell: (row) => row.pipeline, order: (row) => row.pipeline },
  { key: "environment", title: "Environment", cell: (row) => row.environment, order: (row) => row.environment },
  {
    key: "duration",
    title: "Duration",
    numeric: true,
    cell: (row) => <Duration seconds={row.durationS} />,
    order: (row) => row.durationS,
  },
  {
    key: "trigger",
    title: "Trigger",
    cell: (row) => triggerText(row.trigger),
    order: (row) => triggerText(row.trigger),
  },
  { key: "branch", title: "Branch", cell: (row) => row.branch ?? "", order: (row) => row.branch },
  {
    key: "pr",
    title: "PR",
    cell: (row) =>
      row.pullRequest === null ? "" : <a href={links.pullRequest(row.pullRequest)}>#{row.pullRequest}</a>,
    order: (row) => (row.pullRequest === null ? null : Number(row.pullRequest)),
  },
  {
    key: "fork",
    title: "Fork",
    cell: (row) => (row.fork ? "from a fork" : ""),
    order: (row) => (row.fork ? "fork" : null),
  },
  {
    key: "commit",
    title: "Commit",
    cell: (row) =>
      row.commit === null ? (
        ""
      ) : (
        <code title={row.dirty ? "with changes that were not committed" : undefined}>
          {row.commit.slice(0, 7)}
          {row.dirty && <span class="muted">+</span>}
        </code>
      ),
    order: (row) => row.commit,
  },
  {
    key: "tasks",
    title: "Tasks",
    cell: (row) => <TaskCounts counts={row.taskCounts} />,
    order: (row) => [...row.taskCounts.values()].reduce((sum, count) => sum + count, 0),
  },
  {
    key: "problem",
    title: "Why",
    cell: (row) =>
      row.problemTask === null ? (
        ""
      ) : (
        <a href={links.run(row.runId)} title={row.problemError ?? ""}>
          <b>{row.problemTask}</b> {row.problemError}
        </a>
      ),
    order: (row) => row.problemError,
  },
];

export const FIXED_KEYS: ReadonlySet<string> = new Set(FIXED.map(({ key }) => key));

const FIRST_COLUMNS = ["status", "duration"];
const LAST_COLUMNS = ["branch", "pr", "commit", "problem", "trigger", "tasks"];
const HEADLINES = 2;

/** GitHub's event as words; `by hand` for a run that no event started. */
function triggerText(trigger: string | null): string {
  return trigger === null ? "by hand" : trigger.replaceAll("_", " ");
}

function metricColumn(metric: MetricKey): Column {
  return {
    key: `metric:${metric.task}/${metric.name}`,
    title: metric.name,
    detail: metric.task,
    numeric: true,
    cell: (row) => {
      const value = row.metricOf(metric);
      return <span class="number">{value === null ? "" : metricText(value)}</span>;
    },
    order: (row) => row.metricOf(metric),
  };
}

function parameterColumn(name: string): Column {
  const value = (row: Row): Json[] => row.parameters.get(name) ?? [];
  return {
    key: `parameter:${name}`,
    title: name,
    detail: "parameter",
    cell: (row) => value(row).map(jsonText).join(", "),
    order: (row) => {
      const first = value(row)[0];
      return first === undefined ? null : typeof first === "number" ? first : jsonText(first);
    },
  };
}

function tagColumn(name: string): Column {
  return {
    key: `tag:${name}`,
    title: name,
    detail: "tag",
    cell: (row) => (row.tags.has(name) ? jsonText(row.tags.get(name) ?? null) : ""),
    order: (row) => (row.tags.has(name) ? jsonText(row.tags.get(name) ?? null) : null),
  };
}

/** Every column that these rows can fill, by group. */
export function catalog(rows: Row[], metrics: MetricKey[]): { group: string; columns: Column[] }[] {
  const parameters = new Set<string>();
  const tags = new Set<string>();
  const seen = new Set<unknown>();
  for (const row of rows) {
    // Rows of a chunk share their values: each is looked at once.
    const shared = row.chunk.parameters.at[row.at];
    const mark = `${row.chunkName} ${shared} ${row.chunk.tags.at[row.at]}`;
    if (!seen.has(mark)) {
      seen.add(mark);
      for (const name of row.parameters.keys()) parameters.add(name);
      for (const name of row.tags.keys()) tags.add(name);
    }
  }
  return [
    { group: "Run", columns: FIXED },
    { group: "Metrics", columns: metrics.map(metricColumn) },
    { group: "Parameters", columns: [...parameters].sort().map(parameterColumn) },
    { group: "Tags", columns: [...tags].sort().map(tagColumn) },
  ].filter(({ columns }) => columns.length > 0);
}

/** The columns that the address asks for, else those that say most of these rows. */
export function chosenColumns(asked: string | null, groups: { columns: Column[] }[], rows: Row[]): Column[] {
  const all = new Map(groups.flatMap(({ columns }) => columns).map((column) => [column.key, column]));
  if (asked !== null) {
    return asked
      .split("|")
      .map((key) => all.get(key) ?? unknownColumn(key))
      .filter((column) => column !== null);
  }
  const several = (of: (row: Row) => string) => new Set(rows.slice(0, 200).map(of)).size > 1;
  const isFilled = (key: string) =>
    key === "pr"
      ? rows.some((row) => row.pullRequest !== null)
      : key !== "problem" || rows.some((row) => row.problemError !== null);
  const last = LAST_COLUMNS.filter(isFilled);
  const extra = [
    ...(several((row) => row.pipeline) ? ["pipeline"] : []),
    ...(several((row) => row.environment) ? ["environment"] : []),
  ];
  const newest = rows.find((row) => row.headlines.length > 0);
  const headlines = (newest?.headlines ?? []).slice(0, HEADLINES).map((metric) => metricColumn(metric).key);
  return [...FIRST_COLUMNS, ...headlines, ...extra, ...last].flatMap((key) => all.get(key) ?? []);
}

/** A column of an old address whose metric is not loaded yet, or is gone. */
function unknownColumn(key: string): Column | null {
  const [kind, rest] = [key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1)];
  if (kind === "metric" && rest.includes("/")) {
    const slash = rest.lastIndexOf("/");
    return metricColumn({ task: rest.slice(0, slash), name: rest.slice(slash + 1) });
  }
  return kind === "parameter" ? parameterColumn(rest) : kind === "tag" ? tagColumn(rest) : null;
}

function TaskCounts({ counts }: { counts: ReadonlyMap<string, number> }) {
  const words = [...counts].map(([status, count]) => `${counted(count, "task")}: ${status}`).join(", ");
  return (
    <span class="counts" title={words}>
      {[...counts].map(([status, count]) => (
        <span key={status}>
          <StatusMark status={status as Row["status"]} />
          {count}
        </span>
      ))}
    </span>
  );
}
