"""The driver's side of a run log: the file, what the driver itself knows, and what tasks leave in the spool folder."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pynb_dag_runner.conventions import (
    PARTIAL_SUFFIX,
    RUN_LOG_SUFFIX,
    RUN_LOG_VERSION,
    SPOOL_SUFFIX,
    ArtifactKind,
    Event,
    ResourceAttribute,
    Result,
    SpanAttribute,
    SpanKind,
)
from pynb_dag_runner.dag.parameters import Json
from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.dag.task import Task, TaskType
from pynb_dag_runner.execution.definition import RunFacts, run_definition
from pynb_dag_runner.execution.kept import KeptTask
from pynb_dag_runner.execution.recorded import Notes, Recorded
from pynb_dag_runner.execution.requests import ATTEMPTS_FOLDER, NOTEBOOK_FILE, STACK_FILE, AttemptOutcome, worker_folder
from pynb_dag_runner.runlog.attempt_log import AttemptLog
from pynb_dag_runner.runlog.facts import host_name
from pynb_dag_runner.runlog.redaction import Redactor
from pynb_dag_runner.runlog.spool import LineFile, SpoolFolder
from pynb_dag_runner.runlog.traces import SpanReference
from pynb_dag_runner.runlog.writer import FinishedSpan, RunLogWriter

_FAILED = (Result.FAILURE, Result.ERROR, Result.TIMEOUT)


class RunRecorder:
    """Writes the run log of one run; spans of run, tasks and attempts have their ids from the start."""

    def __init__(
        self,
        runs_dir: Path,
        pipeline: Pipeline,
        facts: RunFacts,
        redactor: Redactor,
        on_attempt_started: Callable[[str, int], None],
    ) -> None:
        """Create the file.

        Raises:
            OSError: it cannot be created.
        """
        runs_dir.mkdir(parents=True, exist_ok=True)
        self.path = runs_dir / f"{facts.run_id}{RUN_LOG_SUFFIX}"
        self.spool_dir = runs_dir / f"{facts.run_id}{SPOOL_SUFFIX}"
        self.spool_dir.mkdir(mode=0o700)
        self._attempts_dir = self.spool_dir / ATTEMPTS_FOLDER
        self._attempts_dir.mkdir(mode=0o700)
        self._partial = runs_dir / f"{self.path.name}{PARTIAL_SUFFIX}"
        self._unpublished = self.spool_dir / self._partial.name
        self._file = LineFile(self._unpublished, exclusive=True)
        # Held for as long as this process lives: readers tell by it whether the run still goes on.
        fcntl.flock(self._file.descriptor, fcntl.LOCK_EX)
        self._pipeline, self._facts = pipeline, facts
        self._writer = RunLogWriter(self._file, self._resource(), redactor)
        self._notes = Notes({task.id for task in pipeline}, self._attempt_started)
        self._spool = SpoolFolder(self.spool_dir, self._file, self._notes.take)
        self._on_attempt_started = on_attempt_started
        self._run_span = SpanReference.new_trace()
        self._task_spans = {task.id: self._run_span.new_span() for task in pipeline}
        self._task_starts: dict[str, int] = {}
        self.start_ns = time.time_ns()
        self._monotonic_start_ns = time.monotonic_ns()

    def now_ns(self) -> int:
        """The time on a clock that nobody sets back while the run goes on."""
        return self.start_ns + time.monotonic_ns() - self._monotonic_start_ns

    def new_attempt_span(self) -> SpanReference:
        """The span of an attempt that is about to be made."""
        return self._run_span.new_span()

    def work_dir(self, task: Task, attempt: int) -> Path:
        """The attempt's private folder, which its worker makes; processes that it starts leave their records there."""
        return self._attempts_dir / f"{task.folder}-{attempt}"

    def folder(self, task: Task, attempt: int) -> Path:
        """Where the processes of an attempt leave what they have to say: its own folder, or its worker's."""
        worker = self.recorded(task, attempt).worker
        if task.type is TaskType.FUNCTION and worker is not None:
            return worker_folder(self.spool_dir, *worker)
        return self.work_dir(task, attempt)

    def recorded(self, task: Task, attempt: int) -> Recorded:
        """What the attempt has logged up to the last :meth:`collect`."""
        return self._notes.of(task.id, attempt)

    def forget(self, task: Task, attempt: int) -> None:
        """Nobody will ask what the attempt has logged: a long run must not keep all of it in memory."""
        self._notes.forget(task.id, attempt)

    def run_started(self) -> None:
        """Write the first record: the whole DAG. The file appears with it: nobody ever finds a run log without its start."""
        text, _ = self._writer.redactor.json_text(run_definition(self._pipeline, self._facts))
        self._writer.event(Event.RUN_STARTED, self._run_span, body=text, time_ns=self.start_ns, is_redacted=True)
        self._unpublished.rename(self._partial)

    def task_started(self, task: Task) -> None:
        """The first attempt of a task was handed to Ray."""
        self._task_starts[task.id] = self.now_ns()
        attributes = {SpanAttribute.TASK_ID: task.id, SpanAttribute.TASK_NAME: task.name, **self._fingerprint(task)}
        span = self._task_spans[task.id]
        self._writer.event(Event.TASK_STARTED, span, attributes, time_ns=self._task_starts[task.id], can_wait=True)

    def task_published(self, task: Task, outputs: Mapping[str, int], values: Mapping[str, Json] | None = None) -> None:
        """Note which files a task has handed over, so that a later run can tell whether they are still there."""
        body: dict[str, Any] = {"outputs": dict(outputs)}
        if values:
            body["values"] = dict(values)
        text, _ = self._writer.redactor.json_text(body)
        attributes, span = {SpanAttribute.TASK_ID: task.id}, self._task_spans[task.id]
        self._writer.event(Event.TASK_PUBLISHED, span, attributes, text, is_redacted=True, can_wait=True)

    def task_reused(self, task: Task, kept: KeptTask) -> None:
        """Write the span of a task that was taken over from an earlier run, and what it recorded there."""
        if kept.outputs or kept.values:
            self.task_published(task, kept.outputs, kept.values)
        self.recorded(task, 0).metrics.update(kept.metrics)
        self.task_ended(task, Result.SUCCESS, 0, None, None, reused=kept)
        self.forget(task, 0)

    def attempt_ended(self, task: Task, attempt: int, span: SpanReference, outcome: AttemptOutcome) -> None:
        """Write the span of an attempt."""
        attributes: dict[str, Any] = {
            SpanAttribute.KIND: SpanKind.ATTEMPT.value,
            SpanAttribute.TASK_ID: task.id,
            SpanAttribute.ATTEMPT_NUMBER: attempt,
            SpanAttribute.ATTEMPT_MAX: task.options.attempts,
            SpanAttribute.ATTEMPT_RESULT: outcome.result.value,
        }
        if outcome.message:
            attributes[SpanAttribute.ATTEMPT_MESSAGE] = outcome.message
        if outcome.result in _FAILED:
            attributes[SpanAttribute.ERROR_TYPE] = outcome.error_types[0] if outcome.error_types else "error"
        if outcome.location is not None:
            attributes[SpanAttribute.CODE_FILE] = outcome.location.file
            attributes[SpanAttribute.CODE_LINE] = outcome.location.line
        self._writer.span(
            FinishedSpan(
                name=f"attempt {attempt}",
                reference=span,
                parent=self._task_spans[task.id],
                start_ns=outcome.start_ns,
                end_ns=outcome.end_ns,
                attributes=attributes,
                error=outcome.message or outcome.result.value if outcome.result in _FAILED else None,
            ),
            can_wait=True,
        )

    def worker_lost(self, task: Task, attempt: int, span: SpanReference, type: str, message: str) -> None:
        """Record, on behalf of a worker that died, why, and the notebook as far as it was evaluated."""
        log = AttemptLog(self._writer, span, task.id, attempt)
        folder = self.folder(task, attempt)
        notebook = folder / NOTEBOOK_FILE
        if notebook.is_file():
            log.artifact(f"{task.name}.ipynb", notebook, ArtifactKind.NOTEBOOK)
        stack = folder / STACK_FILE
        log.exception(type, message, stack.read_text("utf-8", "replace") if stack.is_file() else "")

    def task_ended(
        self,
        task: Task,
        result: Result,
        attempts: int,
        cause: Task | None,
        message: str | None,
        reused: KeptTask | None = None,
    ) -> None:
        """Write the span of a task; ``cause`` is the task because of which it was skipped."""
        end_ns = self.now_ns()
        recorded = self.recorded(task, attempts) if attempts or reused else Recorded()
        attributes: dict[str, Any] = {
            SpanAttribute.KIND: SpanKind.TASK.value,
            SpanAttribute.TASK_NAME: task.name,
            SpanAttribute.TASK_ID: task.id,
            SpanAttribute.TASK_URL: f"urn:pdr:run:{self._facts.run_id}:task:{task.folder}",
            SpanAttribute.TASK_RESULT: result.value,
            SpanAttribute.TASK_TYPE: task.type.value,
            SpanAttribute.TASK_ATTEMPTS: attempts,
            **self._fingerprint(task),
            **{f"{SpanAttribute.PARAMETER_PREFIX}{name}": value for name, value in task.parameters.items()},
            **{f"{SpanAttribute.METRIC_PREFIX}{name}": value for name, value in recorded.metrics.items()},
        }
        links = [self._task_spans[need.id] for need in task.needs]
        if cause is not None:
            attributes[SpanAttribute.TASK_SKIPPED_BECAUSE] = cause.id
        if reused is not None:
            attributes[SpanAttribute.TASK_REUSED_FROM] = reused.run_id
            links += [reused.span] if reused.span else []
        if result in _FAILED:
            attributes[SpanAttribute.ERROR_TYPE] = result.value
        self._writer.span(
            FinishedSpan(
                name=task.name,
                reference=self._task_spans[task.id],
                parent=self._run_span,
                start_ns=self._task_starts.get(task.id, end_ns),
                end_ns=end_ns,
                attributes=attributes,
                links=links,
                error=message or result.value if result in _FAILED else None,
            ),
            can_wait=True,
        )

    def collect(self) -> None:
        """Write what waits to be written, and copy what tasks have written since the last time."""
        self._writer.write_waiting()
        self._spool.collect()

    def collect_last(self, task: Task, attempt: int) -> None:
        """Copy what the processes of an attempt that is over have left; :meth:`collect` has what is in its worker's folder."""
        if task.type is not TaskType.FUNCTION:
            self._spool.leave(self.work_dir(task, attempt))

    def run_ended(self, result: Result, message: str | None = None) -> None:
        """Write the last record and make the file immutable."""
        self._writer.write_waiting()
        self._spool.finish()
        attributes: dict[str, Any] = {
            SpanAttribute.KIND: SpanKind.RUN.value,
            SpanAttribute.PIPELINE_ACTION: "RUN",
            SpanAttribute.PIPELINE_RESULT: result.value,
            ResourceAttribute.PIPELINE_NAME: self._pipeline.name,
            ResourceAttribute.RUN_ID: self._facts.run_id,
        }
        if self._spool.torn_lines:
            attributes[SpanAttribute.TORN_LINES] = self._spool.torn_lines
        if result in _FAILED:
            attributes[SpanAttribute.ERROR_TYPE] = result.value
        self._writer.span(
            FinishedSpan(
                name=f"RUN {self._pipeline.name}",
                reference=self._run_span,
                parent=None,
                start_ns=self.start_ns,
                end_ns=self.now_ns(),
                attributes=attributes,
                error=message or result.value if result in _FAILED else None,
                is_server=True,
            )
        )
        os.fsync(self._file.descriptor)
        os.fchmod(self._file.descriptor, 0o444)
        self._partial.rename(self.path)
        self._file.close()
        shutil.rmtree(self.spool_dir, ignore_errors=True)

    def _attempt_started(self, task_id: str, attempt: int) -> None:
        self._spool.follow(self.folder(self._pipeline[task_id], attempt))
        self._on_attempt_started(task_id, attempt)

    def _fingerprint(self, task: Task) -> dict[str, str]:
        code = self._facts.tasks.get(task.id)
        return {SpanAttribute.TASK_FINGERPRINT: code.fingerprint} if code and code.fingerprint else {}

    def _resource(self) -> dict[str, Any]:
        return {
            ResourceAttribute.RUN_LOG_VERSION: RUN_LOG_VERSION,
            ResourceAttribute.SERVICE_NAME: self._pipeline.name,
            ResourceAttribute.PIPELINE_NAME: self._pipeline.name,
            ResourceAttribute.RUN_ID: self._facts.run_id,
            ResourceAttribute.WORKER_NAME: "controller",
            ResourceAttribute.HOST_NAME: host_name(),
            ResourceAttribute.PROCESS_ID: os.getpid(),
            **self._facts.code,
        }
