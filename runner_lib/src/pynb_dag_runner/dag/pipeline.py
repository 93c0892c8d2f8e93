"""A pipeline: tasks and what each of them needs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pynb_dag_runner.dag.parameters import Json, require_json_parameters
from pynb_dag_runner.dag.task import Task, TaskOptions, TaskType, default_id
from pynb_dag_runner.errors import PipelineError, SourceLocation

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pynb_dag_runner.dag.task import TaskOptionArguments

_PACKAGE_FOLDER = str(Path(__file__).parents[1])


class Pipeline:
    """Tasks in the order in which they were defined, which is also a topological order.

    A task can only need tasks that exist already, so no cycle can be written::

        pipeline = Pipeline("digits")
        ingest = pipeline.notebook("ingest", attempts=3)
        pipeline.notebook("eda", needs=[ingest])
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str) or not name.strip():
            raise PipelineError(f"a pipeline needs a name, got {name!r}", _caller())
        self.name = name
        self._tasks: dict[str, Task] = {}
        self._folders: dict[str, str] = {}

    def notebook(
        self,
        notebook: str,
        *,
        needs: Sequence[Task] = (),
        parameters: Mapping[str, object] | None = None,
        name: str | None = None,
        id: str | None = None,
        **options: Unpack[TaskOptionArguments],
    ) -> Task:
        """Add a notebook: a name (``"ingest"`` means ``notebooks/ingest.py``) or a path in the project folder.

        Raises:
            PipelineError: a bad option, a parameter that is not JSON, a foreign task in ``needs``, or an id in use.
        """
        location = _caller()
        if not isinstance(notebook, str) or not notebook.strip():
            raise PipelineError(f"a notebook is given by its name or path, got {notebook!r}", location)
        path = notebook if notebook.endswith((".py", ".ipynb")) else f"notebooks/{notebook}.py"
        return self._add(TaskType.NOTEBOOK, path, name or Path(path).stem, id, needs, parameters, options, location)

    def function(
        self,
        function: Callable[..., object],
        *,
        needs: Sequence[Task] = (),
        parameters: Mapping[str, object] | None = None,
        name: str | None = None,
        id: str | None = None,
        **options: Unpack[TaskOptionArguments],
    ) -> Task:
        """Add a function, called as ``function(*values_of_needs, **parameters)``; its value goes to the data lake.

        Raises:
            PipelineError: as for :meth:`notebook`, or ``function`` cannot be called.
        """
        location = _caller()
        if not callable(function):
            raise PipelineError(f"expected a function, got {function!r}", location)
        own_name = name or str(getattr(function, "__name__", type(function).__name__))
        return self._add(TaskType.FUNCTION, function, own_name, id, needs, parameters, options, location)

    def command(
        self,
        arguments: Sequence[str],
        *,
        needs: Sequence[Task] = (),
        parameters: Mapping[str, object] | None = None,
        name: str | None = None,
        id: str | None = None,
        **options: Unpack[TaskOptionArguments],
    ) -> Task:
        """Add a program with its arguments; parameters reach it as ``{name}`` in an argument.

        Raises:
            PipelineError: as for :meth:`notebook`, or ``arguments`` is no list of strings.
        """
        location = _caller()
        is_list = isinstance(arguments, (list, tuple)) and all(isinstance(argument, str) for argument in arguments)
        if not is_list or not arguments:
            raise PipelineError(
                f"a command is a list of strings such as ['python', 'report.py'], got {arguments!r}", location
            )
        own_name = name or Path(arguments[0]).name
        return self._add(TaskType.COMMAND, tuple(arguments), own_name, id, needs, parameters, options, location)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """All tasks; each comes after those it needs."""
        return tuple(self._tasks.values())

    def __iter__(self) -> Iterator[Task]:
        return iter(self.tasks)

    def __len__(self) -> int:
        return len(self._tasks)

    def __getitem__(self, task_id: str) -> Task:
        return self._tasks[task_id]

    def with_parameters(self, changes: Mapping[str, Mapping[str, Json]]) -> Pipeline:
        """A copy in which the tasks named by their ids have these parameters added or replaced; ids stay as they are.

        Raises:
            PipelineError: there is no task of such an id, or a parameter is not JSON.
        """
        unknown = [task_id for task_id in changes if task_id not in self._tasks]
        if unknown:
            raise PipelineError(f"there is no task {unknown[0]}; there are: {', '.join(self._tasks)}")
        copy = Pipeline(self.name)
        for task in self.tasks:
            added = require_json_parameters(changes.get(task.id, {}), task.name, task.location)
            copy._tasks[task.id] = replace(
                task,
                pipeline=copy,
                needs=tuple(copy._tasks[need.id] for need in task.needs),
                parameters={**task.parameters, **added},
            )
            copy._folders[task.folder] = task.id
        return copy

    def restricted_to(self, task_ids: Collection[str]) -> Pipeline:
        """A copy with these tasks alone; of what they need it has what is among them."""
        copy = Pipeline(self.name)
        for task in self.tasks:
            if task.id in task_ids:
                needs = tuple(copy._tasks[need.id] for need in task.needs if need.id in copy._tasks)
                copy._tasks[task.id] = replace(task, pipeline=copy, needs=needs)
                copy._folders[task.folder] = task.id
        return copy

    def _add(
        self,
        type: TaskType,
        target: str | Callable[..., object] | tuple[str, ...],
        name: str,
        id: str | None,
        needs: Sequence[Task],
        parameters: Mapping[str, object] | None,
        options: TaskOptionArguments,
        location: SourceLocation,
    ) -> Task:
        for word, given in {"name": name, "id": id}.items():
            if given is not None and not isinstance(given, str):
                raise PipelineError(f"task {name}: {word} takes a string, got {given!r}", location)
        checked_parameters = require_json_parameters({} if parameters is None else parameters, name, location)
        task = Task(
            pipeline=self,
            id=id or default_id(name, checked_parameters),
            name=name,
            type=type,
            target=target,
            needs=self._checked_needs(name, needs, location),
            parameters=checked_parameters,
            options=TaskOptions.checked(name, location, options),
            location=location,
        )
        self._require_new(task)
        self._tasks[task.id] = task
        self._folders[task.folder] = task.id
        return task

    def _checked_needs(self, name: str, needs: Sequence[Task], location: SourceLocation) -> tuple[Task, ...]:
        if isinstance(needs, (str, Task)) or not isinstance(needs, Iterable):
            got = f"the task {needs.id} without a list around it" if isinstance(needs, Task) else repr(needs)
            raise PipelineError(f"task {name}: needs takes a list of tasks, got {got}", location)
        for need in needs:
            if not isinstance(need, Task):
                raise PipelineError(
                    f"task {name}: needs takes tasks, as returned by pipeline.notebook(...), got {need!r}", location
                )
            if need.pipeline is not self:
                raise PipelineError(
                    f"task {name}: needs {need.id}, which belongs to another pipeline "
                    f"({need.pipeline.name!r}, defined at {need.location})",
                    location,
                )
        return tuple(dict.fromkeys(needs))

    def _require_new(self, task: Task) -> None:
        if not all(character.isprintable() for character in task.id):
            raise PipelineError(f"task id {task.id!r} has characters that cannot be printed", task.location)
        if task.id in self._tasks:
            raise PipelineError(
                f"there is already a task {task.id} (defined at {self._tasks[task.id].location}): "
                "give one of them other parameters, or an id=",
                task.location,
            )
        if task.folder in self._folders:
            raise PipelineError(
                f"the ids {task.id!r} and {self._folders[task.folder]!r} would share the folder {task.folder!r}: "
                "give one of them another id=",
                task.location,
            )


def _caller() -> SourceLocation:
    """The line of user code that called into this package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE_FOLDER):
        frame = frame.f_back
    return SourceLocation(shortest_path(frame.f_code.co_filename), frame.f_lineno)


def shortest_path(file: str) -> str:
    """A path as messages show it: relative to the current folder where it lies in it."""
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except ValueError:
        return file
