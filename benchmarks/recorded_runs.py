"""Run logs of runs that were never run, written with the library's own writer: for pages that must show much at once."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pynb_dag_runner.conventions import (
    RUN_LOG_SUFFIX,
    RUN_LOG_VERSION,
    Event,
    ResourceAttribute,
    Result,
    SpanAttribute,
    SpanKind,
)
from pynb_dag_runner.runlog.attempt_log import AttemptLog
from pynb_dag_runner.runlog.redaction import Redactor
from pynb_dag_runner.runlog.spool import LineFile
from pynb_dag_runner.runlog.traces import SpanReference
from pynb_dag_runner.runlog.writer import FinishedSpan, RunLogWriter

SECOND_NS = 1_000_000_000
START_NS = 1_790_000_000 * SECOND_NS


@dataclass(frozen=True)
class RecordedTask:
    """A task that succeeds at its first attempt; times are in seconds since the run's start."""

    id: str
    start_s: float
    duration_s: float
    needs: Sequence[str] = ()
    parameters: Mapping[str, float] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    spans: int = 0


def many_metrics(number: int, tasks: int = 10, metrics: int = 20) -> list[RecordedTask]:
    """Run ``number`` of a sweep: each task has a parameter and many metrics, whose values are its own."""
    chance = random.Random(number)
    return [
        RecordedTask(
            f"train-{at}",
            start_s=at * 4,
            duration_s=chance.uniform(2, 4),
            parameters={"learning_rate": round(chance.uniform(0.001, 0.1), 4)},
            metrics={f"metric_{name}": chance.random() for name in range(metrics)},
        )
        for at in range(tasks)
    ]


def many_spans(tasks: int = 100, spans: int = 48) -> list[RecordedTask]:
    """Tasks in pairs side by side; with the spans of tasks and attempts these are ``tasks`` times ``spans`` + 2 spans."""
    return [RecordedTask(f"step-{at:03}", start_s=(at // 2) * 5, duration_s=4.5, spans=spans) for at in range(tasks)]


def many_attempts(tasks: int = 2_500) -> list[RecordedTask]:
    """A fan-out: with the spans of their attempts twice as many spans as tasks."""
    return [RecordedTask(f"part-{at:04}", start_s=(at // 4) * 3, duration_s=2.5) for at in range(tasks)]


def many_edges(tasks: int = 300, edges: int = 1_000) -> list[RecordedTask]:
    """Tasks of which no two are alike, that need some of those shortly before them."""
    chance = random.Random(tasks)
    needs: list[set[int]] = [set() for _ in range(tasks)]
    while sum(map(len, needs)) < edges:
        at = chance.randrange(1, tasks)
        needs[at].add(chance.randrange(max(0, at - 40), at))
    return [
        RecordedTask(
            f"node-{at:03}", start_s=at, duration_s=0.9, needs=[f"node-{need:03}" for need in sorted(needs[at])]
        )
        for at in range(tasks)
    ]


def record(folder: Path, run_id: str, tasks: Sequence[RecordedTask], start_ns: int = START_NS) -> Path:
    """Write the log of a run that succeeded."""
    path = folder / f"{run_id}{RUN_LOG_SUFFIX}"
    file = LineFile(path, exclusive=True)
    attributes = {
        ResourceAttribute.RUN_LOG_VERSION: RUN_LOG_VERSION,
        ResourceAttribute.RUN_ID: run_id,
        ResourceAttribute.PIPELINE_NAME: "benchmark",
    }
    writer = RunLogWriter(file, attributes, Redactor())
    run = SpanReference.new_trace()
    writer.event(Event.RUN_STARTED, run, body=json.dumps(_definition(tasks)), time_ns=start_ns)
    for task in tasks:
        _record_task(writer, run, task, start_ns)
    end_ns = start_ns + _ns(max(task.start_s + task.duration_s for task in tasks) + 0.1)
    ended = {SpanAttribute.KIND: SpanKind.RUN.value, SpanAttribute.PIPELINE_RESULT: Result.SUCCESS.value}
    writer.span(FinishedSpan("RUN benchmark", run, None, start_ns, end_ns, ended, is_server=True))
    file.close()
    return path


def _record_task(writer: RunLogWriter, run: SpanReference, task: RecordedTask, run_start_ns: int) -> None:
    start_ns = run_start_ns + _ns(task.start_s)
    attempt_ns, end_ns = start_ns + SECOND_NS // 10, start_ns + _ns(task.duration_s)
    task_span, attempt_span = run.new_span(), run.new_span()
    of_task = {SpanAttribute.TASK_ID: task.id}
    of_attempt = {**of_task, SpanAttribute.ATTEMPT_NUMBER: 1}
    writer.event(Event.TASK_STARTED, task_span, of_task, time_ns=start_ns)
    started = {**of_attempt, SpanAttribute.ATTEMPT_MAX: 1}
    writer.event(Event.ATTEMPT_STARTED, attempt_span, started, time_ns=attempt_ns)
    log = AttemptLog(writer, attempt_span, task.id, 1)
    for name, value in task.metrics.items():
        log.metric(name, value)
    for number in range(task.spans):
        share_ns = (end_ns - attempt_ns) // task.spans
        begin_ns = attempt_ns + number * share_ns
        writer.span(
            FinishedSpan(f"batch {number}", run.new_span(), attempt_span, begin_ns, begin_ns + share_ns * 9 // 10)
        )
    success = Result.SUCCESS.value
    kind = {SpanAttribute.KIND: SpanKind.ATTEMPT.value, SpanAttribute.ATTEMPT_RESULT: success}
    writer.span(FinishedSpan(task.id, attempt_span, run, attempt_ns, end_ns, {**of_attempt, **kind}))
    kind = {SpanAttribute.KIND: SpanKind.TASK.value, SpanAttribute.TASK_RESULT: success}
    writer.span(FinishedSpan(task.id, task_span, run, start_ns, end_ns, {**of_task, **kind}))


def _definition(tasks: Sequence[RecordedTask]) -> dict[str, object]:
    return {
        "environment": "dev",
        "python": "CPython 3.11.7",
        "platform": "Linux",
        "settings": {},
        "tags": {},
        "packages": {},
        "facts": {},
        "tasks": [
            {
                "id": task.id,
                "name": task.id,
                "type": "function",
                "source": "pipeline.py",
                "folder": task.id,
                "needs": list(task.needs),
                "parameters": dict(task.parameters),
                "options": {"attempts": 1},
            }
            for task in tasks
        ],
    }


def _ns(seconds: float) -> int:
    return round(seconds * SECOND_NS)
