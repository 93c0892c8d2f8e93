"""An attempt while it runs: its request, log and environment, and how it comes to an outcome."""

from __future__ import annotations

import time
from collections.abc import Callable

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.errors import SourceLocation
from pynb_dag_runner.execution.requests import CANCEL_FILE, AttemptOutcome, AttemptRequest
from pynb_dag_runner.execution.watchdog import Watchdog
from pynb_dag_runner.runlog.attempt_log import AttemptLog


class RunningAttempt:
    """What the runners of notebooks, functions and commands share."""

    def __init__(self, request: AttemptRequest, log: AttemptLog, environment: dict[str, str]) -> None:
        self.request = request
        self.log = log
        self.environment = environment
        self.start_ns = time.time_ns()
        self._monotonic_start_ns = time.monotonic_ns()

    def watchdog(self, end: Callable[[Result], None]) -> Watchdog:
        """A watchdog that calls ``end`` at the time limit, or when the run is cancelled."""
        return Watchdog(self.request.timeout_s, self.request.spool_dir / CANCEL_FILE, end)

    def outcome(
        self,
        result: Result,
        message: str | None = None,
        error_types: tuple[str, ...] = (),
        location: SourceLocation | None = None,
    ) -> AttemptOutcome:
        """The outcome, as of now; a duration does not depend on somebody setting the clock."""
        end_ns = self.start_ns + time.monotonic_ns() - self._monotonic_start_ns
        safe = self.log.writer.redactor.text(message)[0] if message else None
        return AttemptOutcome(result, self.start_ns, end_ns, safe, error_types, location)

    def stopped(self, reason: Result, location: SourceLocation | None = None) -> AttemptOutcome:
        """The outcome of an attempt that a watchdog ended while its code was at ``location``."""
        if reason is Result.CANCELLATION:
            return self.outcome(reason, "the run was cancelled", ("Cancelled",), location)
        message = f"stopped at its time limit of {self.request.timeout_s:g} s"
        return self.outcome(reason, message, ("Timeout",), location)
