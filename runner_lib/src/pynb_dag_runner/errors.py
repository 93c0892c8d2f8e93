"""Every error that this library raises on purpose.

    PdrError
    ├── PipelineError     the pipeline is defined wrongly (exit code 2)
    │   └── ParameterError    a parameter has a name or a value that cannot work
    ├── UsageError        the call is wrong: unknown option value, missing folder (exit code 2)
    ├── RunLogError       a file is no run log, or one of a newer version (exit code 2)
    ├── TrackingError     user code hands over something that cannot be recorded
    └── EngineError       the machinery below the tasks fails: Ray, disk (exit code 1)
        └── GitHubError       GitHub, or the way to it, says no

What goes wrong inside a task is no exception of the library: it is recorded as the result of an attempt.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SourceLocation:
    """A line (counted from 1) of a source file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class PdrError(Exception):
    """Base of all errors of this library; the message says what to do next."""


class PipelineError(PdrError):
    """The pipeline is defined wrongly.

    Printed as ``file:line: error: message`` where a location is known, so that editors can jump to it.
    """

    def __init__(self, message: str, location: SourceLocation | None = None) -> None:
        super().__init__(message, location)
        self.message = message
        self.location = location

    def __str__(self) -> str:
        return f"{self.location}: error: {self.message}" if self.location else f"error: {self.message}"


class ParameterError(PipelineError):
    """A parameter has a name or a value that cannot work."""


class UsageError(PdrError):
    """A command or function was called with values that cannot work."""


class RunLogError(PdrError):
    """A file cannot be read as a run log."""


class TrackingError(PdrError):
    """User code handed over something that cannot be recorded."""


class EngineError(PdrError):
    """The machinery that runs tasks failed, not a task itself."""


class GitHubError(EngineError):
    """GitHub, or the way to it, says no."""
