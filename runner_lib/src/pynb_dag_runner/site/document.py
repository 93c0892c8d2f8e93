"""One run as the site has it: a document without heavy content, and files with what is heavy.

Names and meanings are those of ``RunDocument`` in ``ui/src/data/contract.ts``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pynb_dag_runner.conventions import PARTIAL_SUFFIX, RUN_LOG_SUFFIX
from pynb_dag_runner.report.escaping import one_line
from pynb_dag_runner.report.summary import skipped, status
from pynb_dag_runner.runlog.records import State
from pynb_dag_runner.site.identity import origin_document, trusted_resource, trusted_times
from pynb_dag_runner.site.names import RUN_ID
from pynb_dag_runner.site.scripts import number

if TYPE_CHECKING:
    from pynb_dag_runner.runlog.origin import Origin
    from pynb_dag_runner.runlog.records import (
        Artifact,
        Attempt,
        ExceptionRecord,
        Metric,
        OutputText,
        PipelineRun,
        TaskRun,
        Timed,
        UserSpan,
    )
    from pynb_dag_runner.site.pieces import RunLogPieces

LARGEST_ARTIFACT_BYTES = 64 * 1024 * 1024
"""Content of larger artifacts stays out of the site: a page could not show it, and Pages allows 1 GB in all."""

_INLINE_TEXT = 64 * 1024
_INLINE_OUTPUTS = 1000
_TAIL_LINES = 40
_TAIL_TEXT = 16 * 1024
_INLINE_POINTS = 2000
_LONGEST_TEXT = 64 * 1024
_LONGEST_RUN_ID = 80


def run_document(
    run: PipelineRun, log: RunLogPieces, origin: Origin | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The document of ``run``, and by name the content of further files; ``origin`` says who ran it, where it is known."""
    more: dict[str, Any] = {}
    causes = {task.id: cause for cause, tasks in skipped(run).items() for task in tasks}
    start_ms, end_ms, warning = _ms(run.start_ns), _ms(run.end_ns), None
    if origin is not None:
        start_ms, end_ms, warning = trusted_times(start_ms, end_ms, origin)
    document = {
        "run_id": run.run_id if origin is None else origin.address,
        "pipeline": run.pipeline,
        "environment": run.environment,
        "status": status(run),
        "start_ms": start_ms,
        "end_ms": end_ms,
        "message": _shortened(run.message),
        "settings": run.settings,
        "tags": run.tags,
        "python": run.python,
        "platform": run.platform,
        "packages": run.packages,
        "resource": run.resource if origin is None else trusted_resource(run.resource, origin),
        "trace_id": run.trace_id,
        "warnings": [_shortened(text) for text in ([] if warning is None else [warning]) + run.warnings],
        "tasks": [_task(index, task, causes.get(task.id), log, more) for index, task in enumerate(run)],
        "log": _log(run, log, origin),
        "origin": None if origin is None else origin_document(origin),
        "pruned": None,
    }
    return document, more


def is_too_large(artifact: Artifact) -> bool:
    """Whether the content of ``artifact`` stays out of the site."""
    if artifact.size_bytes is not None:
        return artifact.size_bytes > LARGEST_ARTIFACT_BYTES
    # Its end is missing, and with it its size. Lines hold base64, which takes four characters for three bytes.
    return sum(chunk.length for chunk in artifact.chunks) * 3 // 4 > LARGEST_ARTIFACT_BYTES


def _log(run: PipelineRun, log: RunLogPieces, origin: Origin | None) -> dict[str, Any]:
    # Whatever the file was called: who downloads it from the site gets one with the usual name. A collected log may be of a
    # stranger, and call itself what is no name at all.
    suffix = "" if run.state is State.DONE else PARTIAL_SUFFIX
    name = run.run_id if origin is None or RUN_ID.fullmatch(run.run_id) else origin.address
    return {
        "run_id": one_line(run.run_id, _LONGEST_RUN_ID),
        "file": f"{name}{RUN_LOG_SUFFIX}{suffix}",
        "size_bytes": log.size_bytes,
        "sha256": log.sha256,
        "pieces": [
            {"size_bytes": piece.size_bytes, "script_bytes": piece.script_bytes, "left_out": piece.is_left_out}
            for piece in log.pieces
        ],
    }


def _task(index: int, task: TaskRun, cause: str | None, log: RunLogPieces, more: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": task.id,
        "name": task.name,
        "type": task.type,
        "source": task.source,
        "folder": task.folder,
        "needs": task.needs,
        "parameters": task.parameters,
        "options": task.options,
        "status": status(task),
        **_times(task),
        "skipped_because": cause,
        "reused_from": None if task.reused_from is None else one_line(task.reused_from, _LONGEST_RUN_ID),
        "reused_metrics": [
            {"name": name, "last": number(value), "min": number(value), "max": number(value), "count": 1}
            for name, value in task.reused_metrics.items()
        ],
        "attempts": [_attempt(f"more-{index}-{attempt.number}", attempt, log, more) for attempt in task.attempts],
    }


