"""Which parameters a task declares: in a notebook's cell, a function's signature, a command's placeholders."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from pynb_dag_runner.dag.pipeline import shortest_path
from pynb_dag_runner.dag.task import Task

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)\}")
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def notebook_path(task: Task, project_dir: Path) -> Path:
    """Path of a notebook task's file, relative to the current folder where it lies in it."""
    return Path(shortest_path(str(project_dir.resolve() / str(task.target))))


def declared_names(task: Task, project_dir: Path) -> set[str]:
    """Names that ``--set`` may give to a task, besides the values of its needs.

    Raises:
        PipelineError: the task's notebook cannot be read.
    """
    names = set(task.parameters)
    if isinstance(task.target, str):
        from pynb_dag_runner.notebook.source import declared_parameters, load_notebook

        path = notebook_path(task, project_dir)
        return names | set(declared_parameters(path, load_notebook(path)))
    if isinstance(task.target, tuple):
        return names | set(placeholders(task.target))
    return names | set(function_parameters(task.target, len(task.needs)))


def placeholders(arguments: Sequence[str]) -> list[str]:
    """The names in ``{name}`` that a command's arguments contain, in their order."""
    return list(dict.fromkeys(name for argument in arguments for name in _PLACEHOLDER.findall(argument)))


def function_parameters(function: Callable[..., object], nr_needs: int) -> dict[str, str | None]:
    """A function's named parameters with their annotations as text, without the first ones, which take its needs."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # some functions written in C have no signature
        return {}
    nr_positional = 0
    found: dict[str, str | None] = {}
    for parameter in parameters:
        is_positional = parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        nr_positional += is_positional
        if parameter.kind in _NAMED and not (is_positional and nr_positional <= nr_needs):
            found[parameter.name] = _annotation_text(parameter.annotation)
    return found


def _annotation_text(annotation: object) -> str | None:
    if annotation is inspect.Parameter.empty:
        return None
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
