"""What was saved in a project: found by looking again and again, so that no save is lost and every file system will do."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pynb_dag_runner.project.files import Stamp, project_files

SETTLE_S = 0.1
"""Files that were saved together, or in a hurry, are one change: it is over when nothing was saved for this long."""

LONGEST_S = 2.0
"""Somebody who saves all the time is not waited for longer than this."""

_INTERVAL_S = 0.1
_SHARE = 20
"""Looking takes at most one part in this many of a processor's time."""


def difference(before: Mapping[Path, Stamp], after: Mapping[Path, Stamp]) -> set[Path]:
    """Files that are new, gone or written anew."""
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


class Debounce:
    """Tells when a burst of changes is over; pure, the caller brings the time."""

    def __init__(self, settle_s: float = SETTLE_S, longest_s: float = LONGEST_S) -> None:
        self._settle_s = settle_s
        self._longest_s = longest_s
        self._first_s = 0.0
        self._last_s = 0.0
        self._waiting: set[Path] = set()

    def note(self, changed: set[Path], now_s: float) -> None:
        """Something was saved; nothing changed is fine, too."""
        if not changed:
            return
        if not self._waiting:
            self._first_s = now_s
        self._waiting |= changed
        self._last_s = now_s

    def take(self, now_s: float) -> set[Path]:
        """The changes of a burst that is over; empty while there is none."""
        is_over = now_s - self._last_s >= self._settle_s or now_s - self._first_s >= self._longest_s
        if not self._waiting or not is_over:
            return set()
        taken, self._waiting = self._waiting, set()
        return taken


class Changes:
    """What was saved in a folder since this was made, or since it was last asked."""

    def __init__(self, folder: Path, left_out: Sequence[Path] = ()) -> None:
        self._folder = folder
        self._left_out = left_out
        self._files = project_files(folder, left_out)
        self._debounce = Debounce()
        self._next_s = 0.0

    def look(self) -> set[Path]:
        """The files of a burst of saves that is over; looks at the folder only when it is time to."""
        now_s = time.monotonic()
        if now_s >= self._next_s:
            files = project_files(self._folder, self._left_out)
            self._debounce.note(difference(self._files, files), now_s)
            self._files = files
            now_s, began_s = time.monotonic(), now_s
            self._next_s = now_s + max(_INTERVAL_S / 2, (now_s - began_s) * _SHARE)
        return self._debounce.take(now_s)

    def wait(self, is_over: Callable[[], bool]) -> set[Path]:
        """Wait for a burst of saves; empty when ``is_over`` says so first."""
        while not is_over():
            changed = self.look()
            if changed:
                return changed
            time.sleep(_INTERVAL_S / 2)
        return set()
