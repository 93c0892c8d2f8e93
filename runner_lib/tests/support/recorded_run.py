"""Real records without a run: those of one attempt in a file of their own, and a whole run as the driver records it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from opentelemetry.trace import Tracer

from pynb_dag_runner.conventions import (
    RUN_LOG_VERSION,
    ArtifactKind,
    Event,
    ResourceAttribute,
    Result,
    SpanAttribute,
    SpanKind,
)
from pynb_dag_runner.dag.task import Task
from pynb_dag_runner.errors import SourceLocation
from pynb_dag_runner.execution.recorder import RunRecorder
from pynb_dag_runner.execution.requests import AttemptOutcome
from pynb_dag_runner.runlog.attempt_log import AttemptLog
from pynb_dag_runner.runlog.otlp import Line, parse_line
from pynb_dag_runner.runlog.redaction import Redactor
from pynb_dag_runner.runlog.spool import LineFile
from pynb_dag_runner.runlog.writer import FinishedSpan, RunLogWriter, user_tracer_provider

RUN_ID = "20261121T060000Z-0a1b2c"
SECRET = "hunter2-'<correct>-horse"


@dataclass
class AttemptFile:
    """The records of one attempt, in a file of their own."""

    path: Path
    file: LineFile
    writer: RunLogWriter
    log: AttemptLog

    def lines(self) -> list[Line]:
        """What was written so far."""
        return [parse_line(line) for line in self.path.read_bytes().splitlines()]

    def tracer(self) -> Tracer:
        """A tracer as user code gets it."""
        span = self.log.span
        return user_tracer_provider(span.trace_id, lambda user: self.writer.user_span(user, span)).get_tracer("user")


@dataclass
class WholeRun:
    """A run on its way: the driver's recorder, and its tasks by name."""

    recorder: RunRecorder
    tasks: dict[str, Task]
    secrets: dict[str, str]
    started: list[tuple[str, int]]
    _files: list[LineFile] = field(default_factory=list)

    def attempt(self, name: str, number: int) -> AttemptLog:
        """Begin an attempt, as a worker does: in a spool file of its own."""
        task = self.tasks[name]
        file = LineFile(self.recorder.spool_dir / f"{name}-{number}.jsonl")
        self._files.append(file)
        resource = {
            ResourceAttribute.RUN_LOG_VERSION: RUN_LOG_VERSION,
            ResourceAttribute.SERVICE_NAME: "digits",
            ResourceAttribute.PIPELINE_NAME: "digits",
            ResourceAttribute.RUN_ID: RUN_ID,
            ResourceAttribute.WORKER_NAME: "worker",
            ResourceAttribute.HOST_NAME: "node-1",
            ResourceAttribute.PROCESS_ID: 4711,
        }
        writer = RunLogWriter(file, resource, Redactor(self.secrets))
        log = AttemptLog(writer, self.recorder.new_attempt_span(), task.id, number)
        started = {
            SpanAttribute.ATTEMPT_MAX: task.options.attempts,
            ResourceAttribute.HOST_NAME: "node-1",
            ResourceAttribute.PROCESS_ID: 4711,
        }
        log.event(Event.ATTEMPT_STARTED, started, time_ns=self.recorder.now_ns())
        return log

    def end_attempt(self, log: AttemptLog, name: str, number: int, result: Result, message: str | None = None) -> None:
        """Write the attempt's span, as the driver does."""
        log.finish_outputs()
        self.recorder.collect()
        location = SourceLocation("notebooks/train.py", 12) if message else None
        now_ns = self.recorder.now_ns()
        types = ("KeyError", "builtins.KeyError") if message else ()
        outcome = AttemptOutcome(result, now_ns - 2_000_000_000, now_ns, message, types, location)
        self.recorder.attempt_ended(self.tasks[name], number, log.span, outcome)

    def lose_worker(self, log: AttemptLog, name: str, number: int, message: str) -> None:
        """Record what the driver records of a worker that died."""
        self.recorder.worker_lost(self.tasks[name], number, log.span, "WorkerLost", message)

    def close(self) -> None:
        """Close the spool files."""
        for file in self._files:
            file.close()


def log_everything(log: AttemptLog, text: str) -> None:
    """Call every method by which an attempt records, with ``text`` wherever text goes."""
    cell = log.span.new_span()
    attributes = {
        SpanAttribute.TASK_ID: "ingest",
        SpanAttribute.ATTEMPT_NUMBER: 1,
        SpanAttribute.CELL_INDEX: 1,
        SpanAttribute.CODE_FILE: "notebooks/ingest.py",
        SpanAttribute.CODE_LINE: 12,
    }
    log.writer.event(Event.CELL_STARTED, cell, attributes)
    log.metric(f"loss {text}", 0.5, step=1)
    log.value("table", {text: [text, {"deep": text}], "number": 1})
    log.artifact(f"{text}.md", f"# {text}\n", ArtifactKind.TEXT)
    log.artifact("model.onnx", b"\x00\xff" + text.encode() + b"\x00")
    log.artifact("plot.png", b"\x89PNG", ArtifactKind.FIGURE)
    log.artifact("ingest.ipynb", f'{{"cells": "{text}"}}', ArtifactKind.NOTEBOOK)
    for piece in (text[: len(text) // 2], text[len(text) // 2 :], "\n"):
        log.output("stdout", piece, cell=1)
    log.output("stderr", text)
    log.exception("KeyError", text, f"Traceback\nKeyError: {text}", "notebooks/ingest.py", 12)
    span = {SpanAttribute.KIND: SpanKind.CELL.value, **attributes}
    log.writer.span(FinishedSpan("cell 1", cell, log.span, 1, 2, span, error=f"failed: {text}"))
    provider = user_tracer_provider(log.span.trace_id, lambda user: log.writer.user_span(user, log.span))
    with provider.get_tracer("user").start_as_current_span(f"load {text}", attributes={text: text}) as user_span:
        user_span.add_event(text, {"note": text})
        user_span.set_attribute("list", [text, text])
