from __future__ import annotations

from pathlib import Path

from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.execution.resume import RunPlan
from pynb_dag_runner.execution.selection import Choice, Reuse, Run
from pynb_dag_runner.project.fingerprint import INCOMPLETE, TaskCode
from pynb_dag_runner.watch.affected import affected_plan, changed_tasks, named, unfinished


def _pipeline() -> Pipeline:
    """``first`` to ``second`` to ``third``, and ``alone``."""
    pipeline = Pipeline("tried")
    first = pipeline.command(["true"], id="first")
    second = pipeline.command(["true"], id="second", needs=[first])
    pipeline.command(["true"], id="third", needs=[second])
    pipeline.command(["true"], id="alone")
    return pipeline


def _plan(choices: dict[str, Choice], code: dict[str, str] | None = None) -> RunPlan:
    known = {"first": "1", "second": "2", "third": "3", "alone": "a", **(code or {})}
    return RunPlan(choices, {task_id: TaskCode(digest, {}) for task_id, digest in known.items()}, "run", resume=True)


def test_what_failed_before_and_did_not_change_is_left_out() -> None:
    reused = {"first": Reuse("r"), "second": Reuse("r"), "third": Run("changed"), "alone": Run("failed before")}
    plan = affected_plan(_pipeline(), _plan(reused), {"alone": "a"})
    assert list(plan.running) == ["third"]
    assert plan.left_out == ["alone"]


def test_what_failed_before_runs_when_it_changed() -> None:
    choices: dict[str, Choice] = {"first": Reuse("r"), "second": Run("changed"), "third": Run("was skipped")}
    plan = affected_plan(_pipeline(), _plan(choices, {"second": "new"}), {"second": "2", "third": "3"})
    assert list(plan.running) == ["second", "third"]


def test_what_failed_before_runs_when_something_that_changed_needs_it() -> None:
    choices: dict[str, Choice] = {"first": Run("failed"), "second": Run("skipped"), "third": Run("changed")}
    plan = affected_plan(_pipeline(), _plan(choices), {"first": "1", "second": "2"})
    assert list(plan.running) == ["first", "second", "third"]


def test_what_cannot_be_compared_always_runs() -> None:
    code = f"{INCOMPLETE}a"
    plan = affected_plan(_pipeline(), _plan({"alone": Run("failed")}, {"alone": code}), {"alone": code})
    assert list(plan.running) == ["alone"]


def test_what_is_over_is_not_interrupted_but_what_needs_it_is() -> None:
    assert unfinished(_pipeline(), {"first"}, {"first"}) == {"second", "third"}
    assert unfinished(_pipeline(), {"alone"}, {"alone", "first"}) == set()


def test_a_task_changes_with_its_own_files() -> None:
    before = {"one": TaskCode("1", {"a.py": "x"}), "two": TaskCode("2", {"b.py": "y"})}
    after = {"one": TaskCode("?", {"a.py": "z"}), "two": TaskCode("?", {"b.py": "y"}), "new": TaskCode("3", {})}
    assert changed_tasks(before, after) == {"one", "new"}


def test_files_are_named_by_their_place_in_the_project() -> None:
    folder = Path("/project")
    assert named({folder / "b.py", folder / "src/a.py", Path("/elsewhere/c")}, folder) == "/elsewhere/c, b.py, src/a.py"
    assert named({folder / f"{number}.py" for number in range(5)}, folder, most=1) == "0.py and 4 more"
