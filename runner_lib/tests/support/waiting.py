"""How a test waits for what another process does."""

from __future__ import annotations

import time
from collections.abc import Callable

HANG_S = 60.0


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until it holds; a hang is a failure."""
    deadline = time.monotonic() + HANG_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
