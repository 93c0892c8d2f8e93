"""What a run takes over, runs and leaves out: without Ray, without files."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pynb_dag_runner import Pipeline
from pynb_dag_runner.errors import UsageError
from pynb_dag_runner.execution.selection import Choice, PreviousRun, PreviousTask, Reuse, Run, plan

BEFORE = "20261125T100000Z-aaaaaa"
IDS = ["ingest", "eda", "split", "train-a", "bench-a", "train-b", "bench-b", "summary"]


@pytest.fixture
def pipeline() -> Pipeline:
    """The demo's shape: a fan-out of two below a common start."""
    made = Pipeline("p")
    ingest = made.notebook("ingest")
    made.notebook("eda", needs=[ingest])
    split = made.notebook("split", needs=[ingest])
    benchmarks = []
    for name in "ab":
        train = made.notebook("train", needs=[split], id=f"train-{name}")
        benchmarks.append(made.notebook("bench", needs=[train], id=f"bench-{name}"))
    made.notebook("summary", needs=benchmarks)
    return made


def same(**changes: str) -> dict[str, str]:
    """Fingerprints as they were, apart from these."""
    return {task_id: changes.get(task_id.replace("-", "_"), task_id) for task_id in IDS}


def previous(obstacles: Mapping[str, str] | None = None, without: tuple[str, ...] = ()) -> PreviousRun:
    """A run in which everything went well, apart from these obstacles."""
    told = obstacles or {}
    tasks = {
        task_id: PreviousTask(task_id, BEFORE, told.get(task_id), told.get(task_id) == "was skipped before")
        for task_id in IDS
        if task_id not in without
    }
    return PreviousRun(BEFORE, tasks)


def running(choices: Mapping[str, Choice]) -> dict[str, str]:
    return {task_id: choice.reason for task_id, choice in choices.items() if isinstance(choice, Run)}


def reused(choices: Mapping[str, Choice]) -> list[str]:
    return [task_id for task_id, choice in choices.items() if choice == Reuse(BEFORE)]


def test_without_a_wish_everything_runs(pipeline: Pipeline) -> None:
    assert plan(pipeline, {}) == {task_id: Run() for task_id in IDS}


def test_resume_runs_what_failed_and_what_needs_it(pipeline: Pipeline) -> None:
    obstacles = {"train-b": "failed before", "bench-b": "was skipped before", "summary": "was skipped before"}
    choices = plan(pipeline, same(), previous(obstacles), resume=True)
    assert list(choices) == IDS
    assert running(choices) == {"train-b": "failed before", "bench-b": "needs train-b", "summary": "needs bench-b"}
    assert reused(choices) == ["ingest", "eda", "split", "train-a", "bench-a"]


def test_resume_with_nothing_changed_runs_nothing(pipeline: Pipeline) -> None:
    assert reused(plan(pipeline, same(), previous(), resume=True)) == IDS


def test_a_change_runs_all_that_is_made_of_it(pipeline: Pipeline) -> None:
    changed = same(split="new", train_a="new", bench_a="new", train_b="new", bench_b="new", summary="new")
    choices = plan(pipeline, changed, previous(), resume=True, reasons={"split": "notebooks/split.py changed"})
    assert running(choices) == {
        "split": "notebooks/split.py changed",
        "train-a": "needs split",
        "bench-a": "needs train-a",
        "train-b": "needs split",
        "bench-b": "needs train-b",
        "summary": "needs bench-a",
    }


def test_what_was_made_of_a_task_that_runs_again_runs_again(pipeline: Pipeline) -> None:
    """Also with the same fingerprint: ingest may get other data this time."""
    choices = plan(pipeline, same(), previous({"ingest": "its outputs are gone"}), resume=True)
    assert list(running(choices)) == IDS


def test_a_fingerprint_that_is_not_complete_proves_nothing(pipeline: Pipeline) -> None:
    fingerprints = same(eda="?eda")
    before = PreviousRun(BEFORE, {**previous().tasks, "eda": PreviousTask("?eda", BEFORE)})
    assert running(plan(pipeline, fingerprints, before, resume=True)) == {"eda": "nobody can tell whether it changed"}


