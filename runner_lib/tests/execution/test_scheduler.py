from __future__ import annotations

import random

import pytest

from pynb_dag_runner import Pipeline
from pynb_dag_runner.conventions import Result
from pynb_dag_runner.execution.scheduler import Scheduler, run_result


def _work() -> None:
    pass


def _diamond() -> Pipeline:
    pipeline = Pipeline("diamond")
    top = pipeline.function(_work, id="top")
    left = pipeline.function(_work, id="left", needs=[top])
    right = pipeline.function(_work, id="right", needs=[top])
    pipeline.function(_work, id="bottom", needs=[left, right])
    pipeline.function(_work, id="alone")
    return pipeline


def _ready(scheduler: Scheduler) -> list[str]:
    ready = []
    while scheduler.has_ready:
        ready.append(scheduler.next_ready().id)
    return ready


def test_tasks_are_ready_when_all_their_needs_succeeded() -> None:
    pipeline = _diamond()
    scheduler = Scheduler(pipeline)
    assert _ready(scheduler) == ["top", "alone"]
    assert scheduler.finish(pipeline["top"], Result.SUCCESS) == []
    assert _ready(scheduler) == ["left", "right"]
    scheduler.finish(pipeline["left"], Result.SUCCESS)
    assert _ready(scheduler) == []
    scheduler.finish(pipeline["right"], Result.SUCCESS)
    assert _ready(scheduler) == ["bottom"]


@pytest.mark.parametrize("result", [Result.FAILURE, Result.ERROR, Result.TIMEOUT, Result.CANCELLATION])
def test_what_needs_a_task_without_success_is_skipped_once(result: Result) -> None:
    pipeline = _diamond()
    scheduler = Scheduler(pipeline)
    _ready(scheduler)
    skipped = scheduler.finish(pipeline["top"], result)
    assert [(task.id, cause.id) for task, cause in skipped] == [("left", "top"), ("right", "top"), ("bottom", "left")]
    assert not scheduler.is_finished
    scheduler.finish(pipeline["alone"], Result.SUCCESS)
    assert scheduler.is_finished
    assert scheduler.results["bottom"] is Result.SKIP


def test_a_late_success_revives_nothing() -> None:
    pipeline = _diamond()
    scheduler = Scheduler(pipeline)
    _ready(scheduler)
    scheduler.finish(pipeline["top"], Result.SUCCESS)
    _ready(scheduler)
    scheduler.finish(pipeline["left"], Result.FAILURE)
    scheduler.finish(pipeline["right"], Result.SUCCESS)
    assert _ready(scheduler) == []


def test_the_rest_can_be_ended_at_once() -> None:
    pipeline = _diamond()
    scheduler = Scheduler(pipeline)
    scheduler.finish(scheduler.next_ready(), Result.SUCCESS)
    assert [task.id for task in scheduler.end_rest(Result.CANCELLATION)] == ["left", "right", "bottom", "alone"]
    assert scheduler.is_finished
    assert not scheduler.has_ready


def test_random_graphs_always_come_to_an_end() -> None:
    chance = random.Random(2)
    for _ in range(50):
        pipeline = Pipeline("random")
        for number in range(30):
            tasks = list(pipeline)
            pipeline.function(_work, id=str(number), needs=chance.sample(tasks, min(len(tasks), chance.randint(0, 3))))
        scheduler = Scheduler(pipeline)
        started: list[str] = []
        while not scheduler.is_finished:
            task = scheduler.next_ready()
            started.append(task.id)
            assert all(scheduler.results[need.id] is Result.SUCCESS for need in task.needs)
            scheduler.finish(task, chance.choice([Result.SUCCESS, Result.SUCCESS, Result.FAILURE]))
        assert len(started) == len(set(started))
        for task in pipeline:
            needs = [scheduler.results[need.id] for need in task.needs]
            assert (scheduler.results[task.id] is Result.SKIP) == any(one is not Result.SUCCESS for one in needs)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([Result.SUCCESS, Result.SUCCESS], Result.SUCCESS),
        ([Result.SUCCESS, Result.FAILURE, Result.SKIP], Result.FAILURE),
        ([Result.TIMEOUT, Result.ERROR], Result.ERROR),
        ([Result.TIMEOUT, Result.SKIP], Result.TIMEOUT),
        ([Result.FAILURE, Result.CANCELLATION], Result.CANCELLATION),
    ],
)
def test_result_of_a_run(results: list[Result], expected: Result) -> None:
    assert run_result({str(number): result for number, result in enumerate(results)}) is expected


def test_tasks_that_end_without_being_started_are_not_given_out() -> None:
    """What is taken over from an earlier run ends before anything starts, in whatever place of the queue it stands."""
    pipeline = Pipeline("p")
    first, second = (pipeline.function(print, id=name) for name in ("first", "second"))
    reused = pipeline.function(print, id="reused", needs=[second])
    last = pipeline.function(print, id="last", needs=[first, reused])
    scheduler = Scheduler(pipeline)
    scheduler.finish(second, Result.SUCCESS)
    scheduler.finish(reused, Result.SUCCESS)
    assert scheduler.has_ready
    assert scheduler.next_ready() is first
    assert not scheduler.has_ready
    scheduler.finish(first, Result.SUCCESS)
    assert scheduler.has_ready
    assert scheduler.next_ready() is last
