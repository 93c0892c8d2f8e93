"""What a reader of a run wants to know first: how it stands, what went wrong and where, what was measured."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.runlog.records import Attempt, PipelineRun, TaskRun, Timed

if TYPE_CHECKING:
    from pynb_dag_runner.runlog.records import ExceptionRecord

REUSED = "reused"

_LONGEST_MESSAGE = 20_000
_TROUBLE = (Result.FAILURE, Result.ERROR, Result.TIMEOUT)


@dataclass(frozen=True)
class Problem:
    """Why one attempt did not succeed: ``where`` is ``file:line`` of the user's code, None where it is not known."""

    task: TaskRun
    attempt: Attempt
    where: str | None
    what: str
    stacktrace: str | None

    @property
    def status(self) -> str:
        """The attempt's result, or its state while it has none."""
        return status(self.attempt)


def status(part: PipelineRun | TaskRun | Attempt) -> str:
    """The result where there is one, else the state: ``success``, ``waiting``, ``running``, ``interrupted`` ...

    A task that was taken over from an earlier run is :data:`REUSED`: it did not succeed here.
    """
    if isinstance(part, TaskRun) and part.reused_from is not None:
        return REUSED
    return part.result.value if part.result is not None else part.state.value


def status_counts(run: PipelineRun) -> dict[str, int]:
    """How many tasks have each status, in the order in which the statuses first appear."""
    return dict(Counter(status(task) for task in run))


def problems(run: PipelineRun) -> list[Problem]:
    """Why tasks did not succeed, one entry per such task, from the attempt that counts."""
    found = []
    for task in run:
        attempt = task.last_attempt
        if attempt is not None and task.result in _TROUBLE:
            found.append(problem_of(task, attempt))
    return found


def retried(run: PipelineRun) -> list[tuple[Problem, Problem]]:
    """Attempts that did not succeed and were followed by another; a row of equal ones as its first and its last."""
    rows: list[tuple[Problem, Problem]] = []
    for problem in _retried_attempts(run):
        if rows and _is_same(rows[-1][1], problem):
            rows[-1] = (rows[-1][0], problem)
        else:
            rows.append((problem, problem))
    return rows


def attempts_range(first: Problem, last: Problem) -> str:
    """``2``, or ``2 to 14``."""
    numbers = dict.fromkeys((first.attempt.number, last.attempt.number))
    return " to ".join(str(number) for number in numbers)


def _is_same(first: Problem, second: Problem) -> bool:
    return (first.task.id, first.status, first.where, first.what) == (
        second.task.id,
        second.status,
        second.where,
        second.what,
    )


def _retried_attempts(run: PipelineRun) -> list[Problem]:
    return [
        problem_of(task, attempt)
        for task in run
        for attempt in task.attempts[:-1]
        if attempt.result is not Result.SUCCESS
    ]


def skipped(run: PipelineRun) -> dict[str, list[TaskRun]]:
    """Tasks that were not run, by the id of the task that was run, did not succeed, and so is the cause."""
    found: dict[str, list[TaskRun]] = {}
    for task in run:
        cause, seen = task.skipped_because, {task.id}
        while cause is not None and cause not in seen and cause in run.tasks and run.tasks[cause].skipped_because:
            seen.add(cause)
            cause = run.tasks[cause].skipped_because
        if cause is not None:
            found.setdefault(cause, []).append(task)
    return found


def reused(run: PipelineRun) -> dict[str, list[TaskRun]]:
    """Tasks that were taken over, by the run in which they really ran."""
    found: dict[str, list[TaskRun]] = {}
    for task in run:
        if task.reused_from is not None:
            found.setdefault(task.reused_from, []).append(task)
    return found


def run_message(run: PipelineRun) -> str | None:
    """What the run's end says beyond its result."""
    return run.message if run.message and run.message != status(run) else None


