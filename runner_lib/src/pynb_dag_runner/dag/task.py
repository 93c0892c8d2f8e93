"""A task: one node of the pipeline, immutable once defined."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypedDict

from pynb_dag_runner.dag.parameters import Json, format_value
from pynb_dag_runner.errors import PipelineError, SourceLocation

if TYPE_CHECKING:
    from pynb_dag_runner.dag.pipeline import Pipeline

MIN_SECRET_LENGTH = 4
"""Shorter values cannot be redacted without mangling everything else."""

_LONGEST_FOLDER = 100
_RESERVED_ON_WINDOWS = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}


class TaskType(str, Enum):
    """What a task runs."""

    NOTEBOOK = "notebook"
    FUNCTION = "function"
    COMMAND = "command"


class TaskOptionArguments(TypedDict, total=False):
    """Keyword arguments that every kind of task takes; :class:`TaskOptions` says what they mean."""

    attempts: int
    timeout_s: float | None
    retry_wait_s: float
    never_retry: tuple[type[BaseException], ...] | list[type[BaseException]]
    num_cpus: float
    num_gpus: float
    memory_bytes: int | None
    resources: Mapping[str, float]
    secrets: tuple[str, ...] | list[str]


@dataclass(frozen=True)
class TaskOptions:
    """How a task is run.

    ``attempts`` is the total number of tries. ``timeout_s`` limits each attempt, counted from the start of the user's
    code, not from when it was queued. ``retry_wait_s`` is the pause between attempts. An attempt that fails with one of
    ``never_retry`` is the last one. ``num_cpus``, ``num_gpus``, ``memory_bytes`` and ``resources`` are what Ray
    reserves for an attempt. ``secrets`` names environment variables that the task sees and whose values are redacted.
    """

    attempts: int = 1
    timeout_s: float | None = None
    retry_wait_s: float = 0.0
    never_retry: tuple[type[BaseException], ...] = ()
    num_cpus: float = 1.0
    num_gpus: float = 0.0
    memory_bytes: int | None = None
    resources: Mapping[str, float] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()

    @classmethod
    def checked(cls, task: str, location: SourceLocation, arguments: TaskOptionArguments) -> TaskOptions:
        """Options from keyword arguments.

        Raises:
            PipelineError: an unknown option, or a value outside of what the option allows.
        """

        def require(holds: bool, message: str) -> None:
            if not holds:
                raise PipelineError(f"task {task}: {message}", location)

        unknown = sorted(set(arguments) - set(cls.__dataclass_fields__))
        known = ", ".join(cls.__dataclass_fields__)
        require(not unknown, f"unknown option {', '.join(unknown)}; there are: {known}")
        values: dict[str, Any] = dict(arguments)
        for name in ("never_retry", "secrets"):
            if name in values:
                require(isinstance(values[name], (list, tuple)), f"{name} takes a list, got {values[name]!r}")
                values[name] = tuple(values[name])
        resources = values.get("resources", {})
        require(isinstance(resources, Mapping), f"resources takes a dict of names and amounts, got {resources!r}")
        options = cls(**values)

        require(
            _is_whole(options.attempts) and options.attempts >= 1,
            f"attempts={options.attempts!r}: give the total number of tries, at least 1",
        )
        require(
            options.timeout_s is None or (_is_number(options.timeout_s) and options.timeout_s > 0),
            f"timeout_s={options.timeout_s!r}: give seconds above 0, or None for no limit",
        )
        for name in ("retry_wait_s", "num_cpus", "num_gpus"):
            value = getattr(options, name)
            require(_is_number(value) and value >= 0, f"{name}={value!r}: give a number, 0 or more")
        require(
            options.memory_bytes is None or (_is_whole(options.memory_bytes) and options.memory_bytes > 0),
            f"memory_bytes={options.memory_bytes!r}: give a whole number of bytes above 0, or None",
        )
        for name, amount in options.resources.items():
            require(isinstance(name, str) and _is_number(amount) and amount >= 0, f"resources[{name!r}]={amount!r}")
        for error_type in options.never_retry:
            is_exception = isinstance(error_type, type) and issubclass(error_type, BaseException)
            require(is_exception, f"never_retry takes exception types, got {error_type!r}")
        for secret in options.secrets:
            require(isinstance(secret, str) and secret != "", f"secrets takes names of variables, got {secret!r}")
        return options


@dataclass(frozen=True, eq=False)
class Task:
    """A notebook, function or command with its parameters, made by the methods of :class:`Pipeline`.

    ``target`` is the path of the notebook relative to the project folder, the function, or the program with its
    arguments. ``id`` is the same in every run: links to a task last.
    """

    pipeline: Pipeline = field(repr=False)
    id: str
    name: str
    type: TaskType
    target: str | Callable[..., object] | tuple[str, ...] = field(repr=False)
    needs: tuple[Task, ...] = field(repr=False)
    parameters: Mapping[str, Json]
    options: TaskOptions = field(repr=False)
    location: SourceLocation = field(repr=False)

    @cached_property
    def folder(self) -> str:
        """Name of a folder for this task, safe on every file system."""
        return folder_name(self.id)

    @property
    def source(self) -> str:
        """What the task runs, as one line of text."""
        if isinstance(self.target, str):
            return self.target
        if isinstance(self.target, tuple):
            return " ".join(self.target)
        name = getattr(self.target, "__qualname__", type(self.target).__qualname__)
        return f"{getattr(self.target, '__module__', type(self.target).__module__)}.{name}"


def default_id(name: str, parameters: Mapping[str, Json]) -> str:
    """``train-model[nr_train_images=600]``: the name with the parameters."""
    if not parameters:
        return name
    return f"{name}[{','.join(f'{key}={format_value(value)}' for key, value in parameters.items())}]"


def folder_name(task_id: str) -> str:
    """A folder name for ``task_id``: lower-case ASCII, at most 100 characters, no reserved name.

    Where that loses something of the id, a hash of it keeps different ids apart.
    """
    pretty = task_id.removesuffix("]").replace("[", "-").replace(",", "-")
    safe = re.sub(r"[^a-z0-9._=-]+", "-", pretty.lower()).strip(".-") or "task"
    is_faithful = safe == pretty and len(safe) <= _LONGEST_FOLDER and safe.split(".")[0] not in _RESERVED_ON_WINDOWS
    if is_faithful:
        return safe
    if safe.split(".")[0] in _RESERVED_ON_WINDOWS:
        safe = f"task-{safe}"  # on Windows, "aux.py-1f" is the device AUX too
    digest = hashlib.sha256(task_id.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{safe[: _LONGEST_FOLDER - 9].strip('.-')}-{digest}"


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