def test_without_an_earlier_run_or_with_a_new_task(pipeline: Pipeline) -> None:
    assert set(running(plan(pipeline, same(), None, resume=True)).values()) == {"no earlier run"}
    assert running(plan(pipeline, same(), previous(without=("eda",)), resume=True)) == {"eda": "new"}


def test_only_runs_one_task_and_takes_over_what_it_needs(pipeline: Pipeline) -> None:
    choices = plan(pipeline, same(), previous(), only=["bench-b"])
    assert (running(choices), reused(choices)) == ({"bench-b": "--only"}, ["train-b"])
    assert list(choices) == ["train-b", "bench-b"]


def test_only_runs_what_cannot_be_taken_over_and_no_more(pipeline: Pipeline) -> None:
    choices = plan(pipeline, same(train_b="new"), previous(), only=["bench-b"], reasons={"train-b": "x changed"})
    assert (running(choices), reused(choices)) == ({"train-b": "x changed", "bench-b": "--only"}, ["split"])
    without = plan(pipeline, same(), None, only=["split"])
    assert running(without) == {"ingest": "no earlier run", "split": "--only"}


def test_only_by_name_means_all_of_that_name(pipeline: Pipeline) -> None:
    assert running(plan(pipeline, same(), previous(), only=["bench"])) == {"bench-a": "--only", "bench-b": "--only"}


def test_what_lies_between_two_chosen_tasks_is_made_anew(pipeline: Pipeline) -> None:
    choices = plan(pipeline, same(), previous(), only=["ingest", "bench-a"])
    assert running(choices) == {
        "ingest": "--only",
        "split": "needs ingest",
        "train-a": "needs split",
        "bench-a": "--only",
    }


def test_from_runs_all_downstream_and_leaves_the_rest_out(pipeline: Pipeline) -> None:
    choices = plan(pipeline, same(), previous(), from_=["train-a"])
    assert list(running(choices)) == ["train-a", "bench-a", "summary"]
    assert reused(choices) == ["split", "bench-b"]
    assert not {"ingest", "eda", "train-b"} & set(choices)


def test_only_and_from_together(pipeline: Pipeline) -> None:
    choices = plan(pipeline, same(), previous(), only=["eda"], from_=["bench-b"])
    assert running(choices) == {"eda": "--only", "bench-b": "--from", "summary": "--from"}
    assert reused(choices) == ["ingest", "bench-a", "train-b"]


@pytest.mark.parametrize("option", ["only", "from_"])
def test_a_task_that_does_not_exist(pipeline: Pipeline, option: str) -> None:
    with pytest.raises(UsageError, match=r"sumary: there is no such task, did you mean summary\?; there are: ingest,"):
        plan(pipeline, same(), previous(), **{option: ["sumary"]})  # type: ignore[arg-type]


def test_a_chain_names_the_run_that_made_it(pipeline: Pipeline) -> None:
    before = PreviousRun("third", {task_id: PreviousTask(task_id, BEFORE) for task_id in IDS})
    assert reused(plan(pipeline, same(), before, resume=True)) == IDS


def test_that_a_thousand_tasks_are_planned_without_ray() -> None:
    pipeline = Pipeline("wide")
    start = pipeline.notebook("start")
    previous_layer = [start]
    for layer in range(100):
        previous_layer = [
            pipeline.notebook("work", needs=previous_layer, id=f"work-{layer}-{number}") for number in range(10)
        ]
    ids = [task.id for task in pipeline]
    before = PreviousRun(BEFORE, {task_id: PreviousTask(task_id, BEFORE) for task_id in ids})
    fingerprints = {task_id: task_id for task_id in ids}
    fingerprints |= {f"work-{layer}-{number}": "new" for layer in range(51, 100) for number in range(10)}
    fingerprints["work-50-3"] = "new"
    choices = plan(pipeline, fingerprints, before, only=["work-99-0"])
    assert len(running(choices)) == 1 + 10 * 48 + 1
