"""Progress inside GitHub Actions: lines, an annotation for each attempt that did not succeed, and the job summary."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from pynb_dag_runner.cli.progress.lines import Clock, LineProgress, Redact, attempt_name
from pynb_dag_runner.cli.progress.workflow_commands import HarmlessOutput, annotation
from pynb_dag_runner.conventions import Result
from pynb_dag_runner.dag.task import Task
from pynb_dag_runner.errors import PdrError, SourceLocation
from pynb_dag_runner.execution.events import RunSummary
from pynb_dag_runner.execution.requests import AttemptOutcome
from pynb_dag_runner.report import markdown
from pynb_dag_runner.runlog.reader import read_run

_TROUBLE = (Result.FAILURE, Result.ERROR, Result.TIMEOUT)


class GitHubProgress(LineProgress):
    """An observer that also marks failing lines of code in the pull request, and appends to the job summary."""

    def __init__(
        self,
        output: HarmlessOutput,
        environment: Mapping[str, str],
        redact: Redact,
        clock: Clock = time.monotonic,
    ) -> None:
        """``environment`` holds GitHub's variables; see :class:`LineProgress` for the others."""
        super().__init__(output, redact, clock)
        self._commands = output
        self._environment = environment

    def attempt_ended(self, task: Task, attempt: int, outcome: AttemptOutcome, is_retried: bool) -> None:
        """As a line, and as a warning where it is retried, else as an error."""
        super().attempt_ended(task, attempt, outcome, is_retried)
        if outcome.result in _TROUBLE:
            level = "warning" if is_retried else "error"
            title = f"{attempt_name(task, attempt)}: {outcome.result.value}"
            message = outcome.message or f"ended with {outcome.result.value}"
            self._annotate(level, message, title, outcome.location or task.location)

    def task_ended(self, task: Task, result: Result, skipped_because: Task | None) -> None:
        """As a line; an error that came before the first attempt is annotated too."""
        is_told = task.id in self._told
        super().task_ended(task, result, skipped_because)
        if result in _TROUBLE and not is_told:
            self._annotate("error", "it could not be tried", f"{task.id}: {result.value}", task.location)

    def run_ended(self, summary: RunSummary) -> None:
        """As a line; then the run as Markdown, while there is still time in a job that is being cancelled."""
        super().run_ended(summary)
        path = self._environment.get("GITHUB_STEP_SUMMARY")
        if path:
            try:
                append_summary(Path(path), summary.run_log)
            except (OSError, PdrError) as error:
                self.line("warning", f"the job summary was not written: {error}")

    def _annotate(self, level: str, message: str, title: str, location: SourceLocation) -> None:
        self._commands.command(
            annotation(level, self._redact(message), self._redact(title), location, self._environment)
        )


def append_summary(path: Path, run_log: Path) -> None:
    """Append the Markdown summary of a run to the file that GitHub shows with the job.

    Raises:
        OSError: the file cannot be written.
        RunLogError: the run log cannot be read.
    """
    text = markdown.summary(read_run(run_log))
    with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(f"{text}\n")
