"""Runs as plain objects, for reports that look at no file."""

from __future__ import annotations

from pathlib import Path

import pytest

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.runlog.records import Attempt, ExceptionRecord, Metric, PipelineRun, State, TaskRun

SECOND_NS = 1_000_000_000
START_NS = 1_790_000_000 * SECOND_NS

HOSTILE = [
    "end",
    'a"b',
    "x]{(>",
    "#35;",
    "`code` **bold** _it_ ~~no~~",
    "a|b",
    "1. list",
    "<script>alert(1)</script>",
    "%%{init: {}}%%",
    "a\nend\n```\nb",
    '"]:::failure',
    "t0 --> t1",
    "@octocat #123 https://example.org",
    "\x1b[31mred\x1b[0m",
    "\u202etxt",
    "\udc80",
    "  ",
    "classDef x y:#z;",
    "名前 ü",
]


def finished(task_id: str, result: Result, start_s: float, end_s: float, needs: list[str] | None = None) -> TaskRun:
    """A task with one attempt, whose times are seconds after the start of the run."""
    start_ns, end_ns = START_NS + int(start_s * SECOND_NS), START_NS + int(end_s * SECOND_NS)
    attempt = Attempt(number=1, start_ns=start_ns, end_ns=end_ns, state=State.DONE, result=result)
    return TaskRun(
        id=task_id,
        name=task_id,
        needs=needs or [],
        start_ns=start_ns,
        end_ns=end_ns,
        state=State.DONE,
        result=result,
        attempts=[attempt],
    )


def run_of(*tasks: TaskRun, **facts: object) -> PipelineRun:
    """A run that has ended, with these tasks."""
    values: dict[str, object] = {
        "path": Path("pipeline-outputs/runs/r1.otlp.jsonl"),
        "run_id": "r1",
        "pipeline": "digits",
        "environment": "dev",
        "state": State.DONE,
        "result": Result.SUCCESS,
        "start_ns": START_NS,
        "end_ns": START_NS + 60 * SECOND_NS,
    }
    return PipelineRun(tasks={task.id: task for task in tasks}, **{**values, **facts})  # type: ignore[arg-type]


@pytest.fixture
def demo_run() -> PipelineRun:
    """``ingest`` succeeds at the second attempt, ``train`` fails in the user's code, ``summary`` is skipped."""
    ingest = finished("ingest", Result.SUCCESS, 0, 9)
    first = Attempt(number=1, max=3, start_ns=START_NS + SECOND_NS, end_ns=START_NS + 4 * SECOND_NS, state=State.DONE)
    first.result, first.message = Result.TIMEOUT, "ran longer than 3 s"
    second = ingest.attempts[0]
    second.number, second.max, second.start_ns = 2, 3, START_NS + 6 * SECOND_NS
    second.metrics = [Metric("loss", 0.5, 0, START_NS), Metric("loss", float("nan"), 1, START_NS)]
    ingest.attempts = [first, second]

    train = finished("train[size=600]", Result.FAILURE, 12, 20, ["ingest"])
    trace = "Traceback (most recent call last)\nKeyError: 'pixels'"
    train.attempts[0].exceptions = [ExceptionRecord("KeyError", "'pixels'", trace, START_NS, "notebooks/train.py", 12)]
    train.attempts[0].message = "KeyError: 'pixels'"

    summary = TaskRun(id="summary", name="summary", needs=["train[size=600]"], state=State.DONE, result=Result.SKIP)
    summary.skipped_because = "train[size=600]"
    return run_of(ingest, train, summary, result=Result.FAILURE)


@pytest.fixture
def hostile_run() -> PipelineRun:
    """Every text that user code controls tries to break out of where it is shown."""
    tasks = []
    for number, text in enumerate(HOSTILE):
        task = finished(text, Result.FAILURE, number, number + 0.5, [HOSTILE[number - 1]] if number else [])
        task.attempts[0].message = text
        task.attempts[0].exceptions = [ExceptionRecord(text, text, text, START_NS, text, 1)]
        task.attempts[0].metrics = [Metric(text, float("inf"), None, START_NS)]
        task.attempts[0].values = {text: text}
        tasks.append(task)
    run = run_of(*tasks, pipeline=HOSTILE[6], environment=HOSTILE[7], message=HOSTILE[9], result=Result.FAILURE)
    run.settings = {HOSTILE[5]: HOSTILE[5]}
    run.warnings = [HOSTILE[12]]
    return run
