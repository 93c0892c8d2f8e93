"""One line per event, with the time since the start: for logs, pipes and terminals that cannot move their cursor.

What went wrong has a line of its own, as compilers and ``pdr check`` write it, so that editors can jump to it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from pynb_dag_runner.cli.progress.output import ProgressOutput
from pynb_dag_runner.conventions import Result
from pynb_dag_runner.dag.pipeline import Pipeline, shortest_path
from pynb_dag_runner.dag.task import Task
from pynb_dag_runner.execution.events import RunSummary
from pynb_dag_runner.execution.requests import AttemptOutcome
from pynb_dag_runner.report.escaping import one_line
from pynb_dag_runner.report.summary import duration_text

TROUBLE = (Result.FAILURE, Result.ERROR, Result.TIMEOUT)
"""How an attempt ends about which something can be done in the code."""

_LONGEST_MESSAGE = 500

Redact = Callable[[str], str]
Clock = Callable[[], float]


class LineProgress:
    """An observer that writes lines such as ``12.4 s  failure  ingest, attempt 1 of 3 ...`` and flushes each."""

    problems_apart = True
    """Whether what went wrong is written below the event, as ``path.py:LINE: error: [task] message``."""

    def __init__(self, output: ProgressOutput, redact: Redact, clock: Clock = time.monotonic) -> None:
        """``clock`` tells seconds; ``redact`` takes secrets out of a text."""
        self._output = output
        self._redact = redact
        self._clock = clock
        self._start_s = clock()
        self._nr_tasks = 0
        self._nr_done = 0
        self._told: set[str] = set()
        self._reused: list[str] = []

    def run_started(self, run_id: str, pipeline: Pipeline, run_log: Path) -> None:
        """Say what is run, and where it will be recorded."""
        self._nr_tasks = len(pipeline)
        tasks = "1 task" if len(pipeline) == 1 else f"{len(pipeline)} tasks"
        self.line("start", f"run {run_id} of {pipeline.name}: {tasks}, run log {shortest_path(str(run_log))}")

    def attempt_started(self, task: Task, attempt: int) -> None:
        """Say that an attempt begins."""
        self.line("start", attempt_name(task, attempt))

    def attempt_ended(self, task: Task, attempt: int, outcome: AttemptOutcome, is_retried: bool) -> None:
        """Say how an attempt ended; for the last one this is also the line of its task."""
        duration = duration_text(max(0.0, (outcome.end_ns - outcome.start_ns) / 1e9))
        text = f"{attempt_name(task, attempt)}  after {duration}"
        if is_retried:
            wait_s = task.options.retry_wait_s
            text += f", next attempt in {wait_s:g} s" if wait_s else ", next attempt follows"
        else:
            self._told.add(task.id)
            text += self._count()
        is_problem = self.problems_apart and outcome.result in TROUBLE
        if outcome.result is not Result.SUCCESS and not is_problem:
            text += f": {what_happened(outcome)}"
        self.line(outcome.result.value, text)
        if is_problem:
            self._problem("warning" if is_retried else "error", task, outcome)

    def task_ended(self, task: Task, result: Result, skipped_because: Task | None) -> None:
        """Say how a task ended whose last attempt has not said so: it was skipped, or never tried."""
        if task.id in self._told:
            return
        cause = f": {skipped_because.id} did not succeed" if skipped_because else ""
        self.line(result.value, f"{task.id}{self._count()}{cause}")

    def task_reused(self, task: Task, run_id: str) -> None:
        """Keep it for one line about all that were taken over: they come together, before anything starts."""
        self._count()
        self._reused.append(task.id)

    def cancelling(self, reason: str) -> None:
        """Say that the run is being cancelled."""
        self.line("cancel", cancelling_text(reason))

    def tick(self) -> None:
        """Say what was taken over; otherwise lines do not change."""
        self._tell_reused()

    def run_ended(self, summary: RunSummary) -> None:
        """Say how the run ended."""
        self.line(summary.result.value, f"run {summary.run_id} after {duration_text(summary.duration_s)}")

    def close(self) -> None:
        """Nothing is left to be put in order."""

    def line(self, word: str, text: str) -> None:
        """Write one line: elapsed time, ``word``, ``text``."""
        self._tell_reused()
        elapsed = duration_text(self._clock() - self._start_s)
        self._write(f"{elapsed:>10}  {word:<8}  ", text)

    def _tell_reused(self) -> None:
        if self._reused:
            reused, self._reused = self._reused, []
            self.line("reused", f"{len(reused)} of {self._nr_tasks} tasks: {', '.join(reused)}")

    def _problem(self, level: str, task: Task, outcome: AttemptOutcome) -> None:
        """Write what went wrong, and where: a warning where another attempt follows, and it may yet go well."""
        message = outcome.message or outcome.result.value
        self._write("", f"{outcome.location or task.location}: {level}: [{task.id}] {message}")

    def _write(self, start: str, text: str) -> None:
        self._output.write(f"{start}{one_line(self._redact(text), _LONGEST_MESSAGE)}\n")
        self._output.flush()

    def _count(self) -> str:
        self._nr_done += 1
        return f"  ({self._nr_done} of {self._nr_tasks})"


def attempt_name(task: Task, attempt: int) -> str:
    """``ingest, attempt 1 of 15``; the bare id where only one attempt is allowed."""
    most = task.options.attempts
    return f"{task.id}, attempt {attempt} of {most}" if most > 1 else task.id


def what_happened(outcome: AttemptOutcome) -> str:
    """``notebooks/ingest.py:31: ValueError: ...``, as far as it is known."""
    where = f"{outcome.location}: " if outcome.location else ""
    return f"{where}{outcome.message or outcome.result.value}"


def cancelling_text(reason: str) -> str:
    """What happens once a run is cancelled."""
    return f"cancelling: {reason}; what runs is being ended and recorded"
