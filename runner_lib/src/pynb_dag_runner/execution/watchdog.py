"""Ends an attempt from within its worker: at its time limit, or when the run is cancelled."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from pynb_dag_runner.conventions import Result

_LOOK_EVERY_S = 0.25


class Watchdog:
    """While entered, calls ``end`` once: with TIMEOUT ``timeout_s`` seconds after :meth:`start_clock`, or with
    CANCELLATION when the file ``cancel_file`` appears.

    A file is seen by workers on every node that shares the output folder, and needs no connection that could be lost.
    """

    def __init__(self, timeout_s: float | None, cancel_file: Path, end: Callable[[Result], None]) -> None:
        self._timeout_s = timeout_s
        self._cancel_file = cancel_file
        self._end = end
        self._clock_start_s: float | None = None
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="pdr-watchdog", daemon=True)
        self.reason: Result | None = None
        """Why the attempt was ended; None while it was not."""

    def __enter__(self) -> Watchdog:
        self._thread.start()
        return self

    def __exit__(
        self, type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._is_over.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def start_clock(self) -> None:
        """The user's code starts: from now on time counts. Later calls change nothing."""
        if self._clock_start_s is None:
            self._clock_start_s = time.monotonic()

    def _left_s(self) -> float:
        if self._timeout_s is None or self._clock_start_s is None:
            return float("inf")
        return self._timeout_s - (time.monotonic() - self._clock_start_s)

    def _watch(self) -> None:
        while True:
            left = self._left_s()
            if left <= 0:
                self.reason = Result.TIMEOUT
            elif self._cancel_file.exists():
                self.reason = Result.CANCELLATION
            if self.reason is not None:
                self._end(self.reason)
                return
            if self._is_over.wait(min(left, _LOOK_EVERY_S)):
                return
