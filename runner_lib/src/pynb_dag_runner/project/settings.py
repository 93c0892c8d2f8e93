"""Settings of the command line (``--set NAME=VALUE``) become parameters of the tasks that declare the name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path

from pynb_dag_runner.dag.parameters import Json
from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.errors import UsageError
from pynb_dag_runner.project.declared import declared_names


def apply_settings(pipeline: Pipeline, project_dir: Path, settings: Mapping[str, Json]) -> Pipeline:
    """A copy of the pipeline in which every task that declares the name of a setting has its value; ids stay the same.

    Raises:
        UsageError: no task declares a name.
        PipelineError: a notebook cannot be read.
    """
    if not settings:
        return pipeline
    declared = {task.id: declared_names(task, project_dir) for task in pipeline}
    known = sorted(set().union(*declared.values()))
    for name in settings:
        if name not in known:
            there_are = f"there are: {', '.join(known)}" if known else "no task declares any"
            raise UsageError(f"--set {name}: no task declares this parameter{did_you_mean(name, known)}; {there_are}")
    changes = {
        task_id: {name: value for name, value in settings.items() if name in names}
        for task_id, names in declared.items()
    }
    return pipeline.with_parameters({task_id: change for task_id, change in changes.items() if change})


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``, did you mean X?`` where a known name looks like ``name``, else nothing."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f", did you mean {close[0]}?" if close else ""
