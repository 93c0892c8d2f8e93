"""Pipelines of notebooks, functions and commands; each run is recorded in one OpenTelemetry file.

``Pipeline`` defines what runs; ``current_task()`` is what a notebook or function calls to record results. Both are
imported on first use, so that ``import pynb_dag_runner`` costs a notebook nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pynb_dag_runner.dag.pipeline import Pipeline
    from pynb_dag_runner.dag.task import Task
    from pynb_dag_runner.tracking.needs import TaskRecord
    from pynb_dag_runner.tracking.task import TaskRecorder, current_task

__all__ = ["Pipeline", "Task", "TaskRecord", "TaskRecorder", "current_task"]
__version__ = "0.1.0"

_HOMES = {
    "Pipeline": "pynb_dag_runner.dag.pipeline",
    "Task": "pynb_dag_runner.dag.task",
    "TaskRecord": "pynb_dag_runner.tracking.needs",
    "TaskRecorder": "pynb_dag_runner.tracking.task",
    "current_task": "pynb_dag_runner.tracking.task",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
