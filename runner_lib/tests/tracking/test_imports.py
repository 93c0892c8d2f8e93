"""Importing the package costs a notebook nothing, and tracking needs neither Ray nor Jupyter."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from task_surroundings import TaskSurroundings

from pynb_dag_runner.conventions import Variable

_HEAVY = {"opentelemetry", "google", "ray", "IPython", "ipykernel", "jupyter_client", "nbformat", "papermill"}
_HEAVY |= {"jupytext", "nbclient", "nbconvert", "numpy", "pandas", "matplotlib", "rich", "psutil", "cloudpickle"}
_RAY_AND_JUPYTER = {"ray", "IPython", "ipykernel", "jupyter_client", "nbformat", "papermill", "jupytext", "nbclient"}


def modules_after(script: str, environment: dict[str, str] | None = None) -> set[str]:
    """The names of all top-level packages that are loaded after ``script``."""
    full = f"import sys\n{script}\nsys.stdout.write('\\n' + ' '.join({{name.split('.')[0] for name in sys.modules}}))"
    outside = {name: value for name, value in os.environ.items() if name != Variable.CONTEXT}
    command = [sys.executable, "-c", full]
    done = subprocess.run(command, env=environment or outside, check=True, capture_output=True, text=True)
    return set(done.stdout.splitlines()[-1].split())


def test_that_the_package_imports_nothing_but_itself() -> None:
    assert modules_after("import pynb_dag_runner") - modules_after("import __future__, typing") == {"pynb_dag_runner"}


def test_that_the_names_of_the_package_import_nothing_heavy() -> None:
    script = "from pynb_dag_runner import Pipeline, Task, TaskRecorder, current_task; Pipeline('a')"
    assert modules_after(script) & _HEAVY == set()


def test_that_an_interactive_task_needs_no_opentelemetry() -> None:
    script = "from pynb_dag_runner import current_task; current_task().log_metric('loss', 0.5)"
    assert modules_after(script) & _HEAVY == set()


def test_that_recording_needs_neither_ray_nor_jupyter(task_surroundings: TaskSurroundings) -> None:
    script = """
from pynb_dag_runner import current_task
from opentelemetry import trace
current_task().log_metric('loss', 0.5)
with trace.get_tracer('user').start_as_current_span('span'):
    pass
"""
    environment = {**os.environ, **task_surroundings.environment}
    loaded = modules_after(script, environment)
    assert loaded & _RAY_AND_JUPYTER == set()
    assert "opentelemetry" in loaded


def test_that_an_unknown_name_is_an_attribute_error() -> None:
    import pynb_dag_runner

    with pytest.raises(AttributeError, match="has no attribute 'curent_task'"):
        pynb_dag_runner.curent_task  # noqa: B018
