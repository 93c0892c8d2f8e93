"""What the driver knows of an attempt while it runs."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from pynb_dag_runner.dag.parameters import Json

_MOST_UNNOTICED_NS = 10_000_000_000


@dataclass
class Recorded:
    """What one attempt has logged so far that the driver needs to know."""

    metrics: dict[str, float] = field(default_factory=dict)
    values: dict[str, Json] = field(default_factory=dict)
    start_ns: int | None = None
    """When it started, by the clock of its node."""
    noticed_s: float | None = None

    @property
    def running_s(self) -> float:
        """For how long it has been known to run, whatever the clocks of nodes say; 0 for one that has not started."""
        return 0.0 if self.noticed_s is None else time.monotonic() - self.noticed_s

    def elapsed_ns(self, now_ns: int) -> int:
        """How long it has run at ``now_ns`` on the driver's clock, never less than 0."""
        running_ns = int(self.running_s * 1e9)
        by_clock_ns = now_ns - (self.start_ns or now_ns)
        # The driver notices a start a little later, so the clocks know better, unless they differ or one was set.
        return by_clock_ns if 0 <= by_clock_ns - running_ns <= _MOST_UNNOTICED_NS else running_ns
