/** One task of a run, attempt by attempt: its notebook, what it measured, printed, made, and with what it was called. */

import { useEffect } from "preact/hooks";
import type { AttemptDocument, RunDocument, TaskDocument } from "../data/contract";
import { isFromFork } from "../data/source";
import { Facts } from "../parts/Facts";
import { Fork } from "../parts/Fork";
import { Notice } from "../parts/Notice";
import { OfRun } from "../parts/OfRun";
import { StatusBadge } from "../parts/Status";
import { Duration, Time } from "../parts/Time";
import { ranS, waitedS } from "../parts/taskTimes";
import { links } from "../routing/links";
import { Values } from "./run/AboutRun";
import { ProblemView } from "./run/FailurePanel";
import { problemOf } from "./run/problems";
import { Artifacts } from "./task/Artifacts";
import { AttemptMetrics } from "./task/AttemptMetrics";
import { Log } from "./task/Log";
import { NotebookSection } from "./task/NotebookSection";
import { Records } from "./task/Records";
import { Reused } from "./task/Reused";
import { TaskLinks } from "./task/TaskLinks";

interface Props {
  runId: string;
  taskId: string;
  query: URLSearchParams;
}

export function TaskPage({ runId, taskId, query }: Props) {
  return (
    <OfRun runId={runId}>
      {(run) => {
        const task = run.tasks.find(({ id }) => id === taskId);
        return task === undefined ? (
          <Notice kind="failure" title="This run has no such task" text={taskId}>
            <a href={links.run(runId)}>The run</a>
          </Notice>
        ) : (
          <TaskView run={run} task={task} query={query} />
        );
      }}
    </OfRun>
  );
}

function TaskView({ run, task, query }: { run: RunDocument; task: TaskDocument; query: URLSearchParams }) {
  const asked = Number(query.get("attempt"));
  const attempt = task.attempts.find(({ number }) => number === asked) ?? task.attempts.at(-1) ?? null;
  const show = query.get("show");
  useEffect(() => {
    if (show !== null) {
      document.getElementById(show)?.scrollIntoView();
    }
  }, [show]);
  return (
    <article class="task">
      <p class="crumbs">
        <a href={links.runs()}>Runs</a> <a href={links.run(run.run_id)}>{run.run_id}</a>
      </p>
      <h1>
        <StatusBadge status={task.status} /> <span class="wrap">{task.id}</span>
        {isFromFork(run) && <Fork />}
      </h1>
      <Facts
        facts={[
          ["Started", <Time key="s" ms={task.start_ms} />],
          ["Waited", <Duration key="w" seconds={waitedS(task)} />],
          ["Ran", <Duration key="r" seconds={ranS(task)} />],
          ["Type", task.type],
          ["Source", <code key="c">{task.source}</code>],
          task.needs.length > 0 && ["Needs", <TaskLinks key="n" run={run} ids={task.needs} />],
          ["Needed by", <TaskLinks key="b" run={run} ids={neededBy(run, task.id)} />],
        ]}
      />
      <AttemptTabs run={run} task={task} shown={attempt} />
      {task.skipped_because !== null && (
        <Notice kind="plain" title="It was not run">
          <p>
            <a href={links.task(run.run_id, task.skipped_because)}>{task.skipped_because}</a> did not succeed.
          </p>
        </Notice>
      )}
      {task.reused_from != null && <Reused task={task} madeBy={task.reused_from} />}
      {attempt === null ? (
        task.skipped_because === null && task.reused_from == null && <p class="muted">It has no attempts.</p>
      ) : (
        <AttemptView run={run} task={task} attempt={attempt} query={query} />
      )}
    </article>
  );
}

function AttemptView({ run, task, attempt, query }: Omit<Props, "runId" | "taskId"> & Parts) {
  const isGood = attempt.status === "success" || attempt.status === "running" || attempt.status === "waiting";
  return (
    <>
      {!isGood && (
        <section class="failure-panel" aria-label="Why it did not succeed">
          <ProblemView run={run} problem={problemOf(task, attempt)} isFirst isOnTaskPage />
        </section>
      )}
      <Values title="Parameters" values={task.parameters} isOpen />
      <AttemptMetrics run={run} task={task} attempt={attempt} />
      <NotebookSection run={run} attempt={attempt} query={query} />
      <Artifacts run={run} attempt={attempt} />
      <Log run={run} attempt={attempt} query={query} />
      <Records run={run} task={task} attempt={attempt} />
    </>
  );
}

interface Parts {
  run: RunDocument;
  task: TaskDocument;
  attempt: AttemptDocument;
}

function AttemptTabs({ run, task, shown }: { run: RunDocument; task: TaskDocument; shown: AttemptDocument | null }) {
  const most = task.attempts[0]?.max ?? 1;
  if (task.attempts.length < 2 && most < 2) {
    return null;
  }
  return (
    <nav class="tabs" aria-label="Attempts">
      {task.attempts.map((attempt) => (
        <a
          key={attempt.number}
          href={links.task(run.run_id, task.id, { attempt: attempt.number })}
          aria-current={attempt === shown ? "page" : undefined}
        >
          Attempt {attempt.number} <StatusBadge status={attempt.status} />
        </a>
      ))}
      <span class="muted">of at most {most}</span>
    </nav>
  );
}

function neededBy(run: RunDocument, id: string): string[] {
  return run.tasks.filter(({ needs }) => needs.includes(id)).map((task) => task.id);
}
