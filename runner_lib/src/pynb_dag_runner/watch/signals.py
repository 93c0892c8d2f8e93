"""Ctrl-C and its kin while something is watched: noted, so that all can be ended in order."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

_NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop:
    """Whether somebody wants the end, and by which signal."""

    def __init__(self) -> None:
        self.received: int | None = None
        self.then: Callable[[str], object] = lambda reason: None
        """Called at once, with a reason in words: cancels what runs."""

    def __call__(self) -> bool:
        """Whether it is over."""
        return self.received is not None

    @property
    def exit_code(self) -> int:
        """As a shell has it: 130 for Ctrl-C, 143 for SIGTERM."""
        return 128 + self.received if self.received is not None else 0


@contextlib.contextmanager
def noted_signals() -> Iterator[Stop]:
    """While entered, the signals that would end this process are noted instead."""
    stop = Stop()

    def note(number: int, frame: FrameType | None) -> None:
        signal.alarm(0)  # Ray would abort this process 3 s after a SIGTERM.
        stop.received = stop.received or number
        stop.then(f"received {signal.Signals(number).name}")

    previous = {number: signal.signal(number, note) for number in _NUMBERS}
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
