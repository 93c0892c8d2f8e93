"""A run as JSON for programs: strict JSON, with a version of its own.

``schema_version`` rises when a name goes away or changes its meaning; new names may appear at any time. Times are UTC in
ISO 8601, durations seconds, and each is null while it is not known. NaN and infinity, which JSON does not have, are the
strings ``"NaN"``, ``"Infinity"`` and ``"-Infinity"``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from pynb_dag_runner.report.summary import status_counts, time_text

if TYPE_CHECKING:
    from pynb_dag_runner.dag.parameters import Json
    from pynb_dag_runner.dag.pipeline import Pipeline
    from pynb_dag_runner.dag.task import Task
    from pynb_dag_runner.runlog.records import (
        Artifact,
        Attempt,
        Cell,
        ExceptionRecord,
        Metric,
        OutputText,
        PipelineRun,
        TaskRun,
        Timed,
        UserSpan,
    )

SCHEMA_VERSION = 1


def dumps(document: Mapping[str, object]) -> str:
    """Strict JSON text, indented; it can be encoded as UTF-8 whatever the run log held."""
    text = json.dumps(strict(document), ensure_ascii=False, indent=2, allow_nan=False)
    # A lone surrogate becomes the six characters \udc80, which inside a JSON string is its proper escape.
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def strict(value: object) -> Json:
    """``value`` with the numbers that JSON does not have as strings, and keys as strings."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {str(key): strict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [strict(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def run_document(run: PipelineRun) -> dict[str, object]:
    """Everything about a run apart from the contents of artifacts and what tasks printed."""
    return {
        "schema_version": SCHEMA_VERSION,
        "run_id": run.run_id,
        "pipeline": run.pipeline,
        "environment": run.environment,
        **_state_and_times(run),
        "message": run.message,
        "task_counts": status_counts(run),
        "settings": run.settings,
        "tags": run.tags,
        "selection": run.selection,
        "revision": run.revision,
        "is_dirty": run.is_dirty,
        "trace_id": run.trace_id,
        "run_log": str(run.path),
        "run_log_version": run.version,
        "python": run.python,
        "platform": run.platform,
        "packages": run.packages,
        "resource": run.resource,
        "warnings": run.warnings,
        "tasks": [task_document(task) for task in run],
    }


def task_document(task: TaskRun) -> dict[str, object]:
    """One task with its attempts."""
    return {
        "id": task.id,
        "name": task.name,
        "type": task.type,
        "source": task.source,
        "folder": task.folder,
        "needs": task.needs,
        "parameters": task.parameters,
        "options": task.options,
        **_state_and_times(task),
        "skipped_because": task.skipped_because,
        "fingerprint": task.fingerprint,
        "reused_from": task.reused_from,
        "metrics": task.metrics,
        "values": task.values,
        "attempts": [attempt_document(attempt) for attempt in task.attempts],
    }


def attempt_document(attempt: Attempt) -> dict[str, object]:
    """One attempt: ``metrics`` is the history of every metric; of ``outputs`` only the sizes are given."""
    return {
        "number": attempt.number,
        "max": attempt.max,
        **_state_and_times(attempt),
        "message": attempt.message,
        "host": attempt.host,
        "process_id": attempt.process_id,
        "metrics": [_metric(metric) for metric in attempt.metrics],
        "values": attempt.values,
        "artifacts": [artifact_document(artifact) for artifact in attempt.artifacts],
        "outputs": _outputs(attempt.outputs),
        "exceptions": [_exception(exception) for exception in attempt.exceptions],
        "cells": [_cell(cell) for cell in attempt.cells],
        "spans": [_span(span) for span in attempt.spans],
    }


def artifact_document(artifact: Artifact) -> dict[str, object]:
    """What is known about an artifact; its content stays in the run log."""
    return {
        "name": artifact.name,
        "kind": artifact.kind.value,
        "media_type": artifact.media_type,
        "size_bytes": artifact.size_bytes,
        "sha256": artifact.sha256,
        "is_complete": artifact.is_complete,
        "time": time_text(artifact.time_ns),
    }


def pipeline_document(pipeline: Pipeline, environment: str) -> dict[str, object]:
    """A pipeline that has not run: its tasks in topological order."""
    return {
        "schema_version": SCHEMA_VERSION,
        "pipeline": pipeline.name,
        "environment": environment,
        "tasks": [_planned_task(task) for task in pipeline],
    }


def _planned_task(task: Task) -> dict[str, object]:
    options = asdict(task.options)
    options["never_retry"] = [f"{kind.__module__}.{kind.__qualname__}" for kind in task.options.never_retry]
    return {
        "id": task.id,
        "name": task.name,
        "type": task.type.value,
        "source": task.source,
        "folder": task.folder,
        "needs": [need.id for need in task.needs],
        "parameters": task.parameters,
        "options": options,
        "file": task.location.file,
        "line": task.location.line,
    }


def _state_and_times(part: PipelineRun | TaskRun | Attempt) -> dict[str, object]:
    return {"state": part.state.value, "result": part.result.value if part.result else None, **_times(part)}


def _times(part: Timed) -> dict[str, object]:
    return {
        "started_at": time_text(part.start_ns),
        "ended_at": time_text(part.end_ns),
        "duration_s": part.duration_s,
    }


def _metric(metric: Metric) -> dict[str, object]:
    return {"name": metric.name, "value": metric.value, "step": metric.step, "time": time_text(metric.time_ns)}


def _exception(exception: ExceptionRecord) -> dict[str, object]:
    return {
        "type": exception.type,
        "message": exception.message,
        "file": exception.file,
        "line": exception.line,
        "stacktrace": exception.stacktrace,
        "time": time_text(exception.time_ns),
    }


def _cell(cell: Cell) -> dict[str, object]:
    return {"index": cell.index, "line": cell.line, "failed": cell.failed, **_times(cell)}


def _span(span: UserSpan) -> dict[str, object]:
    return {"name": span.name, "failed": span.failed, "attributes": span.attributes, **_times(span)}


def _outputs(outputs: Iterable[OutputText]) -> dict[str, dict[str, int]]:
    sizes: dict[str, dict[str, int]] = {}
    for output in outputs:
        size = sizes.setdefault(output.stream, {"size_bytes": 0, "dropped_bytes": 0})
        size["size_bytes"] += len(output.text.encode("utf-8", "surrogatepass"))
        size["dropped_bytes"] += output.dropped_bytes
    return sizes
