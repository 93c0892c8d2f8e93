"""An attempt that a worker has, and what is said of it when that worker is lost."""

from __future__ import annotations

from dataclasses import dataclass

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.dag.task import Task
from pynb_dag_runner.execution.recorded import Recorded
from pynb_dag_runner.execution.requests import AttemptOutcome
from pynb_dag_runner.runlog.traces import SpanReference


@dataclass
class InFlight:
    """An attempt that was handed to Ray and is not over; ``submitted_ns`` is when, by the driver's clock."""

    task: Task
    attempt: int
    span: SpanReference
    submitted_ns: int


def lost_outcome(flight: InFlight, recorded: Recorded, now_ns: int, message: str, is_cancelled: bool) -> AttemptOutcome:
    """The outcome of an attempt whose worker is gone without one; ``message`` says what is known of that.

    A worker that cannot be interrupted kills itself at the time limit of its attempt, so then that is what happened.
    """
    elapsed_ns = recorded.elapsed_ns(now_ns)
    limit_s = flight.task.options.timeout_s
    result = Result.ERROR
    if is_cancelled:
        result, message = Result.CANCELLATION, "the run was cancelled, and its worker process was killed"
    elif limit_s is not None and elapsed_ns >= limit_s * 1e9:
        result, message = Result.TIMEOUT, f"its worker process was killed at the time limit of {limit_s:g} s"
    type = "Timeout" if result is Result.TIMEOUT else "WorkerLost"
    start_ns = recorded.start_ns or flight.submitted_ns
    end_ns = now_ns if recorded.start_ns is None else start_ns + elapsed_ns
    return AttemptOutcome(result, start_ns, end_ns, message, (type,), flight.task.location)
