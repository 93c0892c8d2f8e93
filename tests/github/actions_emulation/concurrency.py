"""Concurrency groups: of those that are in one, one runs, and the newest waits."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from actions_emulation.errors import EmulationError
from actions_emulation.runs import Run

_LOOK_S = 0.2


class ReplacedError(Exception):
    """A newer run came while this one waited: GitHub cancels it."""


@dataclass
class Groups:
    """The groups of a repository, and who is in them."""

    _running: dict[str, Run] = field(default_factory=dict)
    _waiting: dict[str, Run] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @contextlib.contextmanager
    def within(self, run: Run, group: tuple[str, bool] | None) -> Iterator[None]:
        """Waits for its turn, and gives way to the next one afterwards; ``group`` is its name and ``cancel-in-progress``.

        Raises:
            EmulationError: the run is in that group already, and would wait for itself.
            ReplacedError: another run took its place in the queue, or it was cancelled while it waited.
        """
        if group is None:
            yield
            return
        name, is_cancelling = group
        with self._changed:
            if self._running.get(name) is run:
                raise EmulationError(f"a workflow and the one that it calls are both in the group {name}")
            self._waiting[name] = run
            if is_cancelling and name in self._running:
                self._running[name].stop()
            self._changed.notify_all()
            while name in self._running and self._waiting.get(name) is run and not run.cancelled.is_set():
                self._changed.wait(_LOOK_S)
            is_replaced = self._waiting.get(name) is not run
            if not is_replaced:
                del self._waiting[name]
            if is_replaced or run.cancelled.is_set():
                raise ReplacedError
            self._running[name] = run
        try:
            yield
        finally:
            with self._changed:
                del self._running[name]
                self._changed.notify_all()
