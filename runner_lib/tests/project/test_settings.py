"""Settings reach every task that declares their name, and no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pynb_dag_runner import Pipeline
from pynb_dag_runner.errors import UsageError
from pynb_dag_runner.project.settings import apply_settings

NOTEBOOKS = {
    "notebooks/a.py": '# %% tags=["parameters"]\nsize: int = 1\n',
    "notebooks/b.py": "# %%\nsize = 1\n",
}


def fit(data: object, size: int = 1, *, rate: float = 0.1) -> None:
    """A function task of these tests."""


@pytest.fixture
def project(write_project: Any) -> Path:
    folder: Path = write_project(None, NOTEBOOKS)
    return folder


def test_who_declares_a_name_gets_it(project: Path) -> None:
    pipeline = Pipeline("p")
    a = pipeline.notebook("a", attempts=3, parameters={"size": 2})
    pipeline.notebook("b", needs=[a])
    pipeline.function(fit, needs=[a])
    pipeline.command(["echo", "{size}"])
    pipeline.command(["true"], parameters={"size": 1})
    changed = apply_settings(pipeline, project, {"size": 9})
    assert {task.name: dict(task.parameters) for task in changed} == {
        "a": {"size": 9},
        "b": {},
        "fit": {"size": 9},
        "echo": {"size": 9},
        "true": {"size": 9},
    }
    assert [task.id for task in changed] == [task.id for task in pipeline]
    assert dict(pipeline["a[size=2]"].parameters) == {"size": 2}


def test_values_of_needs_are_no_parameters(project: Path) -> None:
    pipeline = Pipeline("p")
    pipeline.function(fit, needs=[pipeline.notebook("b")])
    with pytest.raises(UsageError, match="there are: rate, size"):
        apply_settings(pipeline, project, {"data": 1})


def test_unknown_name(project: Path) -> None:
    pipeline = Pipeline("p")
    pipeline.notebook("a")
    with pytest.raises(UsageError) as caught:
        apply_settings(pipeline, project, {"sise": 1})
    assert str(caught.value) == ("--set sise: no task declares this parameter, did you mean size?; there are: size")


def test_no_settings_change_nothing(project: Path) -> None:
    pipeline = Pipeline("p")
    pipeline.notebook("missing")
    assert apply_settings(pipeline, project, {}) is pipeline
