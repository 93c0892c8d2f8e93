"""Identity of spans, and the text by which processes learn of it."""

from __future__ import annotations

import pytest
from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from pynb_dag_runner.errors import RunLogError
from pynb_dag_runner.runlog.traces import SpanReference


def test_that_opentelemetry_reads_the_text() -> None:
    span = SpanReference.new_trace().new_span()
    context = TraceContextTextMapPropagator().extract({"traceparent": span.traceparent})
    read = trace.get_current_span(context).get_span_context()
    assert (read.trace_id, read.span_id, read.trace_flags.sampled) == (span.trace_id, span.span_id, True)
    assert SpanReference.parse(span.traceparent) == span


def test_that_ids_are_new() -> None:
    root = SpanReference.new_trace()
    assert root.new_span().trace_id == root.trace_id
    assert len({root.span_id, root.new_span().span_id, root.new_span().span_id}) == 3


@pytest.mark.parametrize(
    "text",
    ["", "00-0-0-01", f"00-{'g' * 32}-{'1' * 16}-01", f"00-{'0' * 32}-{'1' * 16}-01", f"00-{'1' * 32}-{'0' * 16}-01"],
)
def test_that_other_text_is_refused(text: str) -> None:
    with pytest.raises(RunLogError, match="no W3C traceparent"):
        SpanReference.parse(text)
