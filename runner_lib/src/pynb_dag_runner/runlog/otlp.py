"""OTLP JSON lines as plain Python values; needs no OpenTelemetry package.

Format: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding (ids in hex, 64-bit integers as strings, bytes
in base64, NaN and infinity as strings).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pynb_dag_runner.errors import RunLogError

MALFORMED = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
"""What reading values of an unexpected type or form raises."""

_LATEST_NS = 2**63 - 1
_FLOATS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


@dataclass(frozen=True)
class LogLine:
    """A log record; ``body`` is a string, bytes, or what the value decodes to."""

    name: str
    time_ns: int
    trace_id: str
    span_id: str
    attributes: dict[str, Any]
    raw_body: dict[str, Any] | None

    @property
    def body(self) -> Any:
        """The decoded body, None where there is none.

        Raises:
            RunLogError: it is no OTLP value.
        """
        try:
            return decode_value(self.raw_body) if self.raw_body else None
        except MALFORMED as error:
            raise RunLogError(f"the body of a record is no OTLP value: {error}") from error


@dataclass(frozen=True)
class SpanLine:
    """A finished span; ``error`` is the message of its status where that is an error, else None."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    start_ns: int
    end_ns: int
    attributes: dict[str, Any]
    links: tuple[str, ...]
    error: str | None
    links_elsewhere: tuple[tuple[str, str], ...] = ()
    """Trace and span id of links that lead to another trace: to another run."""


@dataclass(frozen=True)
class Line:
    """One line of a run log: the resource, and what it holds (metrics lines hold neither)."""

    resource: dict[str, Any]
    logs: tuple[LogLine, ...]
    spans: tuple[SpanLine, ...]


def parse_line(line: bytes) -> Line:
    """Decode one line.

    Raises:
        RunLogError: it is no OTLP JSON.
    """
    try:
        data = json.loads(line)
        if not isinstance(data, dict) or not ({"resourceLogs", "resourceSpans", "resourceMetrics"} & data.keys()):
            raise RunLogError("a line is JSON, but no OTLP record")
        groups = [group for key in ("resourceLogs", "resourceSpans", "resourceMetrics") for group in data.get(key, [])]
        resource = decode_attributes(groups[0].get("resource", {}).get("attributes", [])) if groups else {}
        return Line(resource, tuple(_logs(groups)), tuple(_spans(groups)))
    except MALFORMED as error:
        raise RunLogError(f"a line is no OTLP JSON: {error}") from error


def decode_attributes(pairs: list[dict[str, Any]]) -> dict[str, Any]:
    """A list of key-value pairs as a dict."""
    return {str(pair["key"]): decode_value(pair.get("value", {})) for pair in pairs}


def decode_value(value: dict[str, Any]) -> Any:
    """An ``AnyValue`` as None, str, bool, int, float, bytes, list or dict."""
    for kind, content in value.items():
        if kind == "stringValue":
            return str(content)
        if kind == "boolValue":
            return bool(content)
        if kind == "intValue":
            return int(content)
        if kind == "doubleValue":
            return _FLOATS[content] if isinstance(content, str) and content in _FLOATS else float(content)
        if kind == "bytesValue":
            return base64.b64decode(content)
        if kind == "arrayValue":
            return [decode_value(item) for item in content.get("values", [])]
        if kind == "kvlistValue":
            return decode_attributes(content.get("values", []))
    return None


def _logs(groups: list[dict[str, Any]]) -> Iterator[LogLine]:
    for group in groups:
        for scope in group.get("scopeLogs", []):
            for record in scope.get("logRecords", []):
                yield LogLine(
                    name=str(record.get("eventName", "")),
                    time_ns=_time_ns(record.get("timeUnixNano") or record.get("observedTimeUnixNano")),
                    trace_id=str(record.get("traceId", "")),
                    span_id=str(record.get("spanId", "")),
                    attributes=decode_attributes(record.get("attributes", [])),
                    raw_body=record.get("body"),
                )


def _spans(groups: list[dict[str, Any]]) -> Iterator[SpanLine]:
    for group in groups:
        for scope in group.get("scopeSpans", []):
            for span in scope.get("spans", []):
                status = span.get("status", {})
                yield SpanLine(
                    name=str(span.get("name", "")),
                    trace_id=str(span["traceId"]),
                    span_id=str(span["spanId"]),
                    parent_id=str(span.get("parentSpanId", "")),
                    start_ns=_time_ns(span.get("startTimeUnixNano")),
                    end_ns=_time_ns(span.get("endTimeUnixNano")),
                    attributes=decode_attributes(span.get("attributes", [])),
                    links=tuple(str(link.get("spanId", "")) for link in span.get("links", [])),
                    error=str(status.get("message", "")) if status.get("code") == 2 else None,
                    links_elsewhere=tuple(
                        (str(link["traceId"]), str(link.get("spanId", "")))
                        for link in span.get("links", [])
                        if link.get("traceId", span["traceId"]) != span["traceId"]
                    ),
                )


def _time_ns(value: Any) -> int:
    time_ns = int(value or 0)
    if not 0 <= time_ns <= _LATEST_NS:
        raise ValueError(f"{time_ns} is no time in nanoseconds since 1970")
    return time_ns
