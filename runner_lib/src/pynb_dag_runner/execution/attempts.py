"""After an attempt: try again, or give up? Pure logic."""

from __future__ import annotations

import builtins

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.dag.task import TaskOptions
from pynb_dag_runner.execution.requests import AttemptOutcome

_FINAL = (Result.SUCCESS, Result.CANCELLATION)


def is_retried(options: TaskOptions, attempt: int, outcome: AttemptOutcome) -> bool:
    """Whether another attempt follows attempt number ``attempt`` (from 1)."""
    if outcome.result in _FINAL or attempt >= options.attempts:
        return False
    return not any(_is_instance(outcome.error_types, never) for never in options.never_retry)


def _is_instance(error_types: tuple[str, ...], expected: type[BaseException]) -> bool:
    """Whether the exception is one of ``expected``.

    A kernel tells the name of an exception alone; the base classes of Python's own exceptions are known all the same.
    """
    names = {expected.__name__, f"{expected.__module__}.{expected.__qualname__}"}
    if names & set(error_types):
        return True
    raised = getattr(builtins, error_types[0], None) if error_types else None
    return isinstance(raised, type) and issubclass(raised, expected)
