"""Fingerprints of tasks: what decides a task's result, as one hash. Equal fingerprints mean that nothing of it changed.

It covers the task's own source, every module of the project that it imports, its parameters, the names of its secrets, and
the fingerprints of what it needs. Of a notebook the code cells count, with their comments, since telling comments from
code is a matter of Python's version: a change of format alone runs a notebook again, one of its text cells does not.

It does not cover what it cannot see: installed packages, data that a task finds by itself, environment variables.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.dag.task import Task, TaskType
from pynb_dag_runner.project.function_source import function_code
from pynb_dag_runner.project.modules import OwnModules, sha256
from pynb_dag_runner.project.notebook_code import code_cells, magics_of, python_of

INCOMPLETE = "?"
"""How a fingerprint begins that cannot tell everything: a function holds a value that cannot be compared."""

_FORM = 1
"""Goes into every fingerprint: with another way to make them, none of before is equal."""

_WORD = re.compile(r"[^\s'\"`=;|&<>(),]+")


@dataclass(frozen=True)
class TaskCode:
    """What a run log keeps of a task's code: its fingerprint, and the hashes of the files that went into it."""

    fingerprint: str | None
    parts: Mapping[str, str]


@dataclass(frozen=True)
class Ingredients:
    """What a task's own code is, apart from parameters and needs.

    ``parts`` are hashes of files of the project, by path, or of parts of files (``pipeline.py: report``). ``values`` is
    what else counts, as JSON. ``unknown`` names a type whose values cannot be compared.
    """

    parts: Mapping[str, str] = field(default_factory=dict)
    values: Any = None
    unknown: str | None = None


def fingerprints(pipeline: Pipeline, project_dir: Path) -> dict[str, str]:
    """The fingerprint of every task, by its id: the same on every machine and for every version of Python."""
    return Fingerprints(pipeline, project_dir).by_task


def affected(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    """Ids of the tasks of ``after`` that are new, or that would not do the same as ``before``."""
    return {task_id for task_id, fingerprint in after.items() if before.get(task_id) != fingerprint}


def sources(pipeline: Pipeline, project_dir: Path) -> dict[Path, set[str]]:
    """Every file of the project that matters, with the ids of the tasks to whose results it matters by itself.

    ``pipeline.py``, and what it imports, may change the parameters of every task.
    """
    return Fingerprints(pipeline, project_dir).sources()


class Fingerprints:
    """Fingerprints of one pipeline with what they were made of, so that a difference can be told in words."""

    def __init__(self, pipeline: Pipeline, project_dir: Path) -> None:
        self._pipeline = pipeline
        self._project_dir = project_dir.resolve()
        notebooks = [str(task.target) for task in pipeline if task.type is TaskType.NOTEBOOK]
        folders = dict.fromkeys((self._project_dir / path).parent for path in dict.fromkeys(notebooks))
        self._modules = OwnModules(project_dir, folders)
        self._labels: dict[Path, str] = {}
        self._own: dict[Any, Ingredients] = {}
        self.by_task: dict[str, str] = {}
        for task in pipeline:
            self.by_task[task.id] = self._fingerprint(task)

    def ingredients(self, task: Task) -> Ingredients:
        """What the task's own code is."""
        key = (task.target, json.dumps(task.parameters)) if isinstance(task.target, tuple) else task.target
        try:
            known = self._own.get(key)
        except TypeError:  # an object that can be called, but not hashed
            return self._ingredients(task)
        if known is None:
            known = self._own[key] = self._ingredients(task)
        return known

    def code(self) -> dict[str, TaskCode]:
        """Fingerprint and files of every task, by its id."""
        return {task.id: TaskCode(self.by_task[task.id], self.ingredients(task).parts) for task in self._pipeline}

    def sources(self) -> dict[Path, set[str]]:
        """See :func:`sources`."""
        found: dict[Path, set[str]] = {}
        everywhere = self._modules.closure(self._project_dir / "pipeline.py")
        for task in self._pipeline:
            files = {self._project_dir / part.partition(": ")[0] for part in self.ingredients(task).parts}
            for file in files | everywhere:
                found.setdefault(file, set()).add(task.id)
        return found

    def _fingerprint(self, task: Task) -> str:
        own = self.ingredients(task)
        needs = [[need.id, self.by_task[need.id]] for need in task.needs]
        made_of = {
            "form": _FORM,
            "type": task.type.value,
            "parts": own.parts,
            "values": own.values,
            "parameters": dict(task.parameters),
            "secrets": sorted(task.options.secrets),
            "needs": needs,
        }
        digest = sha256(json.dumps(made_of, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
        is_incomplete = own.unknown is not None or any(digest.startswith(INCOMPLETE) for _, digest in needs)
        return f"{INCOMPLETE}{digest}" if is_incomplete else digest

    def _ingredients(self, task: Task) -> Ingredients:
        if isinstance(task.target, str):
            return self._of_notebook(task.target)
        if isinstance(task.target, tuple):
            return self._of_command(task)
        code = function_code(task.target, self._modules)
        return Ingredients({**self._parts(code.files), **code.pieces}, code.values, code.unknown)

    def _of_notebook(self, target: str) -> Ingredients:
        path = self._project_dir / target
        cells = code_cells(self._modules.text(path) or "", is_json=path.suffix == ".ipynb")
        imported = self._modules.imported(python_of(cell) for cell in cells)
        named = self._named(line for cell in cells for line in magics_of(cell))
        return Ingredients({**self._parts(imported | named), target: sha256("\n\n".join(cells))}, target)

    def _of_command(self, task: Task) -> Ingredients:
        arguments = [self._portable(argument) for argument in task.target]  # type: ignore[union-attr]
        filled = list(arguments)
        for name, value in task.parameters.items():
            filled = [argument.replace(f"{{{name}}}", str(value)) for argument in filled]
        named = self._named(filled)
        code = [after for option, after in itertools.pairwise(filled) if option == "-c"]
        modules = [after for option, after in itertools.pairwise(filled) if option == "-m"]
        files = named | self._modules.imported([*code, *(f"import {module}, {module}.__main__" for module in modules)])
        return Ingredients(self._parts(files), arguments)

    def _named(self, texts: Iterable[str]) -> frozenset[Path]:
        """Files of the project that texts name, and what those import that are Python."""
        found: set[Path] = set()
        for text in texts:
            for word in _WORD.findall(text):
                path = self._own_file(word)
                if path is not None:
                    found |= self._modules.closure(path) if path.suffix == ".py" else {path}
        return frozenset(found)

    def _own_file(self, word: str) -> Path | None:
        try:
            path = (self._project_dir / word).resolve()
            return path if self._modules.is_own(path) and path.is_file() else None
        except (OSError, ValueError):  # too long for a path, or with a character that none can have
            return None

    def _portable(self, argument: str) -> str:
        """An argument without the place of this machine at which project and Python lie."""
        if argument == sys.executable:
            return "python"
        return argument.replace(str(self._project_dir), ".")

    def _parts(self, files: Iterable[Path]) -> dict[str, str]:
        return {self._label(file): digest for file in files if (digest := self._modules.digest(file)) is not None}

    def _label(self, file: Path) -> str:
        """The path of a file in the project, the same on every machine."""
        if file not in self._labels:
            self._labels[file] = Path(os.path.relpath(file, self._project_dir)).as_posix()
        return self._labels[file]