def problem_of(task: TaskRun, attempt: Attempt) -> Problem:
    """What the run log says of the end of ``attempt``."""
    exception = attempt.exceptions[-1] if attempt.exceptions else None
    if exception is None:
        return Problem(task, attempt, None, attempt.message or f"ended with {status(attempt)}", None)
    if attempt.result is Result.FAILURE or not attempt.message:
        return Problem(task, attempt, _where(exception), _what(exception), exception.stacktrace or None)
    return Problem(task, attempt, _where(exception), attempt.message, exception.stacktrace or None)


def attempt_text(attempt: Attempt) -> str:
    """``attempt 2 of 3``; empty where only one is allowed."""
    return f"attempt {attempt.number} of {attempt.max}" if attempt.max > 1 else ""


def wanted_rows(run: PipelineRun, most: int) -> list[TaskRun]:
    """At most ``most`` tasks in the order of the run; where some are left out, those that went well go first."""
    tasks = list(run)
    ranked = sorted(range(len(tasks)), key=lambda index: (tasks[index].result is Result.SUCCESS, index))
    return [tasks[index] for index in sorted(ranked[:most])]


def attempts_text(task: TaskRun) -> str:
    """``1``, or ``3 of 15`` where several are allowed; empty for a task that was not tried."""
    if not task.attempts:
        return ""
    most = max(attempt.max for attempt in task.attempts)
    return str(len(task.attempts)) if most <= 1 else f"{len(task.attempts)} of {most}"


def running_time(task: TaskRun) -> Timed:
    """From the first attempt's start to the task's end: without the time that it waited for a free processor."""
    if task.reused_from is not None:
        return Timed()
    starts = [attempt.start_ns for attempt in task.attempts if attempt.start_ns is not None]
    first_ns = min(starts, default=task.start_ns)
    if first_ns is None or first_ns < (task.start_ns or 0) or first_ns > (task.end_ns or first_ns):
        # An attempt starts by the clock of its node, and a task by the driver's: these two differ by more than the wait.
        return Timed(task.start_ns, task.end_ns)
    return Timed(first_ns, task.end_ns)


def elapsed_s(part: Timed, now_ns: int | None) -> float | None:
    """Seconds from start to end, up to ``now_ns`` for what has not ended; None where nothing is known."""
    if part.duration_s is not None or part.start_ns is None or now_ns is None:
        return part.duration_s
    return max(0.0, (now_ns - part.start_ns) / 1e9)


def duration_text(seconds: float | None) -> str:
    """``0.31 s``, ``12.4 s``, ``3 min 05 s``, ``2 h 07 min``; empty for None."""
    if seconds is None:
        return ""
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def key_metrics(task: TaskRun, most: int) -> tuple[list[tuple[str, float]], int]:
    """At most ``most`` metrics, and how many there are beside them; those of a numbered family come last.

    Where a task logs ``recall_0`` to ``recall_9`` and ``recall``, the last is the one to look at.
    """
    metrics = sorted(task.metrics.items(), key=lambda metric: metric[0][-1:].isdigit())
    return metrics[:most], max(0, len(metrics) - most)


def metric_text(value: float) -> str:
    """A metric to five significant digits; whole numbers in full; ``NaN`` and ``Infinity`` as the tracker and JSON have them."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.5g}"


def counted(count: int, noun: str) -> str:
    """``1 task``, ``2 tasks``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def size_text(size_bytes: int) -> str:
    """``812 B``, ``1.4 KiB``, ``300.0 MiB``."""
    size = float(size_bytes)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{int(size)} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


def time_text(time_ns: int | None) -> str | None:
    """UTC as ISO 8601 with milliseconds; None for None."""
    if time_ns is None:
        return None
    try:
        moment = datetime.fromtimestamp(time_ns / 1e9, tz=timezone.utc)
    except (OverflowError, ValueError, OSError):
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _where(exception: ExceptionRecord) -> str | None:
    if exception.file is None:
        return None
    return exception.file if exception.line is None else f"{exception.file}:{exception.line}"


def _what(exception: ExceptionRecord) -> str:
    # A message can hold megabytes, and there can be thousands of attempts.
    return f"{exception.type}: {exception.message[:_LONGEST_MESSAGE]}" if exception.message else exception.type
