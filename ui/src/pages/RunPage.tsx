/** One run: why it failed, its graph, its timeline, its tasks, and what it measured. */

import { useState } from "preact/hooks";
import type { RunDocument } from "../data/contract";
import { hasDetails } from "../data/pruned";
import { GanttView } from "../gantt/GanttView";
import { DagView } from "../graph/DagView";
import { Expired } from "../parts/Expired";
import { Notice } from "../parts/Notice";
import { OfRun } from "../parts/OfRun";
import { RunFacts, RunTitle } from "../parts/RunHead";
import { Section } from "../parts/Section";
import { useNow } from "../parts/useNow";
import { links } from "../routing/links";
import { go } from "../routing/route";
import { AboutRun } from "./run/AboutRun";
import { FailurePanel, Retried } from "./run/FailurePanel";
import { Figures } from "./run/Figures";
import { MetricsTable } from "./run/MetricsTable";
import { RunActions } from "./run/RunActions";
import { TasksTable } from "./run/TasksTable";

export function RunPage({ runId }: { runId: string }) {
  return <OfRun runId={runId}>{(run) => <RunView run={run} />}</OfRun>;
}

function RunView({ run }: { run: RunDocument }) {
  const [selected, setSelected] = useState<string | null>(null);
  const now = useNow(run.status === "running");
  const open = (task: string, attempt?: number) => {
    setSelected(task);
    go(links.task(run.run_id, task, attempt === undefined ? {} : { attempt }));
  };
  return (
    <article class="run">
      <p class="crumbs">
        <a href={links.runs()}>Runs</a>
      </p>
      <RunTitle run={run} />
      <FailurePanel run={run} />
      <RunFacts run={run} />
      <RunActions run={run} />
      <LeftOver run={run} />
      {run.warnings.length > 0 && <Notice kind="warning" title="About its run log" text={run.warnings.join(". ")} />}
      <Retried run={run} />
      <Section id="graph" title="Graph">
        <DagView tasks={run.tasks} selected={selected} onSelect={(task) => open(task)} />
      </Section>
      <Section id="timeline" title="Timeline">
        <GanttView run={run} nowMs={now} selected={null} onSelect={({ task, attempt }) => open(task, attempt)} />
      </Section>
      <Section id="tasks" title="Tasks">
        <TasksTable run={run} />
      </Section>
      <MetricsTable run={run} />
      <Figures run={run} />
      <AboutRun run={run} />
    </article>
  );
}

/** What there is to see of a run whose details expired. */
function LeftOver({ run }: { run: RunDocument }) {
  return hasDetails(run) ? null : (
    <Notice kind="plain" title="A summary of this run is left">
      <p>Result, tasks, times, parameters, messages and the last value of each metric are kept for good.</p>
      <p>
        <Expired
          run={run}
          what="Run log, notebooks, figures, artifacts, outputs, tracebacks, curves, values and packages"
        />
      </p>
    </Notice>
  );
}
