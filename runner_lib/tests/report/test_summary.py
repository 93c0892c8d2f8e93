from __future__ import annotations

import pytest

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.report.summary import (
    attempts_text,
    duration_text,
    elapsed_s,
    metric_text,
    problems,
    retried,
    size_text,
    status,
    status_counts,
    time_text,
    wanted_rows,
)
from pynb_dag_runner.runlog.records import PipelineRun, State, TaskRun, Timed


def test_that_problems_name_the_line_of_the_users_code(demo_run: PipelineRun) -> None:
    (problem,) = problems(demo_run)
    assert (problem.task.id, problem.where, problem.what) == (
        "train[size=600]",
        "notebooks/train.py:12",
        "KeyError: 'pixels'",
    )


def test_that_an_attempt_without_an_exception_gives_its_message(demo_run: PipelineRun) -> None:
    (problem,) = retried(demo_run)
    assert (problem.status, problem.where, problem.what) == ("timeout", None, "ran longer than 3 s")


def test_that_a_status_is_the_result_or_else_the_state(demo_run: PipelineRun) -> None:
    assert status_counts(demo_run) == {"success": 1, "failure": 1, "skip": 1}
    assert status(TaskRun(state=State.INTERRUPTED)) == "interrupted"


def test_that_attempts_are_counted_against_what_is_allowed(demo_run: PipelineRun) -> None:
    assert [attempts_text(task) for task in demo_run] == ["2 of 3", "1", ""]


def test_that_tasks_that_did_not_succeed_are_the_last_to_be_left_out(demo_run: PipelineRun) -> None:
    assert [task.id for task in wanted_rows(demo_run, 2)] == ["train[size=600]", "summary"]
    assert [task.id for task in wanted_rows(demo_run, 9)] == list(demo_run.tasks)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0.306, "0.31 s"), (9.99, "9.99 s"), (59.9, "59.9 s"), (59.99, "1 min 00 s"), (7620, "2 h 07 min")],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"), [(1797.0, "1797"), (0.98765432, "0.98765"), (float("nan"), "nan"), (1e300, "1e+300")]
)
def test_metrics(value: float, text: str) -> None:
    assert metric_text(value) == text


def test_sizes_and_times() -> None:
    assert [size_text(size) for size in (812, 1434, 300 * 2**20, 2**31)] == ["812 B", "1.4 KiB", "300.0 MiB", "2.0 GiB"]
    assert time_text(1_790_000_000_500_000_000) == "2026-09-21T14:13:20.500Z"
    assert time_text(2**200) is None


def test_that_what_still_runs_is_measured_to_now() -> None:
    assert elapsed_s(Timed(start_ns=1_000_000_000), 3_000_000_000) == 2.0
    assert elapsed_s(Timed(start_ns=1_000_000_000), None) is None
    assert elapsed_s(Timed(start_ns=0, end_ns=1_000_000_000), 9_000_000_000) == 1.0


def test_that_cancelled_tasks_are_no_problems(demo_run: PipelineRun) -> None:
    demo_run.tasks["train[size=600]"].result = Result.CANCELLATION
    assert problems(demo_run) == []