def _attempt(file: str, attempt: Attempt, log: RunLogPieces, more: dict[str, Any]) -> dict[str, Any]:
    series = _by_name(attempt.metrics)
    histories = [_history(name, metrics) for name, metrics in series.items() if len(metrics) > 1]
    outputs = [_output(output) for output in attempt.outputs]
    is_long = sum(len(history["values"]) for history in histories) > _INLINE_POINTS
    is_wordy = len(outputs) > _INLINE_OUTPUTS or sum(len(output.text) for output in attempt.outputs) > _INLINE_TEXT
    if is_long or is_wordy:
        more[file] = {"outputs": outputs, "histories": histories}
    return {
        "number": attempt.number,
        "max": attempt.max,
        "status": status(attempt),
        **_times(attempt),
        "message": _shortened(attempt.message),
        "host": attempt.host,
        "process_id": attempt.process_id,
        "metrics": [_summary(name, metrics) for name, metrics in series.items()],
        "histories": None if is_long else histories,
        "values": attempt.values,
        "artifacts": [_artifact(artifact, log) for artifact in attempt.artifacts],
        "outputs": _tail(outputs) if is_wordy else outputs,
        "more": file if is_long or is_wordy else None,
        "exceptions": [_exception(exception) for exception in attempt.exceptions],
        "cells": [
            {"index": cell.index, "line": cell.line, "failed": cell.failed, **_times(cell)} for cell in attempt.cells
        ],
        "spans": [_span(span) for span in attempt.spans],
    }


def _by_name(metrics: Iterable[Metric]) -> dict[str, list[Metric]]:
    series: dict[str, list[Metric]] = {}
    for metric in metrics:
        series.setdefault(metric.name, []).append(metric)
    return series


def _summary(name: str, metrics: list[Metric]) -> dict[str, Any]:
    values = [metric.value for metric in metrics]
    # NaN compares as neither smaller nor larger: it is left out where there is anything else.
    known = [value for value in values if value == value] or values
    return {
        "name": name,
        "last": number(values[-1]),
        "min": number(min(known)),
        "max": number(max(known)),
        "count": len(values),
    }


def _history(name: str, metrics: list[Metric]) -> dict[str, Any]:
    return {
        "name": name,
        "values": [number(metric.value) for metric in metrics],
        "steps": [metric.step for metric in metrics],
        "times_ms": [metric.time_ns // 1_000_000 for metric in metrics],
    }


def _artifact(artifact: Artifact, log: RunLogPieces) -> dict[str, Any]:
    is_complete = artifact.is_complete and [chunk.number for chunk in artifact.chunks] == list(
        range(len(artifact.chunks))
    )
    return {
        "name": artifact.name,
        "kind": artifact.kind.value,
        "media_type": artifact.media_type,
        "size_bytes": artifact.size_bytes,
        "sha256": artifact.sha256,
        "state": "incomplete" if not is_complete else "left_out" if is_too_large(artifact) else "complete",
        "chunks": [[*log.place(chunk.offset), chunk.length] for chunk in artifact.chunks],
    }


def _output(output: OutputText) -> dict[str, Any]:
    return {
        "stream": output.stream,
        "text": output.text,
        "time_ms": _ms(output.time_ns),
        "cell": output.cell,
        "dropped_bytes": output.dropped_bytes,
    }


def _tail(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last lines of all outputs together."""
    kept: list[dict[str, Any]] = []
    lines, text = _TAIL_LINES, _TAIL_TEXT
    for output in reversed(outputs):
        if lines <= 0 or text <= 0:
            break
        end = "".join(output["text"].splitlines(keepends=True)[-lines:])[-text:]
        kept.append({**output, "text": end})
        lines -= end.count("\n")
        text -= len(end)
    return kept[::-1]


def _exception(exception: ExceptionRecord) -> dict[str, Any]:
    return {
        "type": _shortened(exception.type),
        "message": _shortened(exception.message),
        "stacktrace": _shortened(exception.stacktrace),
        "time_ms": _ms(exception.time_ns),
        "file": exception.file,
        "line": exception.line,
    }


def _span(span: UserSpan) -> dict[str, Any]:
    return {
        "name": span.name,
        "span_id": span.span_id,
        "parent_id": span.parent_id,
        "failed": span.failed,
        **_times(span),
        "attributes": span.attributes,
    }


def _shortened(text: str | None) -> str | None:
    """``text``, of which the middle is left out where it is very long: its start and its end say most."""
    if text is None or len(text) <= _LONGEST_TEXT:
        return text
    half = _LONGEST_TEXT // 2
    left_out = len(text) - 2 * half
    return f"{text[:half]}\n… {left_out} characters are left out here; the run log has them …\n{text[-half:]}"


def _times(part: Timed) -> dict[str, Any]:
    return {"start_ms": _ms(part.start_ns), "end_ms": _ms(part.end_ns)}


def _ms(time_ns: int | None) -> float | int | None:
    """Milliseconds with three decimals: inner spans can be shorter than one."""
    return None if time_ns is None else number(time_ns // 1000 / 1000)  # type: ignore[return-value]
