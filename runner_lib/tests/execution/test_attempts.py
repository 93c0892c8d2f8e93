from __future__ import annotations

import pytest

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.dag.task import TaskOptions
from pynb_dag_runner.execution.attempts import is_retried
from pynb_dag_runner.execution.requests import AttemptOutcome


class Refused(ValueError):
    """An exception of a user's own."""


def _outcome(result: Result, *error_types: str) -> AttemptOutcome:
    return AttemptOutcome(result, 0, 1, "message", error_types)


def _names(error: type[BaseException]) -> tuple[str, ...]:
    """What a function task reports of an exception."""
    return tuple(name for base in error.__mro__ for name in (base.__name__, f"{base.__module__}.{base.__qualname__}"))


@pytest.mark.parametrize("result", [Result.FAILURE, Result.ERROR, Result.TIMEOUT])
def test_tries_again_until_there_are_no_attempts_left(result: Result) -> None:
    options = TaskOptions(attempts=3)
    assert [is_retried(options, attempt, _outcome(result)) for attempt in (1, 2, 3)] == [True, True, False]


@pytest.mark.parametrize("result", [Result.SUCCESS, Result.CANCELLATION])
def test_never_tries_again(result: Result) -> None:
    assert not is_retried(TaskOptions(attempts=9), 1, _outcome(result))


@pytest.mark.parametrize(
    ("never", "raised", "is_final"),
    [
        (Refused, _names(Refused), True),
        (ValueError, _names(Refused), True),
        (Exception, _names(Refused), True),
        (KeyError, _names(Refused), False),
        (Refused, _names(ValueError), False),
    ],
)
def test_never_retry_by_class_and_base_class(
    never: type[BaseException], raised: tuple[str, ...], is_final: bool
) -> None:
    options = TaskOptions(attempts=3, never_retry=(never,))
    assert is_retried(options, 1, _outcome(Result.FAILURE, *raised)) is not is_final


@pytest.mark.parametrize(
    ("never", "name", "is_final"),
    [
        (ArithmeticError, "ZeroDivisionError", True),
        (OSError, "FileNotFoundError", True),
        (OSError, "IOError", True),
        (Refused, "Refused", True),
        (ValueError, "Refused", False),
        (ValueError, "KeyError", False),
        (KeyboardInterrupt, "KeyboardInterrupt", True),
    ],
)
def test_never_retry_by_the_bare_name_that_a_kernel_tells(
    never: type[BaseException], name: str, is_final: bool
) -> None:
    options = TaskOptions(attempts=3, never_retry=(never,))
    assert is_retried(options, 1, _outcome(Result.FAILURE, name)) is not is_final


def test_lost_workers_and_time_outs_are_no_exceptions_of_the_user() -> None:
    options = TaskOptions(attempts=2, never_retry=(Exception, TimeoutError))
    assert is_retried(options, 1, _outcome(Result.ERROR, "WorkerLost"))
    assert is_retried(options, 1, _outcome(Result.TIMEOUT, "Timeout"))
