"""Lines are decoded without any package; whatever a hostile file holds instead is one kind of error."""

from __future__ import annotations

import contextlib
import json
import math
from typing import Any

import pytest

from pynb_dag_runner.errors import RunLogError
from pynb_dag_runner.runlog.otlp import decode_value, parse_line

RECORD: dict[str, Any] = {
    "timeUnixNano": "5",
    "body": {"stringValue": "x"},
    "attributes": [{"key": "a", "value": {"intValue": "1"}}],
    "traceId": "ab",
    "spanId": "cd",
    "eventName": "pdr.test",
}
SPAN: dict[str, Any] = {
    "traceId": "ab",
    "spanId": "cd",
    "parentSpanId": "ef",
    "name": "n",
    "startTimeUnixNano": "1",
    "endTimeUnixNano": "2",
    "attributes": [],
    "links": [{"spanId": "01"}],
    "status": {"code": 2, "message": "m"},
}


def log_line(**changes: Any) -> bytes:
    """A line with one log record."""
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [{**RECORD, **changes}]}]}]}).encode()


def span_line(**changes: Any) -> bytes:
    """A line with one span."""
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [{**SPAN, **changes}]}]}]}).encode()


def test_that_a_record_is_decoded() -> None:
    record = parse_line(log_line()).logs[0]
    assert (record.name, record.time_ns, record.trace_id, record.span_id) == ("pdr.test", 5, "ab", "cd")
    assert (record.body, record.attributes) == ("x", {"a": 1})


def test_that_a_span_is_decoded() -> None:
    span = parse_line(span_line()).spans[0]
    assert (span.name, span.parent_id, span.start_ns, span.end_ns) == ("n", "ef", 1, 2)
    assert (span.links, span.error) == (("01",), "m")
    assert parse_line(span_line(status={"code": 1})).spans[0].error is None
    assert parse_line(span_line(status={"code": 2})).spans[0].error == ""


def test_that_metrics_lines_hold_neither() -> None:
    line = parse_line(b'{"resourceMetrics":[{"resource":{"attributes":[{"key":"a","value":{"boolValue":true}}]}}]}')
    assert (line.resource, line.logs, line.spans) == ({"a": True}, (), ())


@pytest.mark.parametrize(
    ("value", "decoded"),
    [
        ({}, None),
        ({"stringValue": ""}, ""),
        ({"boolValue": False}, False),
        ({"intValue": "-9223372036854775808"}, -(2**63)),
        ({"intValue": 7}, 7),
        ({"doubleValue": 0}, 0.0),
        ({"doubleValue": "Infinity"}, math.inf),
        ({"doubleValue": "-Infinity"}, -math.inf),
        ({"bytesValue": "AP8="}, b"\x00\xff"),
        ({"arrayValue": {}}, []),
        ({"arrayValue": {"values": [{"intValue": "1"}, {}]}}, [1, None]),
        (
            {"kvlistValue": {"values": [{"key": "a", "value": {"stringValue": "b"}}, {"key": "c"}]}},
            {"a": "b", "c": None},
        ),
        ({"someFutureValue": 1}, None),
    ],
)
def test_that_values_are_decoded(value: dict[str, Any], decoded: object) -> None:
    assert decode_value(value) == decoded


def test_that_unknown_fields_are_ignored() -> None:
    assert parse_line(log_line(futureField=[1])).logs[0].name == "pdr.test"


WRONG: list[Any] = [None, 1, -1, 1.5, True, "text", [], [1], [[]], {}, {"a": 1}, math.inf, math.nan, "9" * 30, 10**400]


@pytest.mark.parametrize("line", [log_line, span_line])
@pytest.mark.parametrize("field", sorted({*RECORD, *SPAN}))
@pytest.mark.parametrize("wrong", WRONG, ids=lambda value: repr(value)[:20])
def test_that_a_field_of_a_wrong_type_is_read_or_refused(line: Any, field: str, wrong: Any) -> None:
    with contextlib.suppress(RunLogError):
        parsed = parse_line(line(**{field: wrong}))
        for record in parsed.logs:
            assert isinstance(record.name + record.trace_id + record.span_id, str)
            assert record.time_ns >= 0
            assert record.body != b"never"


@pytest.mark.parametrize("kind", ["stringValue", "boolValue", "intValue", "doubleValue", "bytesValue"])
@pytest.mark.parametrize("wrong", WRONG, ids=lambda value: repr(value)[:20])
def test_that_a_value_of_a_wrong_type_is_read_or_refused(kind: str, wrong: Any) -> None:
    types = {"stringValue": str, "boolValue": bool, "intValue": int, "doubleValue": float, "bytesValue": bytes}
    with contextlib.suppress(RunLogError):
        assert isinstance(parse_line(log_line(body={kind: wrong})).logs[0].body, types[kind])
    with contextlib.suppress(RunLogError):
        record = parse_line(log_line(attributes=[{"key": "a", "value": {kind: wrong}}])).logs[0]
        assert isinstance(record.attributes["a"], types[kind])


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"text",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"\xff\xfe\x00",
        b"{}",
        b"[]",
        b"null",
        b"12",
        b'{"nbformat": 4}',
        b'{"resourceLogs": 1}',
        b'{"resourceLogs": null}',
        b'{"resourceLogs": [1]}',
        b'{"resourceLogs": [{"resource": 1}]}',
        b'{"resourceLogs": [{"scopeLogs": [{"logRecords": [7]}]}]}',
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [{}]}]}]}',
        b'{"resourceLogs": ' + b"[" * 100_000,
        b'{"resourceLogs": [{"resource": {"attributes": [{"key": "a", "value": '
        + b'{"arrayValue": {"values": [' * 2000
        + b"]}}" * 2000
        + b"}]}}]}",
    ],
)
def test_that_other_lines_are_refused(line: bytes) -> None:
    with pytest.raises(RunLogError, match="a line is"):
        parse_line(line)
