from __future__ import annotations

from dataclasses import replace

import pytest

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.report.summary import (
    attempts_range,
    attempts_text,
    duration_text,
    elapsed_s,
    key_metrics,
    metric_text,
    problems,
    retried,
    run_message,
    size_text,
    skipped,
    status,
    status_counts,
    time_text,
    wanted_rows,
)
from pynb_dag_runner.runlog.records import Metric, PipelineRun, State, TaskRun, Timed


def test_that_problems_name_the_line_of_the_users_code(demo_run: PipelineRun) -> None:
    (problem,) = problems(demo_run)
    assert (problem.task.id, problem.where, problem.what) == (
        "train[size=600]",
        "notebooks/train.py:12",
        "KeyError: 'pixels'",
    )


def test_that_an_attempt_without_an_exception_gives_its_message(demo_run: PipelineRun) -> None:
    ((problem, last),) = retried(demo_run)
    assert last is problem
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
    ("value", "text"),
    [(1797.0, "1797"), (0.98765432, "0.98765"), (float("nan"), "NaN"), (float("-inf"), "-Infinity"), (1e300, "1e+300")],
)
def test_metrics(value: float, text: str) -> None:
    assert metric_text(value) == text


def test_that_the_metrics_of_a_numbered_family_come_last(demo_run: PipelineRun) -> None:
    names = ["recall_0", "recall_1", "recall", "loss"]
    demo_run.tasks["ingest"].attempts[-1].metrics = [Metric(name, 1.0, None, 0) for name in names]
    metrics, others = key_metrics(demo_run.tasks["ingest"], 3)
    assert ([name for name, _ in metrics], others) == (["recall", "loss", "recall_0"], 1)


def test_sizes_and_times() -> None:
    assert [size_text(size) for size in (812, 1434, 300 * 2**20, 2**31)] == ["812 B", "1.4 KiB", "300.0 MiB", "2.0 GiB"]
    assert time_text(1_790_000_000_500_000_000) == "2026-09-21T14:13:20.500Z"
    assert time_text(2**200) is None


def test_that_what_still_runs_is_measured_to_now() -> None:
    assert elapsed_s(Timed(start_ns=1_000_000_000), 3_000_000_000) == 2.0
    assert elapsed_s(Timed(start_ns=1_000_000_000), None) is None
    assert elapsed_s(Timed(start_ns=0, end_ns=1_000_000_000), 9_000_000_000) == 1.0


def test_that_equal_attempts_are_one_row(demo_run: PipelineRun) -> None:
    ingest = demo_run.tasks["ingest"]
    ingest.attempts = [replace(ingest.attempts[0], number=number) for number in (1, 2, 3)] + ingest.attempts[1:]
    assert [attempts_range(first, last) for first, last in retried(demo_run)] == ["1 to 3"]


def test_that_skipped_tasks_name_the_task_that_failed(demo_run: PipelineRun) -> None:
    demo_run.tasks["site"] = TaskRun(id="site", skipped_because="summary", result=Result.SKIP)
    assert {cause: [task.id for task in tasks] for cause, tasks in skipped(demo_run).items()} == {
        "train[size=600]": ["summary", "site"]
    }
    demo_run.tasks["summary"].skipped_because = "site"
    assert len(skipped(demo_run)) == 2


def test_that_a_message_that_only_repeats_the_result_is_none(demo_run: PipelineRun) -> None:
    demo_run.message = "failure"
    assert run_message(demo_run) is None
    demo_run.message = "the disk is full"
    assert run_message(demo_run) == "the disk is full"


def test_that_cancelled_tasks_are_no_problems(demo_run: PipelineRun) -> None:
    demo_run.tasks["train[size=600]"].result = Result.CANCELLATION
    assert problems(demo_run) == []
