"""Finds everything that is wrong with a pipeline without running any of it."""

from __future__ import annotations

import ast
import inspect
import os
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pynb_dag_runner.dag.parameters import Json, format_value
from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.dag.task import Task
from pynb_dag_runner.errors import PipelineError, SourceLocation
from pynb_dag_runner.project.annotations import contradicts
from pynb_dag_runner.project.declared import function_parameters, notebook_path, placeholders
from pynb_dag_runner.project.settings import did_you_mean

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from pynb_dag_runner.notebook.source import DeclaredParameter


def check_pipeline(pipeline: Pipeline, project_dir: Path) -> list[PipelineError]:
    """All problems of the tasks' notebooks, functions, commands and parameters; empty if there are none.

    Values of ``secrets`` need not be set for this.
    """
    notebooks: dict[str, _Notebook] = {}
    problems: list[PipelineError] = []
    for task in pipeline:
        if isinstance(task.target, str):
            if task.target not in notebooks:
                notebooks[task.target] = _read_notebook(task, project_dir)
                problems += notebooks[task.target].problems
            problems += _parameter_problems(task, notebooks[task.target])
        elif isinstance(task.target, tuple):
            problems += _command_problems(task, task.target, project_dir)
        else:
            problems += _function_problems(task, task.target)
    return problems


@dataclass
class _Notebook:
    """What is known of a notebook file: read once, however many tasks run it."""

    path: Path
    problems: list[PipelineError]
    declared: Mapping[str, DeclaredParameter] | None = None
    """None if they cannot be known."""


def _read_notebook(task: Task, project_dir: Path) -> _Notebook:
    from pynb_dag_runner.notebook.source import declared_parameters, load_notebook

    path = notebook_path(task, project_dir)
    if not path.is_file():
        names = sorted(file.name for file in path.parent.glob("*") if file.suffix in (".py", ".ipynb"))
        close = did_you_mean(path.name, names)
        return _Notebook(path, [PipelineError(f"task {task.id}: there is no notebook {path}{close}", task.location)])
    try:
        notebook = load_notebook(path)
    except PipelineError as problem:
        return _Notebook(path, [problem])
    problems = list(_syntax_problems(path, notebook))
    try:
        return _Notebook(path, problems, declared_parameters(path, notebook))
    except PipelineError as problem:
        return _Notebook(path, problems or [problem])


def _syntax_problems(path: Path, notebook: NotebookNode) -> Iterator[PipelineError]:
    from pynb_dag_runner.notebook.source import cell_lines, without_magics

    for index, (cell, first_line) in enumerate(zip(notebook.cells, cell_lines(path, notebook), strict=True)):
        if cell.cell_type != "code":
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
                compile(without_magics(cell.source), str(path), "exec", flags=flags, dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            message = error.msg if isinstance(error, SyntaxError) else str(error)
            line = getattr(error, "lineno", None) or 1
            if first_line is None:
                yield PipelineError(f"cell {index}, line {line}: {message}", SourceLocation(str(path), 1))
            else:
                yield PipelineError(f"syntax: {message}", SourceLocation(str(path), first_line + line - 1))


def _parameter_problems(task: Task, notebook: _Notebook) -> Iterator[PipelineError]:
    declared = notebook.declared
    if declared is None:
        return
    there_are = f"it declares {', '.join(declared)}" if declared else "it has no cell tagged 'parameters'"
    for name, value in task.parameters.items():
        if name not in declared:
            yield PipelineError(
                f"task {task.id}: the notebook {notebook.path} does not declare the parameter "
                f"{name}{did_you_mean(name, declared)}; {there_are}",
                task.location,
            )
        else:
            place = f"{notebook.path}:{declared[name].line}"
            yield from _type_problems(task, name, value, declared[name].annotation, place)


def _type_problems(task: Task, name: str, value: Json, annotation: str | None, place: str) -> Iterator[PipelineError]:
    if contradicts(value, annotation):
        yield PipelineError(
            f"task {task.id}: parameter {name} is {format_value(value)}, but is declared as {annotation} ({place})",
            task.location,
        )


def _function_problems(task: Task, function: Callable[..., object]) -> Iterator[PipelineError]:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions written in C have no signature
        return
    try:
        signature.bind(*task.needs, **task.parameters)
    except TypeError as error:
        needs = f"the values of its {len(task.needs)} needs" if task.needs else "no needs"
        parameters = f"the parameters {', '.join(task.parameters)}" if task.parameters else "no parameters"
        yield PipelineError(
            f"task {task.id}: {task.source}{signature} is called with {needs} and {parameters}: {error}", task.location
        )
        return
    for name, annotation in function_parameters(function, len(task.needs)).items():
        if name in task.parameters:
            yield from _type_problems(task, name, task.parameters[name], annotation, task.source)


def _command_problems(task: Task, arguments: Sequence[str], project_dir: Path) -> Iterator[PipelineError]:
    # Without parameters nothing is filled in, and braces are the program's own, as in `awk '{print}'`.
    names = placeholders(arguments) if task.parameters else []
    for name in names:
        if name in task.parameters:
            continue
        there_are = f"it has {', '.join(task.parameters)}"
        yield PipelineError(
            f"task {task.id}: the command contains {{{name}}}, but the task has no parameter "
            f"{name}{did_you_mean(name, task.parameters)}; {there_are}",
            task.location,
        )
    program = arguments[0]
    if placeholders([program]):
        return
    # As when the task runs: in the project's folder, and `python` is the Python of this run.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    if not shutil.which(str(project_dir / program) if os.path.dirname(program) else program, path=path):
        where = "in the project" if os.path.dirname(program) else "on PATH"
        yield PipelineError(f"task {task.id}: there is no program {program} {where}: install it", task.location)
