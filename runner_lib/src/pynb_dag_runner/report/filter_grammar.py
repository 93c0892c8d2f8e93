"""The parts of which a filter consists; ``filter_syntax`` says how they are written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.errors import UsageError
from pynb_dag_runner.runlog.records import State

KEYS = {
    "result": "status",
    "pipeline": "text",
    "environment": "text",
    "trigger": "text",
    "branch": "text",
    "commit": "commit",
    "pr": "exact",
    "since": "time",
    "before": "time",
    "duration": "duration",
    "task": "text",
    "error": "text",
    "id": "text",
    "dirty": "flag",
}
"""How the values of each key are written and compared."""

NAMED_KEYS = {"metric": "metric", "parameter": "json", "tag": "json"}
"""Keys that go on with a name after a dot."""

STATUSES = (
    *(result.value for result in Result),
    *(state.value for state in (State.WAITING, State.RUNNING, State.INTERRUPTED)),
)

LONGEST_FILTER = 4000
DEEPEST_FILTER = 60


class FilterError(UsageError):
    """A filter cannot be read; ``column`` counts from 1, ``length`` is at least 1."""

    def __init__(self, message: str, text: str, at: int, length: int) -> None:
        self.message, self.column, self.length = message, at + 1, max(1, length)
        super().__init__(message)
        self.text = text

    def __str__(self) -> str:
        """The message, and below it the place in the filter."""
        shown = "".join(character if character.isprintable() else " " for character in self.text)
        start = max(0, self.column - 60)
        mark = " " * (self.column - 1 - start) + "^" * min(self.length, 60)
        return f"--filter, column {self.column}: {self.message}\n  {shown[start : start + 120]}\n  {mark}"


@dataclass(frozen=True)
class Value:
    """A value as written, and what was understood of it; ``moment_ms`` is relative to now where ``is_ago``."""

    text: str
    number: float | None = None
    moment_ms: float | None = None
    is_ago: bool = False


@dataclass(frozen=True)
class Term:
    """``KEY OPERATOR VALUE``; ``name`` is what follows the dot of ``metric.``, ``parameter.`` and ``tag.``."""

    key: str
    name: str
    operator: str
    values: list[Value] = field(default_factory=list)


@dataclass(frozen=True)
class Word:
    """Text to search for."""

    text: str


@dataclass(frozen=True)
class Not:
    """What must not hold."""

    part: Filter


@dataclass(frozen=True)
class AllOf:
    """What must all hold."""

    parts: list[Filter]


@dataclass(frozen=True)
class AnyOf:
    """Of which one must hold."""

    parts: list[Filter]


Filter: TypeAlias = "Term | Word | Not | AllOf | AnyOf"
