"""The filter language, held to the same cases as the tracker's own (``ui/tests/filter``)."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.report.filter import compile_filter
from pynb_dag_runner.report.filter_grammar import LONGEST_FILTER, STATUSES, FilterError
from pynb_dag_runner.report.filter_syntax import parse
from pynb_dag_runner.runlog.records import Attempt, Metric, PipelineRun, State, TaskRun

CORPUS = json.loads((Path(__file__).parents[3] / "ui/tests/filter/corpus.json").read_text(encoding="utf-8"))


def moment_s(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def run_of(row: dict[str, Any]) -> PipelineRun:
    """The run that a row of the corpus describes."""
    is_done = row["status"] in {result.value for result in Result}
    resource = {
        "vcs.ref.head.name": row.get("branch"),
        "vcs.ref.head.revision": row["commit"] + "0" * 28 if "commit" in row else None,
        "vcs.change.id": row.get("pr"),
        "pdr.github.event": row.get("trigger"),
        "pdr.vcs.dirty": row.get("dirty"),
    }
    run = PipelineRun(
        run_id=row["id"],
        pipeline=row["pipeline"],
        environment=row["environment"],
        state=State.DONE if is_done else State(row["status"]),
        result=Result(row["status"]) if is_done else None,
        tags=row["tags"],
        resource={name: value for name, value in resource.items() if value is not None},
    )
    if "start" in row:
        run.start_ns = int(moment_s(row["start"]) * 1e9)
        if "duration_s" in row:
            run.end_ns = run.start_ns + int(row["duration_s"] * 1e9)
    for task_id in [*row["tasks"], *(task for task, _, _ in row["metrics"])]:
        run.tasks.setdefault(task_id, TaskRun(id=task_id, name=task_id, attempts=[Attempt(state=State.DONE)]))
    for task, name, value in row["metrics"]:
        run.tasks[task].attempts[0].metrics.append(Metric(name, float(value), None, 0))
    # The n-th value of each parameter is that of the n-th task.
    for name, values in row["parameters"].items():
        for task_run, value in zip(run, values, strict=False):
            task_run.parameters[name] = value
    if "problem" in row:
        failed = run.tasks[row["problem"]["task"]]
        failed.result = Result.FAILURE
        failed.attempts[0].message = row["problem"]["error"]
    return run


RUNS = [run_of(row) for row in CORPUS["rows"]]


@pytest.mark.parametrize(("text", "ids"), CORPUS["matches"])
def test_that_the_same_runs_pass_as_in_the_tracker(text: str, ids: str) -> None:
    passes = compile_filter(text, moment_s(CORPUS["now"]) * 1000)
    assert [run.run_id[-4:] for run in RUNS if passes(run)] == ids.split()


@pytest.mark.parametrize(("text", "column", "length", "message"), CORPUS["errors"])
def test_that_errors_are_those_of_the_tracker(text: str, column: int, length: int, message: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert (caught.value.column, caught.value.length) == (column, length)
    assert message in caught.value.message


def test_that_the_message_shows_the_place() -> None:
    with pytest.raises(FilterError) as caught:
        parse("branch:main resutl:failure")
    first, *lines = str(caught.value).splitlines()
    assert first == "--filter, column 13: there is no key resutl; did you mean result?"
    assert lines == ["  branch:main resutl:failure", "              ^^^^^^"]


def test_that_control_characters_of_a_filter_are_not_printed() -> None:
    with pytest.raises(FilterError) as caught:
        parse('a \x1b[31m "open')
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("text", ["(", "-", "NOT ", "-("])
def test_that_depth_is_limited(text: str) -> None:
    with pytest.raises(FilterError, match="deep"):
        parse(text * ((LONGEST_FILTER - 1) // len(text)) + "a")


def test_that_a_filter_that_is_too_long_is_refused() -> None:
    with pytest.raises(FilterError) as caught:
        parse("a" * (LONGEST_FILTER + 3))
    assert (caught.value.column, caught.value.length) == (LONGEST_FILTER + 1, 3)


def test_that_a_value_of_thousands_of_brackets_is_compared_as_text() -> None:
    passes = compile_filter(f'parameter.lr="{"[" * 3000}"', 0)
    assert not any(passes(run) for run in RUNS)


def test_that_every_status_can_be_asked_for() -> None:
    assert {*STATUSES} == {result.value for result in Result} | {state.value for state in State} - {"done"}
