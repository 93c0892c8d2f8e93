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
        self._ending: threading.Thread | None = None
        self.reason: Result | None = None
        """Why the attempt was ended; None while it was not."""

    def __enter__(self) -> Watchdog:
        _watcher.add(self)
        return self

    def __exit__(
        self, type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _watcher.remove(self)
        if self._ending is not None and self._ending is not threading.current_thread():
            self._ending.join()

    def start_clock(self) -> None:
        """The user's code starts: from now on time counts. Later calls change nothing."""
        if self._clock_start_s is None:
            self._clock_start_s = time.monotonic()
            if self._timeout_s is not None:
                _watcher.look()

    def left_s(self) -> float:
        """Seconds until the time limit."""
        if self._timeout_s is None or self._clock_start_s is None:
            return float("inf")
        return self._timeout_s - (time.monotonic() - self._clock_start_s)

    def look(self) -> bool:
        """Whether the attempt has to be ended; begins to end it."""
        if self.left_s() <= 0:
            self.reason = Result.TIMEOUT
        elif self._cancel_file.exists():
            self.reason = Result.CANCELLATION
        else:
            return False
        self._ending = threading.Thread(target=self._end, args=(self.reason,), name="pdr-end", daemon=True)
        self._ending.start()
        return True


class _Watcher:
    """Looks after the watchdogs of this process, in one thread that stays: one for each attempt costs more than a short attempt."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._watched: list[Watchdog] = []
        self._is_idle = False
        self._thread: threading.Thread | None = None

    def add(self, watchdog: Watchdog) -> None:
        with self._changed:
            self._watched.append(watchdog)
            # In a process that was forked from one with a watcher its thread is not there.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._watch, name="pdr-watchdog", daemon=True)
                self._thread.start()
            elif self._is_idle:
                self._changed.notify_all()

    def remove(self, watchdog: Watchdog) -> None:
        with self._changed:
            if watchdog in self._watched:
                self._watched.remove(watchdog)

    def look(self) -> None:
        """Look at once: something is due earlier than it was."""
        with self._changed:
            self._changed.notify_all()

    def _watch(self) -> None:
        with self._changed:
            while True:
                self._watched = [watchdog for watchdog in self._watched if not watchdog.look()]
                self._is_idle = not self._watched
                left_s = min((watchdog.left_s() for watchdog in self._watched), default=0.0)
                self._changed.wait(None if self._is_idle else min(max(left_s, 0.0), _LOOK_EVERY_S))


_watcher = _Watcher()
