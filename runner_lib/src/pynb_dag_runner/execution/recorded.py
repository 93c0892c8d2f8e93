"""What the driver knows of an attempt while it runs."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pynb_dag_runner.conventions import Event, EventAttribute, ResourceAttribute, SpanAttribute
from pynb_dag_runner.dag.parameters import Json
from pynb_dag_runner.errors import RunLogError
from pynb_dag_runner.runlog.otlp import MALFORMED, parse_line

_NOTED_EVENTS = tuple(f'"eventName":"{name}"'.encode() for name in (Event.METRIC, Event.VALUE, Event.ATTEMPT_STARTED))
_EVENT_NAME_WITHIN_BYTES = 256
_MOST_UNNOTICED_NS = 10_000_000_000


@dataclass
class Recorded:
    """What one attempt has logged so far that the driver needs to know."""

    metrics: dict[str, float] = field(default_factory=dict)
    values: dict[str, Json] = field(default_factory=dict)
    start_ns: int | None = None
    """When it started, by the clock of its node."""
    noticed_s: float | None = None
    worker: tuple[str, int] | None = None
    """Host and process id of the worker that makes it."""

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


class Notes:
    """What the driver needs of the lines that workers write: metrics and values of each attempt, and when it began.

    ``on_started`` hears of each attempt of a task in ``task_ids`` whose first line was seen.
    """

    def __init__(self, task_ids: set[str], on_started: Callable[[str, int], None]) -> None:
        self._task_ids = task_ids
        self._on_started = on_started
        self._attempts: dict[tuple[str, int], Recorded] = {}

    def of(self, task_id: str, attempt: int) -> Recorded:
        """What an attempt has logged up to now."""
        return self._attempts.setdefault((task_id, attempt), Recorded())

    def forget(self, task_id: str, attempt: int) -> None:
        """Keep nothing more of an attempt."""
        self._attempts.pop((task_id, attempt), None)

    def take(self, line: bytes) -> None:
        """Note what a line from the spool says."""
        if not any(event in line[-_EVENT_NAME_WITHIN_BYTES:] for event in _NOTED_EVENTS):
            return
        # A line that user code wrote into the spool folder must not end the run; readers of the run log warn about it.
        with contextlib.suppress(RunLogError, *MALFORMED):
            self._take_records(line)

    def _take_records(self, line: bytes) -> None:
        for log in parse_line(line).logs:
            task_id, attempt = log.attributes[SpanAttribute.TASK_ID], log.attributes[SpanAttribute.ATTEMPT_NUMBER]
            if task_id not in self._task_ids:
                continue
            recorded = self.of(task_id, attempt)
            if log.name == Event.METRIC:
                recorded.metrics[log.attributes[EventAttribute.METRIC_NAME]] = log.attributes[
                    EventAttribute.METRIC_VALUE
                ]
            elif log.name == Event.VALUE:
                recorded.values[log.attributes[EventAttribute.VALUE_NAME]] = json.loads(log.body)
            elif log.name == Event.ATTEMPT_STARTED:
                recorded.start_ns = log.time_ns
                recorded.noticed_s = time.monotonic()
                host, pid = (
                    log.attributes[name] for name in (ResourceAttribute.HOST_NAME, ResourceAttribute.PROCESS_ID)
                )
                recorded.worker = host, pid
                self._on_started(task_id, attempt)
