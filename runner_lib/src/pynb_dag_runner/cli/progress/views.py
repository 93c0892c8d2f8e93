"""Chooses how the progress of a run is shown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, TextIO

from pynb_dag_runner.cli.progress.lines import LineProgress, Redact
from pynb_dag_runner.cli.progress.output import ProgressOutput
from pynb_dag_runner.cli.progress.workflow_commands import HarmlessOutput, is_github
from pynb_dag_runner.conventions import Result
from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.dag.task import Task
from pynb_dag_runner.errors import UsageError
from pynb_dag_runner.execution.events import RunObserver, RunSummary
from pynb_dag_runner.execution.requests import AttemptOutcome


class ProgressView(RunObserver, Protocol):
    """An observer that may hold a terminal."""

    def close(self) -> None:
        """Give the terminal back; called however the run ended."""


def progress_kind(wanted: str, stream: TextIO, environment: Mapping[str, str]) -> str:
    """``live``, ``lines``, ``github`` or ``none``: what was wanted, or for ``auto`` what fits the place.

    Raises:
        UsageError: a live view is wanted where there is no terminal.
    """
    is_terminal = stream.isatty() and environment.get("TERM", "dumb") not in ("dumb", "unknown", "")
    if wanted == "live" and not is_terminal:
        raise UsageError("--progress live needs a terminal that can move its cursor: use lines, or leave it out")
    if wanted != "auto":
        return wanted
    if is_github(environment):
        return "github"
    return "live" if is_terminal else "lines"


def progress_output(kind: str, stream: TextIO, environment: Mapping[str, str]) -> ProgressOutput:
    """Where progress of this kind is written; nothing that a task says commands GitHub's runner there."""
    return HarmlessOutput(stream) if kind == "github" or is_github(environment) else ProgressOutput(stream)


def progress_view(kind: str, output: ProgressOutput, environment: Mapping[str, str], redact: Redact) -> ProgressView:
    """The observer for a ``kind`` of :func:`progress_kind`; ``redact`` takes secrets out of a text."""
    if kind == "none":
        return SilentProgress()
    if kind == "live":
        from pynb_dag_runner.cli.progress.live import LiveProgress

        return LiveProgress(output, redact)
    if kind == "github" and isinstance(output, HarmlessOutput):
        from pynb_dag_runner.cli.progress.github import GitHubProgress

        return GitHubProgress(output, environment, redact)
    return LineProgress(output, redact)


class SilentProgress:
    """An observer that shows nothing."""

    def run_started(self, run_id: str, pipeline: Pipeline, run_log: Path) -> None:
        """Show nothing."""

    def attempt_started(self, task: Task, attempt: int) -> None:
        """Show nothing."""

    def attempt_ended(self, task: Task, attempt: int, outcome: AttemptOutcome, is_retried: bool) -> None:
        """Show nothing."""

    def task_ended(self, task: Task, result: Result, skipped_because: Task | None) -> None:
        """Show nothing."""

    def task_reused(self, task: Task, run_id: str) -> None:
        """Show nothing."""

    def cancelling(self, reason: str) -> None:
        """Show nothing."""

    def tick(self) -> None:
        """Show nothing."""

    def run_ended(self, summary: RunSummary) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Hold nothing."""
