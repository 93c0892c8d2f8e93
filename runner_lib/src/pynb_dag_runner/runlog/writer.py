"""Writes the lines of a run log with OpenTelemetry's own exporters; every value is redacted before it is encoded.

The only module that knows ``opentelemetry.sdk``.
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import IO, cast

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.json.file import FileSpanExporter
from opentelemetry.exporter.otlp.json.file._log_exporter import FileLogExporter
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from pynb_dag_runner.conventions import SCHEMA_URL, SCOPE_NAME, EventAttribute
from pynb_dag_runner.errors import RunLogError
from pynb_dag_runner.runlog.redaction import Redactor
from pynb_dag_runner.runlog.spool import LineFile
from pynb_dag_runner.runlog.traces import SpanReference
from pynb_dag_runner.runlog.values import Value, redacted_map, redacted_text, redacted_value, valid_text

_MOST_PER_SPAN = 4096
_MOST_WAITING = 64


@dataclass(frozen=True)
class FinishedSpan:
    """A span that has ended; times in nanoseconds since 1970. ``error`` is the message of a failed one."""

    name: str
    reference: SpanReference
    parent: SpanReference | None
    start_ns: int
    end_ns: int
    attributes: Mapping[str, Value] = field(default_factory=dict)
    links: Sequence[SpanReference] = ()
    error: str | None = None
    is_server: bool = False


class RunLogWriter:
    """Appends spans and log records to one file; one writer per process and file, usable from any thread."""

    def __init__(self, file: LineFile, resource: Mapping[str, Value], redactor: Redactor) -> None:
        self.redactor = redactor
        self._file = file
        self._resource = _OneResource(redacted_map(resource, redactor)[0], SCHEMA_URL)
        self._scope = InstrumentationScope(SCOPE_NAME, schema_url=SCHEMA_URL)
        # The exporters would swallow the errors of a real file, so they only encode, and the writer writes.
        self._encoded = _Encoded()
        self._lock = threading.RLock()
        self._waiting_logs: list[ReadableLogRecord] = []
        self._waiting_spans: list[ReadableSpan] = []
        self._span_exporter = FileSpanExporter(stream=cast(IO[str], self._encoded))
        self._log_exporter = FileLogExporter(stream=cast(IO[str], self._encoded))
        self.take_time()

    def take_time(self) -> None:
        """Look at the clock once more, as for an attempt that begins.

        Times of records order them: a clock that is set in the middle of an attempt must not turn them around.
        """
        self._clock_offset_ns = time.time_ns() - time.monotonic_ns()

    def event(
        self,
        name: str,
        span: SpanReference,
        attributes: Mapping[str, Value] | None = None,
        body: Value = None,
        *,
        time_ns: int | None = None,
        is_error: bool = False,
        is_redacted: bool = False,
        can_wait: bool = False,
    ) -> None:
        """Append a log record that belongs to ``span``; ``is_redacted`` says that the body went through a stream filter.

        One that ``can_wait`` is written by the next that cannot, or by :meth:`write_waiting`.

        Raises:
            OSError: the line cannot be written, for instance since the disk is full.
        """
        redacted, count = redacted_map(attributes or {}, self.redactor)
        if is_redacted:
            body = valid_text(body) if isinstance(body, str) else body
        else:
            body, in_body = redacted_value(body, self.redactor)
            count += in_body
        if count:
            redacted[EventAttribute.REDACTED] = redacted.get(EventAttribute.REDACTED, 0) + count
        now_ns = time.monotonic_ns() + self._clock_offset_ns
        record = LogRecord(
            timestamp=time_ns or now_ns,
            observed_timestamp=now_ns,
            context=trace.set_span_in_context(trace.NonRecordingSpan(_span_context(span)), otel_context.Context()),
            severity_number=SeverityNumber.ERROR if is_error else SeverityNumber.INFO,
            body=body,
            attributes=redacted,
            event_name=name,
        )
        with self._lock:
            if not can_wait:
                self.write_waiting()
            self._waiting_logs.append(ReadableLogRecord(record, self._resource, self._scope))
            self._write_unless(can_wait)

    def span(self, span: FinishedSpan, *, can_wait: bool = False) -> None:
        """Append a span, or let it wait as an event does.

        Raises:
            OSError: the line cannot be written.
        """
        status = Status(StatusCode.UNSET) if span.error is None else Status(StatusCode.ERROR, span.error)
        self._write_span(
            ReadableSpan(
                name=span.name,
                context=_span_context(span.reference),
                parent=_span_context(span.parent) if span.parent else None,
                resource=self._resource,
                attributes=dict(span.attributes),
                links=[Link(_span_context(link)) for link in span.links],
                kind=SpanKind.SERVER if span.is_server else SpanKind.INTERNAL,
                status=status,
                start_time=span.start_ns,
                end_time=max(span.end_ns, span.start_ns),
                instrumentation_scope=self._scope,
            ),
            can_wait=can_wait,
        )

    def user_span(self, span: ReadableSpan, attempt: SpanReference) -> None:
        """Append a span that user code made; where it has no parent it becomes a child of its attempt.

        Raises:
            OSError: the line cannot be written.
        """
        self._write_span(span, default_parent=_span_context(attempt))

    def write_waiting(self) -> None:
        """Write what could wait: log records as one line, spans as another.

        Most of what a short record costs is its line: the resource is encoded for each.

        Raises:
            OSError: a line cannot be written.
        """
        with self._lock:
            if self._waiting_logs:
                logs, self._waiting_logs = self._waiting_logs, []
                self._log_exporter.export(logs)
                self._write_encoded(logs[0].log_record.event_name)
            if self._waiting_spans:
                spans, self._waiting_spans = self._waiting_spans, []
                self._span_exporter.export(spans)
                self._write_encoded(spans[0].name)

    def _write_unless(self, can_wait: bool) -> None:
        if not can_wait or len(self._waiting_logs) + len(self._waiting_spans) >= _MOST_WAITING:
            self.write_waiting()

    def _write_encoded(self, name: str | None) -> None:
        lines = self._encoded.take()
        if not lines:
            raise RunLogError(f"OpenTelemetry's exporter could not encode the record {name!r}")
        self._file.write(lines)

    def _write_span(
        self, span: ReadableSpan, default_parent: SpanContext | None = None, *, can_wait: bool = False
    ) -> None:
        redacted = _redacted_span(span, span.parent or default_parent, self._resource, self.redactor)
        with self._lock:
            if not can_wait:
                self.write_waiting()
            self._waiting_spans.append(redacted)
            self._write_unless(can_wait)


class _OneResource(Resource):
    """A resource whose hash, for which all of it is written as JSON, is made once: exporters ask for it at each record."""

    @cached_property
    def _hash(self) -> int:
        return super().__hash__()

    def __hash__(self) -> int:
        return self._hash


class _Encoded(io.TextIOBase):
    """Keeps what an exporter writes; io.StringIO would need four bytes for each character of a long line."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[str] = []

    def write(self, text: str) -> int:
        self._pieces.append(text)
        return len(text)

    def take(self) -> str:
        """What was written since the last time."""
        text = self._pieces[0] if len(self._pieces) == 1 else "".join(self._pieces)
        self._pieces.clear()
        return text


