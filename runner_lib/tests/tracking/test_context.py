"""The context that a task's processes read is the one that the engine wrote."""

from __future__ import annotations

from pathlib import Path

from task_surroundings import TaskSurroundings

from pynb_dag_runner.tracking.context import TaskContext


def test_that_a_context_comes_back(task_surroundings: TaskSurroundings, tmp_path: Path) -> None:
    assert TaskContext.read(tmp_path / "context.json") == task_surroundings.context
