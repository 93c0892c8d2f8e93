"""Runs as plain objects, as they come in a repository's life: for tests of what a job summary says of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from pynb_dag_runner.conventions import ResourceAttribute, Result
from pynb_dag_runner.github.addresses import task_url
from pynb_dag_runner.report.comparison import Comparison, compare
from pynb_dag_runner.report.links import Links
from pynb_dag_runner.report.run_facts import Baseline, TaskFacts, facts_of
from pynb_dag_runner.runlog.records import Attempt, ExceptionRecord, Metric, PipelineRun, State, TaskRun

SECOND_NS = 1_000_000_000
START_NS = 1_790_000_000 * SECOND_NS
DAY_MS = 24 * 3600 * 1000

LINKS = Links(
    run="https://octo.github.io/digits/#/run/77-1",
    task=partial(task_url, "https://octo.github.io/digits/", "77-1"),
    pull_request=None,
    job="https://github.com/octo/digits/actions/runs/77/attempts/1",
    report="https://github.com/octo/digits/actions/runs/77/artifacts/5",
)


def task_run(
    task_id: str,
    start_s: float,
    end_s: float,
    needs: Sequence[str] = (),
    result: Result = Result.SUCCESS,
    metrics: Mapping[str, float] | None = None,
    parameters: Mapping[str, int] | None = None,
) -> TaskRun:
    """A task with one attempt, whose times are seconds after the start of the run."""
    start_ns, end_ns = START_NS + int(start_s * SECOND_NS), START_NS + int(end_s * SECOND_NS)
    attempt = Attempt(start_ns, end_ns, state=State.DONE, result=result)
    attempt.metrics = [Metric(name, value, None, end_ns) for name, value in (metrics or {}).items()]
    if result is Result.FAILURE:
        trace = "Traceback (most recent call last):\n  cell 3, line 2\nKeyError: 'pixels'"
        name = task_id.split("[")[0]
        attempt.exceptions = [ExceptionRecord("KeyError", "'pixels'", trace, end_ns, f"notebooks/{name}.py", 12)]
    return TaskRun(
        start_ns,
        end_ns,
        id=task_id,
        name=task_id.split("[")[0],
        needs=list(needs),
        parameters=dict(parameters or {}),
        state=State.DONE,
        result=result,
        attempts=[attempt],
    )


def skipped_task(task_id: str, needs: Sequence[str], because: str) -> TaskRun:
    """A task that was not tried."""
    name = task_id.split("[")[0]
    return TaskRun(
        id=task_id, name=name, needs=list(needs), state=State.DONE, result=Result.SKIP, skipped_because=because
    )


def run_of(tasks: Iterable[TaskRun], result: Result = Result.SUCCESS, pull_request: int | None = None) -> PipelineRun:
    """A run that has ended, with these tasks; of ``main`` unless it is of a pull request."""
    resource = {ResourceAttribute.HEAD_REVISION: "0123456789abcdef", ResourceAttribute.HEAD_NAME: "main"}
    if pull_request is not None:
        resource |= {ResourceAttribute.CHANGE_ID: str(pull_request), ResourceAttribute.HEAD_NAME: "larger-steps"}
    return PipelineRun(
        START_NS,
        START_NS + 60 * SECOND_NS,
        path=Path("pipeline-outputs/runs/20260921T151320Z-0a1b2c.otlp.jsonl"),
        run_id="20260921T151320Z-0a1b2c",
        pipeline="mnist-digits",
        environment="ci",
        state=State.DONE,
        result=result,
        resource=dict(resource),
        tasks={task.id: task for task in tasks},
    )


def digits_tasks(accuracy: float = 0.9512, train_s: float = 8.0) -> list[TaskRun]:
    """The demo: ingest with a retry, a split, two sizes that are trained and judged, a summary."""
    ingest = task_run("ingest", 6, 9, metrics={"images": 1797})
    first = Attempt(START_NS + SECOND_NS, START_NS + 4 * SECOND_NS, number=1, max=3, state=State.DONE)
    first.result, first.message = Result.TIMEOUT, "ran longer than 3 s"
    ingest.start_ns = START_NS
    ingest.attempts[0].number, ingest.attempts[0].max = 2, 3
    ingest.attempts.insert(0, first)
    tasks = [ingest, task_run("split", 9.5, 11, ["ingest"])]
    for size in (600, 1200):
        train, judge = f"train[size={size}]", f"benchmark[size={size}]"
        tasks.append(task_run(train, 12, 12 + train_s, ["split"], parameters={"size": size}))
        metrics = {"accuracy": accuracy if size == 1200 else 0.93, "loss": 0.2}
        tasks.append(task_run(judge, 13 + train_s, 15 + train_s, [train], metrics=metrics, parameters={"size": size}))
    needs = [task.id for task in tasks if task.name == "benchmark"]
    return [*tasks, task_run("summary", 16 + train_s, 18 + train_s, needs)]


def fan_out_tasks(width: int, failing: int = 0) -> list[TaskRun]:
    """``width`` equal tasks between two single ones, of which some fail."""
    tasks = [task_run("ingest", 0, 2)]
    for number in range(width):
        result = Result.FAILURE if number < failing else Result.SUCCESS
        tasks.append(task_run(f"fold[n={number}]", 2, 10 + number / 10, ["ingest"], result, {"accuracy": 0.9}))
    return [
        *tasks,
        (
            skipped_task("merge", [task.id for task in tasks[1:]], "fold[n=0]")
            if failing
            else task_run("merge", 30, 31, [task.id for task in tasks[1:]])
        ),
    ]


def history(count: int = 12, accuracy: float = 0.9500, statuses: Sequence[str] = ()) -> Baseline:
    """Main's runs on the days before: the accuracy and the times vary a little; the newest end in ``statuses``."""
    runs = []
    for number in range(count):
        wobble = (number % 4) / 1000
        facts = facts_of(run_of(digits_tasks(round(accuracy + wobble, 4), 8 + wobble * 100)))
        newest = count - 1 - number
        runs.append(
            replace(
                facts,
                run_id=f"{60 + number}-1",
                status=statuses[newest] if newest < len(statuses) else "success",
                start_ms=START_NS // 1_000_000 - (newest + 1) * DAY_MS,
                revision=f"{number:02}34567890ab",
            )
        )
    return Baseline("main", runs)


def against(run: PipelineRun, baseline: Baseline) -> Comparison:
    """The comparison of a run."""
    return compare(facts_of(run), baseline)


def failing(baseline: Baseline, task: str) -> Baseline:
    """The same history, in whose newest run ``task`` failed."""
    newest = baseline.newest
    changed = replace(
        newest,
        status="failure",
        tasks={**newest.tasks, task: TaskFacts("failure", 1.0)},
        metrics={key: value for key, value in newest.metrics.items() if key[0] != task},
    )
    return Baseline(baseline.main, [*baseline.runs[:-1], changed])