def user_tracer_provider(trace_id: int, write: Callable[[ReadableSpan], None]) -> TracerProvider:
    """A provider for user code: its spans join the trace of the run and go to ``write`` as they end.

    Limits and sampling are set here, so that a user's ``OTEL_*`` variables cannot shorten what is recorded.
    """
    provider = TracerProvider(
        id_generator=_IdsOfTrace(trace_id),
        sampler=ALWAYS_ON,
        span_limits=SpanLimits(
            max_events=_MOST_PER_SPAN,
            max_links=_MOST_PER_SPAN,
            max_span_attributes=_MOST_PER_SPAN,
            max_event_attributes=_MOST_PER_SPAN,
            max_link_attributes=_MOST_PER_SPAN,
            max_attribute_length=SpanLimits.UNSET,
            max_span_attribute_length=SpanLimits.UNSET,
        ),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(SimpleSpanProcessor(_CallingExporter(write)))
    return provider


class _IdsOfTrace(RandomIdGenerator):
    """Spans without a parent start a trace of their own, unless the new trace id is the run's."""

    def __init__(self, trace_id: int) -> None:
        self._trace_id = trace_id

    def generate_trace_id(self) -> int:
        return self._trace_id


class _CallingExporter(SpanExporter):
    def __init__(self, write: Callable[[ReadableSpan], None]) -> None:
        self._write = write

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        for span in spans:
            self._write(span)
        return SpanExportResult.SUCCESS


def _span_context(reference: SpanReference) -> SpanContext:
    return SpanContext(reference.trace_id, reference.span_id, is_remote=False, trace_flags=TraceFlags(1))


def _redacted_span(
    span: ReadableSpan, parent: SpanContext | None, resource: Resource, redactor: Redactor
) -> ReadableSpan:
    attributes, count = redacted_map(span.attributes or {}, redactor)
    if count:
        attributes[EventAttribute.REDACTED] = count
    description = span.status.description
    return ReadableSpan(
        name=redacted_text(span.name, redactor)[0],
        context=span.get_span_context(),
        parent=parent,
        resource=resource,
        attributes=attributes,
        events=[
            Event(
                redacted_text(event.name, redactor)[0],
                redacted_map(event.attributes or {}, redactor)[0],
                event.timestamp,
            )
            for event in span.events
        ],
        links=[Link(link.context, redacted_map(link.attributes or {}, redactor)[0]) for link in span.links],
        kind=span.kind,
        status=Status(span.status.status_code, redacted_text(description, redactor)[0] if description else None),
        start_time=span.start_time,
        # OpenTelemetry asks the clock twice, and it may have been set back in between.
        end_time=max(span.end_time or 0, span.start_time or 0),
        instrumentation_scope=span.instrumentation_scope,
    )
