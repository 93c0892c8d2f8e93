"""What upstream tasks recorded and handed over, as seen by the task that needs them."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pynb_dag_runner.dag.parameters import Json
from pynb_dag_runner.errors import TrackingError
from pynb_dag_runner.tracking.context import NeedContext

VALUE_FILE = "value.pickle"
"""The output in which the value of a function task lies, unless that is None and the only thing it would hand over."""


class TaskRecord:
    """A finished upstream task."""

    def __init__(self, need: NeedContext) -> None:
        self.id: str = need.id
        self.name: str = need.name
        self.parameters: dict[str, Json] = dict(need.parameters)
        self.metrics: dict[str, float] = dict(need.metrics)
        self.values: dict[str, Json] = dict(need.values)
        self._outputs_dir = Path(need.outputs_dir)
        self._returned_none = need.returned_none

    @property
    def outputs(self) -> list[str]:
        """Names of the files that the task handed over."""
        files = (path for path in self._outputs_dir.rglob("*") if path.is_file())
        return sorted(path.relative_to(self._outputs_dir).as_posix() for path in files)

    def output(self, name: str) -> Path:
        """Path of a file that the task handed over.

        Raises:
            TrackingError: there is no such file.
        """
        path = self._outputs_dir / name
        if not path.exists():
            raise TrackingError(f"task {self.id} has no output {name!r}; its outputs: {self._there_are}")
        return path

    @property
    def has_value(self) -> bool:
        """Whether the task is a function, and so has a value."""
        return self._returned_none or (self._outputs_dir / VALUE_FILE).is_file()

    @property
    def value(self) -> Any:
        """What the function of a function task returned.

        Raises:
            TrackingError: the task is no function.
        """
        if not self.has_value:
            raise TrackingError(f"task {self.id} has no value, as it is no function; outputs: {self._there_are}")
        if self._returned_none:
            return None
        with (self._outputs_dir / VALUE_FILE).open("rb") as file:
            return pickle.load(file)

    @property
    def _there_are(self) -> str:
        return ", ".join(self.outputs) or "none"

    def __repr__(self) -> str:
        return f"TaskRecord({self.id!r})"


class TaskNeeds:
    """The tasks that a task needs, in the order of ``needs=[...]``."""

    def __init__(
        self,
        records: Sequence[TaskRecord],
        choose: Callable[[list[TaskRecord]], TaskRecord] | None = None,
        unknown_because: str = "",
        source: str = "`needs=[...]` in pipeline.py says which",
    ) -> None:
        """``choose`` picks one of several tasks of a name; without it that is an error.

        ``unknown_because`` says why nobody knows what the task needs; whoever asks for a task by name is told.
        ``source`` is where one sees what it needs.
        """
        self._records = tuple(records)
        self._choose = choose
        self._unknown_because = unknown_because
        self._source = source

    def __iter__(self) -> Iterator[TaskRecord]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, key: str) -> TaskRecord:
        """The task with this id, or the only one with this name.

        Raises:
            TrackingError: there is none, or there are several.
        """
        for record in self._records:
            if record.id == key:
                return record
        named = self.all(key)
        if len(named) == 1:
            return named[0]
        if named and self._choose is not None:
            return self._choose(named)
        if named:
            ids = ", ".join(record.id for record in named)
            raise TrackingError(f"several tasks are named {key!r}: use one of the ids {ids}, or needs.all({key!r})")
        there_are = ", ".join(record.id for record in self._records) or "none"
        raise TrackingError(f"this task does not need {key!r}; it needs: {there_are} ({self._source})")

    def all(self, name: str) -> list[TaskRecord]:
        """Every task with this name.

        Raises:
            TrackingError: it is not known what the task needs.
        """
        if self._unknown_because:
            raise TrackingError(f"no task {name!r} to take something from: {self._unknown_because}")
        return [record for record in self._records if record.name == name]

    def __repr__(self) -> str:
        return f"TaskNeeds({', '.join(record.id for record in self._records)})"
