"""What ``pdr run`` says before it takes over from an earlier run."""

from __future__ import annotations

from pathlib import Path

from pynb_dag_runner.cli.selection import plan_lines
from pynb_dag_runner.execution.kept import KeptTask
from pynb_dag_runner.execution.resume import RunPlan
from pynb_dag_runner.execution.selection import Choice, Reuse, Run
from pynb_dag_runner.project.fingerprint import TaskCode

BEFORE = "20261125T100000Z-aaaaaa"


def lines(choices: dict[str, Choice], left_out: int = 0, run_id: str | None = BEFORE) -> list[str]:
    code = {task_id: TaskCode("ab", {}) for task_id in [*choices, *(f"left-{n}" for n in range(left_out))]}
    kept = {task_id: KeptTask(BEFORE, Path()) for task_id in choices}
    return list(plan_lines(RunPlan(choices, code, run_id, kept, resume=True)))


def test_few_tasks_are_listed_with_their_reasons() -> None:
    choices: dict[str, Choice] = {"a": Reuse(BEFORE), "b": Run("notebooks/b.py changed"), "c": Run("needs b")}
    assert lines(choices, left_out=2) == [
        f"Based on run {BEFORE}: 1 reused, 2 to run, 2 left out",
        "  reused  a",
        "  run     b: notebooks/b.py changed",
        "  run     c: needs b",
    ]


def test_many_tasks_are_counted() -> None:
    said = lines({**{f"r{n}": Reuse(BEFORE) for n in range(300)}, **{f"t{n}": Run("changed") for n in range(200)}})
    assert len(said) == 2 + 12 + 1
    assert said[0] == f"Based on run {BEFORE}: 300 reused, 200 to run"
    assert said[-1] == "  run     ... and 188 more tasks"
    assert max(len(line) for line in said) < 120


def test_nothing_to_do_and_no_earlier_run() -> None:
    assert lines({"a": Reuse(BEFORE), "b": Reuse(BEFORE)}) == [
        f"Nothing to do: all 2 tasks succeeded in run {BEFORE} and have not changed since."
    ]
    assert lines({"a": Run("no earlier run")}, run_id=None) == [
        "There is no earlier run of this pipeline: 1 to run",
        "  run     a: no earlier run",
    ]


def test_what_a_task_is_called_cannot_command_the_terminal() -> None:
    assert lines({"a\x1b[2J\nb": Run("x\x1b]0;title")})[1] == "  run     a\\x1b[2J b: x\\x1b]0;title"
