"""Progress inside GitHub Actions: lines, and an annotation for each attempt that did not succeed.

That of a task which failed for good ends with the address of the task's page in the tracker, so that the notice of a failed
run leads straight to it. The page is there as soon as the run is published.

The job summary is not written here: ``pdr show --format markdown`` is a step of its own, which GitHub runs after a failure
and after a cancellation, too. A process that is being cancelled has other things to do in its last seconds.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from pynb_dag_runner.cli.progress.lines import TROUBLE, Clock, LineProgress, Redact, attempt_name
from pynb_dag_runner.cli.progress.workflow_commands import HarmlessOutput, annotation
from pynb_dag_runner.conventions import Result
from pynb_dag_runner.dag.task import Task
from pynb_dag_runner.errors import SourceLocation
from pynb_dag_runner.execution.requests import AttemptOutcome
from pynb_dag_runner.github.addresses import run_address, task_url, tracker_url


class GitHubProgress(LineProgress):
    """An observer that also marks failing lines of code in the pull request."""

    problems_apart = False  # annotations are that

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
        if outcome.result in TROUBLE:
            level = "warning" if is_retried else "error"
            title = f"{attempt_name(task, attempt)}: {outcome.result.value}"
            message = outcome.message or f"ended with {outcome.result.value}"
            page = None if is_retried else self._page(task)
            self._annotate(level, message, title, outcome.location or task.location, page)

    def task_ended(self, task: Task, result: Result, skipped_because: Task | None) -> None:
        """As a line; an error that came before the first attempt is annotated too."""
        is_told = task.id in self._told
        super().task_ended(task, result, skipped_because)
        if result in TROUBLE and not is_told:
            title = f"{task.id}: {result.value}"
            self._annotate("error", "it could not be tried", title, task.location, self._page(task))

    def _annotate(self, level: str, message: str, title: str, location: SourceLocation, page: str | None) -> None:
        self._commands.command(
            annotation(level, self._redact(message), self._redact(title), location, self._environment, page)
        )

    def _page(self, task: Task) -> str | None:
        """The task's page in the tracker, None where its address is not known, or would tell a secret."""
        tracker, address = tracker_url(self._environment), run_address(self._environment)
        if tracker is None or address is None or self._redact(task.id) != task.id:
            return None
        return task_url(tracker, address, task.id)
