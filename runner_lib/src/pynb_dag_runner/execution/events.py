"""What a run tells those who watch it: progress on a terminal, lines in a log, annotations on GitHub."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.dag.task import Task
from pynb_dag_runner.execution.requests import AttemptOutcome


@dataclass(frozen=True)
class RunSummary:
    """A finished run: its result, how long it took, and where its run log is."""

    run_id: str
    result: Result
    duration_s: float
    run_log: Path
    results: dict[str, Result]
    reused: frozenset[str] = frozenset()
    """Ids of the tasks that were taken over from an earlier run."""


class RunObserver(Protocol):
    """Hears of a run as it happens, always in the driver's main thread."""

    def run_started(self, run_id: str, pipeline: Pipeline, run_log: Path) -> None:
        """The run log exists; tasks come next. ``run_log`` is where it will be when the run is finished."""

    def attempt_started(self, task: Task, attempt: int) -> None:
        """A worker has begun with the attempt."""

    def attempt_ended(self, task: Task, attempt: int, outcome: AttemptOutcome, is_retried: bool) -> None:
        """An attempt is over; ``is_retried`` says that another one follows."""

    def task_ended(self, task: Task, result: Result, skipped_because: Task | None) -> None:
        """A task has its result; a skipped one because of the task that did not succeed."""

    def task_reused(self, task: Task, run_id: str) -> None:
        """A task was taken over from an earlier run, ``run_id`` being the one in which it really ran."""

    def cancelling(self, reason: str) -> None:
        """The run is being cancelled; what runs is being ended."""

    def tick(self) -> None:
        """Some time has passed (at most 0.5 s), so that clocks on a screen move on."""

    def run_ended(self, summary: RunSummary) -> None:
        """The run log is closed."""
