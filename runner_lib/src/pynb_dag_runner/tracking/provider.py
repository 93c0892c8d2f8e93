"""The tracer provider that OpenTelemetry's API finds in a task's processes (entry point ``pdr``).

The engine sets ``OTEL_PYTHON_TRACER_PROVIDER=pdr``; the API then calls :func:`task_tracer_provider` on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.trace import NoOpTracerProvider

from pynb_dag_runner.tracking.current import current_attempt

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import TracerProvider


def task_tracer_provider() -> TracerProvider:
    """A provider whose spans appear inside the attempt in the run log; outside a run, one that does nothing."""
    attempt = current_attempt()
    if attempt is None:
        return NoOpTracerProvider()
    from pynb_dag_runner.runlog.writer import user_tracer_provider

    return user_tracer_provider(attempt.log.span.trace_id, _write)


def _write(span: ReadableSpan) -> None:
    # Asked anew for each span: a worker process serves one attempt after the other.
    attempt = current_attempt()
    if attempt is not None:
        attempt.log.writer.user_span(span, attempt.log.span)
