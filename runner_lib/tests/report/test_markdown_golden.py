"""What a job summary says of runs as they come in a repository's life: each is a file in ``golden/``, to be read as it is.

``WRITE_GOLDEN=1 pytest`` writes them anew; look at what changed before you commit it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from summary_runs import (
    LINKS,
    SECOND_NS,
    START_NS,
    against,
    digits_tasks,
    failing,
    fan_out_tasks,
    history,
    run_of,
    skipped_task,
    task_run,
)

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.report.comparison import NoComparison, compare
from pynb_dag_runner.report.markdown import MOST_BYTES, summary
from pynb_dag_runner.report.run_facts import Baseline, TaskFacts, facts_of
from pynb_dag_runner.runlog.records import ExceptionRecord, Metric, PipelineRun, State

GOLDEN = Path(__file__).parent / "golden"
CASES: dict[str, Callable[[], str]] = {}


def case(make: Callable[[], str]) -> Callable[[], str]:
    """One golden file, named after the function."""
    CASES[make.__name__.replace("_", "-")] = make
    return make


@case
def success_on_main() -> str:
    run = run_of(digits_tasks(0.9515, 8.1))
    return summary(run, LINKS, against(run, history()))


@case
def pull_request_with_differences() -> str:
    tasks = digits_tasks(0.91, 14)
    tasks[-2].attempts[0].metrics[1] = replace(tasks[-2].attempts[0].metrics[1], value=float("nan"))
    tasks.insert(2, task_run("eda", 9.5, 12, ["ingest"], parameters={"bins": 10}))
    run = run_of(tasks, pull_request=12)
    links = replace(LINKS, pull_request="https://octo.github.io/digits/#/pr/12")
    return summary(run, links, against(run, history()))


@case
def failure() -> str:
    return summary(_failing_run(), LINKS, against(_failing_run(), history()))


@case
def failure_as_on_main() -> str:
    return summary(_failing_run(), LINKS, against(_failing_run(), failing(history(), "train[size=600]")))


@case
def cancelled() -> str:
    return summary(_cancelled_run(), LINKS, against(_cancelled_run(), history(3)))


@case
def interrupted() -> str:
    run = _cancelled_run()
    run.state, run.result, run.end_ns, run.message = State.INTERRUPTED, None, None, None
    split = run.tasks["split"]
    split.state, split.result, split.end_ns = State.INTERRUPTED, None, None
    split.attempts[0].state, split.attempts[0].result, split.attempts[0].end_ns = State.INTERRUPTED, None, None
    run.warnings = ["the run log has no end: its process was killed"]
    return summary(run, LINKS)


@case
def no_baseline() -> str:
    run = run_of(digits_tasks())
    return summary(run, LINKS, NoComparison("There is no tracker yet to compare with: the first run makes one."))


@case
def fan_out() -> str:
    run = run_of(fan_out_tasks(100, failing=2), Result.FAILURE)
    return summary(run)


def _failing_run() -> PipelineRun:
    tasks = digits_tasks()
    tasks[2] = task_run("train[size=600]", 12, 14, ["split"], Result.FAILURE, parameters={"size": 600})
    tasks[3] = skipped_task("benchmark[size=600]", ["train[size=600]"], "train[size=600]")
    tasks[3].parameters = {"size": 600}
    tasks[4] = task_run("train[size=1200]", 12, 13, ["split"], Result.FAILURE, parameters={"size": 1200})
    tasks[4].attempts[0].result = tasks[4].result = Result.TIMEOUT
    tasks[4].attempts[0].message = "ran longer than 1 s"
    tasks[5] = skipped_task("benchmark[size=1200]", ["train[size=1200]"], "train[size=1200]")
    tasks[5].parameters = {"size": 1200}
    tasks[6] = skipped_task("summary", ["benchmark[size=600]", "benchmark[size=1200]"], "benchmark[size=600]")
    return run_of(tasks, Result.FAILURE)


def _cancelled_run() -> PipelineRun:
    tasks = digits_tasks()[:2]
    tasks[1].result = tasks[1].attempts[0].result = Result.CANCELLATION
    run = run_of([*tasks, skipped_task("summary", ["split"], "split")], Result.CANCELLATION)
    run.end_ns, run.message = START_NS + 11 * SECOND_NS, "received SIGINT"
    return run


@pytest.mark.parametrize("name", CASES)
def test_that_the_summary_is_the_golden_one(name: str) -> None:
    text, path = CASES[name](), GOLDEN / f"{name}.md"
    if os.environ.get("WRITE_GOLDEN") == "1":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_that_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.glob("*.md")} == set(CASES) | {"hostile"}


def test_that_hostile_names_give_the_golden_summary(hostile_run: PipelineRun) -> None:
    for task in hostile_run:
        task.attempts[0].exceptions = []
    for name in [task.id for task in hostile_run][12:]:
        del hostile_run.tasks[name]
    text, path = summary(hostile_run, LINKS, against(hostile_run, history())), GOLDEN / "hostile.md"
    if os.environ.get("WRITE_GOLDEN") == "1":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("wide", [True, False])
def test_that_a_thousand_tasks_stay_small_and_what_is_left_out_is_said(wide: bool) -> None:
    tasks = fan_out_tasks(998, failing=300)
    for number, task in enumerate(tasks):
        task.name = task.name if wide else f"{task.name}-{number}"
    run = run_of(tasks, Result.FAILURE)
    text = summary(run, LINKS, against(run, history()))
    assert len(text.encode("utf-8")) <= MOST_BYTES
    assert "300 tasks did not succeed. This one was the first:" in text
    assert "… and 290 more tasks that did not succeed." in text
    assert "280 more tasks</summary>" in text
    assert "… and 700 more tasks." in text
    assert ("```mermaid\nflowchart TB" in text) == wide
    assert "```mermaid\ngantt" not in text
    assert ("<pre>ingest  " if wide else "and 939 more tasks</pre>") in text


@pytest.mark.parametrize("sign", ["\U0001f642", "\U000e0001", "<", "\udc80", "x "])
def test_that_the_largest_texts_everywhere_leave_it_small(sign: str) -> None:
    long = sign * 5000
    tasks = [task_run(f"{number}{long}", number, number + 1, result=Result.FAILURE) for number in range(100)]
    for number, task in enumerate(tasks):
        task.attempts.insert(0, replace(task.attempts[0], message=long, exceptions=[]))
        task.attempts[-1].exceptions = [ExceptionRecord(long, long, long, START_NS, long, 1)]
        task.attempts[-1].metrics = [Metric(f"{number}{long}{metric}", 1.5, None, START_NS) for metric in range(20)]
        task.parameters = {f"{number}{long}": number}
    run = run_of(tasks, Result.FAILURE)
    run.pipeline = run.run_id = run.environment = run.message = long
    run.warnings = [long] * 50
    run.settings = {f"{number}{long}": long for number in range(50)}
    facts = facts_of(run)
    main = {key: value + 1 for key, value in facts.metrics.items()}
    base = replace(facts, status="success", metrics=main, tasks=dict.fromkeys(facts.tasks, TaskFacts("success", 9.0)))
    for comparison in (compare(facts, Baseline(long, [base])), NoComparison(long), None):
        size_bytes = len(summary(run, LINKS, comparison).encode("utf-8"))
        assert size_bytes <= MOST_BYTES
