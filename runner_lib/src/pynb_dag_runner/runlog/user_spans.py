"""Spans that user code made, put into the attempts that they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pynb_dag_runner.runlog import checked
from pynb_dag_runner.runlog.otlp import SpanLine
from pynb_dag_runner.runlog.records import Attempt, UserSpan


def place_user_spans(spans: Sequence[SpanLine], homes: Mapping[str, Attempt]) -> None:
    """Add each span to the attempt that its nearest ancestor in ``homes`` belongs to; one without such is left out.

    ``homes`` maps the span ids of attempts and of their cells to the attempts.
    """
    parents = {span.span_id: span.parent_id for span in spans}
    for span in sorted(spans, key=lambda span: span.start_ns):
        # A damaged file may hold spans that are their own ancestors.
        ancestor, seen = span.parent_id, set()
        while ancestor in parents and ancestor not in homes and ancestor not in seen:
            seen.add(ancestor)
            ancestor = parents[ancestor]
        if ancestor in homes:
            homes[ancestor].spans.append(
                UserSpan(
                    start_ns=span.start_ns,
                    end_ns=span.end_ns,
                    name=span.name,
                    span_id=span.span_id,
                    parent_id=span.parent_id,
                    attributes=checked.plain(span.attributes),
                    failed=span.error is not None,
                )
            )
