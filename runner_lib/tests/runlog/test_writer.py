"""Every line that is written is OTLP as OpenTelemetry's own classes read it, whatever user code hands over."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.trace import Status, StatusCode
from recorded_run import AttemptFile
from strict_otlp import parse_file_strictly, parse_strictly

from pynb_dag_runner.conventions import SCHEMA_URL, SCOPE_NAME, EventAttribute
from pynb_dag_runner.runlog.writer import FinishedSpan

OpenAttempt = Callable[..., AttemptFile]

VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    2**63 - 1,
    -(2**63),
    0.5,
    "",
    "text",
    "名前 ü \u2028 \x00 \x1b[31m",
    b"",
    b"\x00\xff",
    [],
    [1, "a", None, [2.5, {"deep": [b"x"]}]],
    {"a": {"b": {"c": [1]}}},
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_that_values_come_back_as_they_were(open_attempt: OpenAttempt, value: Any) -> None:
    attempt = open_attempt()
    attempt.log.event("pdr.test", {"value": value}, value)
    record = attempt.lines()[0].logs[0]
    assert record.attributes["value"] == value
    assert record.body == value
    assert type(record.attributes["value"]) is type(value)
    parse_file_strictly(attempt.path)


def test_that_numbers_without_a_value_come_back(open_attempt: OpenAttempt) -> None:
    attempt = open_attempt()
    attempt.log.event("pdr.test", {"nan": math.nan, "up": math.inf, "down": -math.inf, "all": [math.nan]})
    values = attempt.lines()[0].logs[0].attributes
    assert math.isnan(values["nan"])
    assert (values["up"], values["down"]) == (math.inf, -math.inf)
    parse_file_strictly(attempt.path)


def test_that_what_otlp_does_not_know_becomes_text(open_attempt: OpenAttempt, tmp_path: Path) -> None:
    attempt = open_attempt()
    values = {"large": 2**63, "half": "a\udc80b", "half\udc80": {"\udc80": ["\udc80"]}, "path": Path("x"), "set": {1}}
    attempt.log.event("pdr.test", values, "a\udc80b")
    attempt.log.event("pdr.test", {}, "a\udc80b", is_redacted=True)
    first, second = (line.logs[0] for line in attempt.lines())
    assert first.attributes["large"] == str(2**63)
    assert first.attributes["half"] == first.body == second.body == "a\\udc80b"
    assert first.attributes["half\\udc80"] == {"\\udc80": ["\\udc80"]}
    assert (first.attributes["path"], first.attributes["set"]) == ("x", "{1}")
    parse_file_strictly(attempt.path)


def test_that_a_record_is_one_line_of_one_signal(open_attempt: OpenAttempt) -> None:
    attempt = open_attempt()
    attempt.log.event("pdr.test", {"a": "line\nbreak"}, "line\nbreak\u2028\u2029\x85")
    attempt.writer.span(FinishedSpan("span\n", attempt.log.span, None, 1, 2))
    lines = attempt.path.read_bytes().splitlines(keepends=True)
    assert [sorted(json.loads(line)) for line in lines] == [["resourceLogs"], ["resourceSpans"]]
    assert all(line.endswith(b"\n") and line.isascii() for line in lines)
    for line in lines:
        group = next(iter(json.loads(line).values()))[0]
        scope = (group.get("scopeLogs") or group["scopeSpans"])[0]
        assert group["schemaUrl"] == scope["schemaUrl"] == SCHEMA_URL
        assert scope["scope"]["name"] == SCOPE_NAME


def test_that_a_span_keeps_everything(open_attempt: OpenAttempt) -> None:
    attempt = open_attempt()
    span = attempt.log.span
    parent, need = span.new_span(), span.new_span()
    attempt.writer.span(FinishedSpan("train", span, parent, 10, 20, {"a": 1}, [need], "failed", is_server=True))
    message = parse_file_strictly(attempt.path)[0]
    written = message.resource_spans[0].scope_spans[0].spans[0]  # type: ignore[union-attr]
    assert written.trace_id.hex() == f"{span.trace_id:032x}"
    assert written.span_id.hex() == f"{span.span_id:016x}"
    assert written.parent_span_id.hex() == f"{parent.span_id:016x}"
    assert written.links[0].span_id.hex() == f"{need.span_id:016x}"
    assert (written.start_time_unix_nano, written.end_time_unix_nano, written.kind) == (10, 20, 2)
    assert (written.status.code, written.status.message) == (2, "failed")


def test_that_no_span_ends_before_it_starts(open_attempt: OpenAttempt) -> None:
    attempt = open_attempt()
    attempt.writer.span(FinishedSpan("a", attempt.log.span, None, 20, 10))
    assert attempt.lines()[0].spans[0].end_ns == 20


def test_that_redactions_are_counted(open_attempt: OpenAttempt) -> None:
    attempt = open_attempt({"KEY": "battery-staple"})
    attempt.log.event("pdr.test", {"a battery-staple": ["battery-staple"]}, {"b": "battery-staple battery-staple"})
    record = attempt.lines()[0].logs[0]
    assert record.attributes[EventAttribute.REDACTED] == 4
    assert record.body == {"b": "[redacted:KEY] [redacted:KEY]"}


def test_that_user_spans_form_a_tree_below_the_attempt(open_attempt: OpenAttempt) -> None:
    attempt = open_attempt()
    tracer = attempt.tracer()
    with tracer.start_as_current_span("outer"), tracer.start_as_current_span("inner") as inner:
        inner.set_status(Status(StatusCode.ERROR, "went wrong"))
        inner.record_exception(ValueError("bad"))

    def in_thread() -> None:
        with tracer.start_as_current_span("threaded"):
            pass

    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()
    spans = {line.spans[0].name: line.spans[0] for line in attempt.lines()}
    own = f"{attempt.log.span.span_id:016x}"
    assert (spans["outer"].parent_id, spans["threaded"].parent_id) == (own, own)
    assert (spans["inner"].parent_id, spans["inner"].error) == (spans["outer"].span_id, "went wrong")
    assert {span.trace_id for span in spans.values()} == {f"{attempt.log.span.trace_id:032x}"}
    parse_file_strictly(attempt.path)


def test_that_user_spans_are_redacted_everywhere(open_attempt: OpenAttempt) -> None:
    attempt = open_attempt({"KEY": "battery-staple"})
    secret = "battery-staple"
    with attempt.tracer().start_as_current_span(secret, attributes={secret: [secret]}) as span:
        span.add_event(secret, {secret: secret})
        span.record_exception(ValueError(secret))
        span.set_status(Status(StatusCode.ERROR, secret))
    text = attempt.path.read_text()
    assert secret not in text
    assert text.count("[redacted:KEY]") >= 6


def test_that_variables_of_opentelemetry_shorten_nothing(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from pynb_dag_runner.runlog.attempt_log import AttemptLog
from pynb_dag_runner.runlog.redaction import Redactor
from pynb_dag_runner.runlog.spool import LineFile
from pynb_dag_runner.runlog.traces import SpanReference
from pynb_dag_runner.runlog.writer import RunLogWriter, user_tracer_provider
writer = RunLogWriter(LineFile(Path(sys.argv[1])), {"a": "x" * 100}, Redactor())
span = SpanReference.new_trace()
AttemptLog(writer, span, "t", 1).event("pdr.test", {f"a{n}": "x" * 100 for n in range(200)}, "x" * 100)
tracer = user_tracer_provider(span.trace_id, lambda user: writer.user_span(user, span)).get_tracer("user")
with tracer.start_as_current_span("s", attributes={f"a{n}": "x" * 100 for n in range(200)}) as user:
    for _ in range(200):
        user.add_event("e", {f"a{n}": "x" * 100 for n in range(200)})
"""
    limits = ("ATTRIBUTE_VALUE_LENGTH", "SPAN_ATTRIBUTE_VALUE_LENGTH", "ATTRIBUTE_COUNT", "SPAN_ATTRIBUTE_COUNT")
    limits += ("EVENT_ATTRIBUTE_COUNT", "LINK_ATTRIBUTE_COUNT", "SPAN_EVENT_COUNT", "LOGRECORD_ATTRIBUTE_COUNT")
    environment = {**os.environ, **{f"OTEL_{name}_LIMIT": "3" for name in limits}, "OTEL_TRACES_SAMPLER": "always_off"}
    path = tmp_path / "log.jsonl"
    subprocess.run([sys.executable, "-c", script, str(path)], env=environment, check=True)
    log_line, span_line = (parse_strictly(line) for line in path.read_bytes().splitlines())
    record = log_line.resource_logs[0].scope_logs[0].log_records[0]  # type: ignore[union-attr]
    span = span_line.resource_spans[0].scope_spans[0].spans[0]  # type: ignore[union-attr]
    assert (len(record.attributes), len(span.attributes), len(span.events)) == (202, 200, 200)
    assert len(span.events[0].attributes) == 200
    assert {len(pair.value.string_value) for pair in [*span.attributes, *span.events[0].attributes]} == {100}


def test_that_a_full_disk_is_not_hidden(open_attempt: OpenAttempt) -> None:
    attempt = open_attempt()
    null = os.open("/dev/full", os.O_WRONLY) if Path("/dev/full").exists() else os.open(attempt.path, os.O_RDONLY)
    os.dup2(null, attempt.file.descriptor)
    os.close(null)
    with pytest.raises(OSError):
        attempt.log.metric("loss", 0.5)
