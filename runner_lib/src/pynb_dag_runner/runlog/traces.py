"""Identity of spans, and the ``TRACEPARENT`` text by which a process learns of its parent.

Format: W3C Trace Context, ``00-<32 hex trace id>-<16 hex span id>-<flags>`` (https://www.w3.org/TR/trace-context/).
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from pynb_dag_runner.errors import RunLogError

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-[0-9a-f]{2}")


@dataclass(frozen=True)
class SpanReference:
    """A span by its trace id (128 bit) and span id (64 bit), both non-zero."""

    trace_id: int
    span_id: int

    @classmethod
    def new_trace(cls) -> SpanReference:
        """A root span of a trace of its own."""
        return cls(secrets.randbits(128) | 1, secrets.randbits(64) | 1)

    def new_span(self) -> SpanReference:
        """Another span of the same trace."""
        return SpanReference(self.trace_id, secrets.randbits(64) | 1)

    @property
    def traceparent(self) -> str:
        """The reference as a ``TRACEPARENT`` value, marked as sampled."""
        return f"00-{self.trace_id:032x}-{self.span_id:016x}-01"

    @classmethod
    def parse(cls, traceparent: str) -> SpanReference:
        """Read a ``TRACEPARENT`` value.

        Raises:
            RunLogError: the text is not one.
        """
        match = _TRACEPARENT.fullmatch(traceparent.strip())
        if match is None:
            raise RunLogError(f"{traceparent!r} is no W3C traceparent")
        reference = cls(int(match["trace"], 16), int(match["span"], 16))
        if not reference.trace_id or not reference.span_id:
            raise RunLogError(f"{traceparent!r} is no W3C traceparent: an id is zero")
        return reference
