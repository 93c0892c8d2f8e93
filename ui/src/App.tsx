/** The frame round every page, and which page an address means. */

import { useEffect, useRef } from "preact/hooks";
import { connection, manifest, missing, pipelines, siteError } from "./data/store";
import { ComparePage } from "./pages/ComparePage";
import { GridPage } from "./pages/GridPage";
import { HealthPage } from "./pages/HealthPage";
import { MetricPage } from "./pages/MetricPage";
import { MetricsPage } from "./pages/MetricsPage";
import { NotebookDiffPage } from "./pages/NotebookDiffPage";
import { PullRequestPage } from "./pages/PullRequestPage";
import { RunPage } from "./pages/RunPage";
import { RunsPage } from "./pages/RunsPage";
import { SweepPage } from "./pages/SweepPage";
import { TaskPage } from "./pages/TaskPage";
import { Notice } from "./parts/Notice";
import { theme, toggleTheme } from "./parts/theme";
import { links } from "./routing/links";
import { type Route, route } from "./routing/route";

const NAVIGATION: [word: string, href: string, first: string][] = [
  ["Runs", links.runs(), ""],
  ["Grid", links.grid(), "grid"],
  ["Metrics", links.metrics(), "metrics"],
  ["Sweep", links.sweep(), "sweep"],
  ["Health", links.health(), "health"],
];

export function App() {
  const main = useRef<HTMLElement>(null);
  const path = route.value.path.join("/");
  const title = titleOf(route.value);
  useEffect(() => {
    document.title = title;
  }, [title]);
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current !== path) {
      // As after a page load: at the top, and where a screen reader begins to read.
      shown.current = path;
      scrollTo(0, 0);
      main.current?.focus({ preventScroll: true });
    }
  }, [path]);
  return (
    <>
      <button type="button" class="skip-link" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <Header />
      <main ref={main} tabIndex={-1}>
        {siteError.value !== null ? (
          <Notice kind="failure" title="This site cannot be shown" text={siteError.value} />
        ) : (
          <>
            {missing.value.length > 0 && (
              <Notice
                kind="failure"
                title="Some runs are missing"
                text={`These files could not be loaded: ${missing.value.join(", ")}. Reload the page to try again.`}
              />
            )}
            {manifest.value === null ? <p class="muted">Loading …</p> : <Page route={route.value} />}
          </>
        )}
      </main>
    </>
  );
}

/** What a tab and the history call the page; texts that a stranger chose stay out of it. */
function titleOf({ path }: Route): string {
  const [first = "", second = ""] = path;
  const word = NAVIGATION.find(([, , page]) => page === first)?.[0] ?? OTHER_TITLES.get(first) ?? "Runs";
  return /^[\dTZ]+(-[\da-f]+)?$/.test(second) ? `${word} ${second}` : word;
}

const OTHER_TITLES = new Map([
  ["run", "Run"],
  ["pr", "Pull request"],
  ["compare", "Compare"],
  ["diff", "Notebook diff"],
  ["metric", "Metric"],
]);

function Header() {
  const first = route.value.path[0] ?? "";
  const names = pipelines.value;
  return (
    <header class="top">
      <a class="brand" href={links.runs()}>
        {names.length === 1 ? names[0] : "Pipeline runs"}
      </a>
      <nav aria-label="Pages">
        {NAVIGATION.map(([word, href, page]) => (
          <a key={page} href={href} aria-current={page === first ? "page" : undefined}>
            {word}
          </a>
        ))}
      </nav>
      {connection.value === "live" && <span class="live">live</span>}
      {connection.value === "lost" && <span class="live lost">pdr ui has ended</span>}
      <button
        type="button"
        class="quiet"
        onClick={toggleTheme}
        aria-label="Dark colours"
        aria-pressed={theme.value === "dark"}
      >
        {theme.value === "dark" ? "☀" : "☾"}
      </button>
    </header>
  );
}

function Page({ route: { path, query } }: { route: Route }) {
  const [first, second, third, fourth] = path;
  if (first === undefined) {
    return <RunsPage query={query} />;
  }
  if (first === "run" && second !== undefined) {
    return third === "task" && fourth !== undefined ? (
      <TaskPage key={`${second}/${fourth}`} runId={second} taskId={fourth} query={query} />
    ) : (
      <RunPage key={second} runId={second} />
    );
  }
  if (first === "pr" && second !== undefined) {
    return <PullRequestPage number={second} query={query} />;
  }
  const pages: Record<string, (props: { query: URLSearchParams }) => preact.ComponentChild> = {
    compare: ComparePage,
    diff: NotebookDiffPage,
    grid: GridPage,
    health: HealthPage,
    metric: MetricPage,
    metrics: MetricsPage,
    sweep: SweepPage,
  };
  const Named = Object.hasOwn(pages, first) ? pages[first] : undefined;
  if (Named !== undefined) {
    return <Named query={query} />;
  }
  return (
    <Notice
      kind="failure"
      title="There is no such page"
      text={`The address ends in ${location.hash}, which means nothing here.`}
    >
      <a href={links.runs()}>All runs</a>
    </Notice>
  );
}
