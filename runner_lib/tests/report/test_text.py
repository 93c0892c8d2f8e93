from __future__ import annotations

import io

import pytest
from rich.console import Console

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.report.text import summary
from pynb_dag_runner.runlog.records import PipelineRun, State


def rendered(run: PipelineRun, width: int = 80, now_ns: int | None = None) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False)
    console.print(summary(run, now_ns))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_that_the_failure_with_its_line_comes_before_the_table(demo_run: PipelineRun) -> None:
    text = rendered(demo_run)
    assert "notebooks/train.py:12: KeyError: 'pixels'" in text
    assert text.index("notebooks/train.py:12") < text.index("Duration")
    assert "digits  failure after 1 min 00 s  (1 success, 1 failure, 1 skip)" in text


def test_that_the_table_has_attempts_durations_results_and_metrics(demo_run: PipelineRun) -> None:
    text = "".join(f"{line.rstrip()}\n" for line in rendered(demo_run).splitlines())
    assert "ingest             2 of 3    8.00 s  success\n" in text
    assert "train[size=600]         1    8.00 s  failure\n" in text
    assert "summary                              skip\n" in text
    assert "Skipped since train[size=600] did not succeed\nsummary\n" in text
    assert "ingest   loss NaN" in text


def test_that_it_says_where_to_look_next(demo_run: PipelineRun) -> None:
    assert "pdr expand r1\n" in "".join(f"{line.rstrip()}\n" for line in rendered(demo_run).splitlines())


def test_that_a_running_run_says_which_tasks_wait_and_run(demo_run: PipelineRun) -> None:
    demo_run.state, demo_run.result, demo_run.end_ns = State.RUNNING, None, None
    summary_task = demo_run.tasks["summary"]
    summary_task.state, summary_task.result, summary_task.skipped_because = State.WAITING, None, None
    train = demo_run.tasks["train[size=600]"]
    train.state, train.result, train.end_ns = State.RUNNING, None, None
    assert train.start_ns is not None
    text = rendered(demo_run, now_ns=train.start_ns + 5_000_000_000)
    assert "(1 success, 1 running, 1 waiting)" in text
    assert "5.00 s  running" in text
    assert "Still running" in text


@pytest.mark.parametrize("width", [40, 80, 120])
def test_that_nothing_from_the_log_reaches_the_terminal_as_it_is(hostile_run: PipelineRun, width: int) -> None:
    text = rendered(hostile_run, width)
    assert "\x1b" not in text
    assert "\u202e" not in text
    text.encode("utf-8")


def test_that_a_large_run_shows_what_did_not_succeed(demo_run: PipelineRun) -> None:
    failed = demo_run.tasks.pop("train[size=600]")
    for number in range(500):
        task = demo_run.tasks[f"t{number}"] = type(failed)(id=f"t{number}", state=State.DONE, result=Result.SUCCESS)
        assert not task.attempts
    demo_run.tasks[failed.id] = failed
    text = rendered(demo_run)
    assert "... and 303 more tasks" in text
    assert "train[size=600]         1    8.00 s  failure" in text
