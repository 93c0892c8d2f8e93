"""Lines of a run log, in any order, become a :class:`PipelineRun`: one method per record."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pynb_dag_runner.conventions import (
    RUN_LOG_VERSION,
    ArtifactKind,
    Event,
    EventAttribute,
    ResourceAttribute,
    Result,
    SpanAttribute,
    SpanKind,
)
from pynb_dag_runner.errors import RunLogError
from pynb_dag_runner.runlog.otlp import Line, LogLine, SpanLine, parse_line
from pynb_dag_runner.runlog.records import (
    Artifact,
    Attempt,
    Cell,
    Chunk,
    ExceptionRecord,
    Metric,
    OutputText,
    PipelineRun,
    State,
    TaskRun,
    UserSpan,
)


class RunBuilder:
    """Feed it lines; ``run`` is what they say so far. Processes write at once, so records may come in any order."""

    def __init__(self, path: Path) -> None:
        self.run = PipelineRun(path=path)
        self._artifacts: dict[str, Artifact] = {}
        self._user_spans: list[SpanLine] = []
        self._cells: dict[str, tuple[Attempt, Cell]] = {}
        self._events: dict[str, Callable[[LogLine, int, int], None]] = {
            Event.RUN_STARTED: self._run_started,
            Event.TASK_STARTED: self._task_started,
            Event.ATTEMPT_STARTED: self._attempt_started,
            Event.CELL_STARTED: self._cell_started,
            Event.METRIC: self._metric,
            Event.VALUE: self._value,
            Event.ARTIFACT: self._artifact,
            Event.OUTPUT: self._output,
            Event.EXCEPTION: self._exception,
        }
        self._spans: dict[str, Callable[[SpanLine], None]] = {
            SpanKind.RUN.value: self._run_ended,
            SpanKind.TASK.value: self._task_ended,
            SpanKind.ATTEMPT.value: self._attempt_ended,
            SpanKind.CELL.value: self._cell_ended,
        }

    def add(self, line: bytes, offset: int) -> None:
        """Take one line, which starts at byte ``offset`` of the run log.

        Raises:
            RunLogError: it is no OTLP, belongs to another run or no run at all, or is of a newer version.
        """
        parsed = parse_line(line)
        self._check_resource(parsed)
        for log in parsed.logs:
            handle = self._events.get(log.name)
            if handle is not None:
                handle(log, offset, len(line))
        for span in parsed.spans:
            kind = span.attributes.get(SpanAttribute.KIND)
            handle_span = self._spans.get(kind) if isinstance(kind, str) else None
            if handle_span is not None:
                handle_span(span)
            else:
                self._user_spans.append(span)

    def finish(self, is_live: bool) -> PipelineRun:
        """Put user spans into their attempts, sort, and say what has no end: running if ``is_live``, else interrupted."""
        self._place_user_spans()
        unfinished = State.RUNNING if is_live else State.INTERRUPTED
        for task in self.run:
            task.attempts.sort(key=lambda attempt: attempt.number)
            if task.state is State.RUNNING:
                task.state = unfinished
            for attempt in task.attempts:
                if attempt.state is State.RUNNING:
                    attempt.state = unfinished
                attempt.metrics.sort(key=lambda metric: metric.time_ns)
                attempt.cells.sort(key=lambda cell: cell.index)
                for artifact in attempt.artifacts:
                    artifact.chunks.sort(key=lambda chunk: chunk.number)
        if self.run.state is State.RUNNING:
            self.run.state = unfinished
        return self.run

    def _check_resource(self, line: Line) -> None:
        version = line.resource.get(ResourceAttribute.RUN_LOG_VERSION)
        if not isinstance(version, int):
            raise RunLogError("a line is OTLP, but of no pipeline run (its resource has no pdr.runlog.version)")
        if version > RUN_LOG_VERSION:
            raise RunLogError(
                f"run log version {version} is newer than version {RUN_LOG_VERSION} that this pdr reads: update pdr"
            )
        run_id = str(line.resource.get(ResourceAttribute.RUN_ID, ""))
        if not self.run.run_id:
            self.run.run_id = run_id
            self.run.version = version
            self.run.pipeline = str(line.resource.get(ResourceAttribute.PIPELINE_NAME, ""))
        elif run_id != self.run.run_id:
            raise RunLogError(f"a line belongs to another run, {run_id}")

    def _run_started(self, log: LogLine, offset: int, length: int) -> None:
        body = json.loads(log.body)
        run = self.run
        run.start_ns, run.trace_id = log.time_ns, log.trace_id
        run.environment, run.python, run.platform = body["environment"], body["python"], body["platform"]
        run.settings, run.tags, run.packages = body["settings"], body["tags"], body["packages"]
        run.resource = body["facts"]
        for definition in body["tasks"]:
            task = self._task(definition["id"])
            for name in ("name", "type", "source", "folder", "needs", "parameters", "options"):
                setattr(task, name, definition[name])
        # Tasks may have been mentioned before their definition was read: the DAG gives the order.
        run.tasks = {definition["id"]: self._task(definition["id"]) for definition in body["tasks"]} | run.tasks

    def _task_started(self, log: LogLine, offset: int, length: int) -> None:
        task = self._task(log.attributes[SpanAttribute.TASK_ID])
        task.span_id = log.span_id
        task.start_ns = log.time_ns

    def _attempt_started(self, log: LogLine, offset: int, length: int) -> None:
        attempt = self._attempt(log)
        attempt.span_id = log.span_id
        attempt.max = int(log.attributes.get(SpanAttribute.ATTEMPT_MAX, attempt.max))
        attempt.start_ns = attempt.start_ns or log.time_ns
        attempt.host = log.attributes.get(ResourceAttribute.HOST_NAME)
        attempt.process_id = log.attributes.get(ResourceAttribute.PROCESS_ID)
        # A task that was handed to Ray may still wait for a free processor: it runs once an attempt does.
        task = self._task(log.attributes[SpanAttribute.TASK_ID])
        if task.state is State.WAITING:
            task.state = State.RUNNING

    def _cell_started(self, log: LogLine, offset: int, length: int) -> None:
        if log.span_id not in self._cells:
            self._new_cell(self._attempt(log), log.span_id, log.attributes).start_ns = log.time_ns

    def _metric(self, log: LogLine, offset: int, length: int) -> None:
        attributes = log.attributes
        step = attributes.get(EventAttribute.METRIC_STEP)
        value = float(attributes[EventAttribute.METRIC_VALUE])
        self._attempt(log).metrics.append(Metric(attributes[EventAttribute.METRIC_NAME], value, step, log.time_ns))

    def _value(self, log: LogLine, offset: int, length: int) -> None:
        self._attempt(log).values[log.attributes[EventAttribute.VALUE_NAME]] = json.loads(log.body)

    def _artifact(self, log: LogLine, offset: int, length: int) -> None:
        attributes = log.attributes
        id = attributes[EventAttribute.ARTIFACT_ID]
        artifact = self._artifacts.get(id)
        if artifact is None:
            artifact = self._artifacts[id] = Artifact(
                id=id,
                name=attributes[EventAttribute.ARTIFACT_NAME],
                kind=ArtifactKind(attributes[EventAttribute.ARTIFACT_KIND]),
                media_type=attributes[EventAttribute.ARTIFACT_MEDIA_TYPE],
                time_ns=log.time_ns,
            )
            self._attempt(log).artifacts.append(artifact)
        artifact.chunks.append(Chunk(attributes[EventAttribute.ARTIFACT_CHUNK], offset, length))
        if EventAttribute.ARTIFACT_CHUNKS in attributes:
            artifact.expected_chunks = attributes[EventAttribute.ARTIFACT_CHUNKS]
            artifact.size_bytes = attributes[EventAttribute.ARTIFACT_SIZE]
            artifact.sha256 = attributes[EventAttribute.ARTIFACT_HASH].removeprefix("sha256:")

    def _output(self, log: LogLine, offset: int, length: int) -> None:
        attributes = log.attributes
        self._attempt(log).outputs.append(
            OutputText(
                stream=attributes[EventAttribute.IOSTREAM],
                text=log.body or "",
                time_ns=log.time_ns,
                cell=attributes.get(SpanAttribute.CELL_INDEX),
                dropped_bytes=attributes.get(EventAttribute.OUTPUT_DROPPED, 0),
            )
        )

    def _exception(self, log: LogLine, offset: int, length: int) -> None:
        attributes = log.attributes
        if SpanAttribute.TASK_ID not in attributes:
            return
        self._attempt(log).exceptions.append(
            ExceptionRecord(
                type=attributes.get(EventAttribute.EXCEPTION_TYPE, ""),
                message=attributes.get(EventAttribute.EXCEPTION_MESSAGE, ""),
                stacktrace=attributes.get(EventAttribute.EXCEPTION_STACKTRACE, ""),
                time_ns=log.time_ns,
                file=attributes.get(SpanAttribute.CODE_FILE),
                line=attributes.get(SpanAttribute.CODE_LINE),
            )
        )

    def _run_ended(self, span: SpanLine) -> None:
        run = self.run
        run.start_ns, run.end_ns, run.trace_id = span.start_ns, span.end_ns, span.trace_id
        run.state, run.result = State.DONE, Result(span.attributes[SpanAttribute.PIPELINE_RESULT])
        run.message = span.error

    def _task_ended(self, span: SpanLine) -> None:
        task = self._task(span.attributes[SpanAttribute.TASK_ID])
        task.span_id, task.start_ns, task.end_ns = span.span_id, span.start_ns, span.end_ns
        task.state, task.result = State.DONE, Result(span.attributes[SpanAttribute.TASK_RESULT])
        task.skipped_because = span.attributes.get(SpanAttribute.TASK_SKIPPED_BECAUSE)

    def _attempt_ended(self, span: SpanLine) -> None:
        attempt = self._attempt(span)
        attempt.span_id, attempt.start_ns, attempt.end_ns = span.span_id, span.start_ns, span.end_ns
        attempt.max = int(span.attributes.get(SpanAttribute.ATTEMPT_MAX, attempt.max))
        attempt.state, attempt.result = State.DONE, Result(span.attributes[SpanAttribute.ATTEMPT_RESULT])
        attempt.message = span.attributes.get(SpanAttribute.ATTEMPT_MESSAGE)

    def _cell_ended(self, span: SpanLine) -> None:
        if span.span_id in self._cells:
            cell = self._cells[span.span_id][1]
        else:
            cell = self._new_cell(self._attempt(span), span.span_id, span.attributes)
        cell.start_ns, cell.end_ns, cell.failed = span.start_ns, span.end_ns, span.error is not None

    def _task(self, task_id: str) -> TaskRun:
        return self.run.tasks.setdefault(task_id, TaskRun(id=task_id, name=task_id))

    def _attempt(self, line: LogLine | SpanLine) -> Attempt:
        task = self._task(line.attributes[SpanAttribute.TASK_ID])
        number = int(line.attributes[SpanAttribute.ATTEMPT_NUMBER])
        for attempt in reversed(task.attempts):
            if attempt.number == number:
                return attempt
        task.attempts.append(Attempt(number=number))
        return task.attempts[-1]

    def _new_cell(self, attempt: Attempt, span_id: str, attributes: dict[str, Any]) -> Cell:
        cell = Cell(index=attributes[SpanAttribute.CELL_INDEX], line=attributes.get(SpanAttribute.CODE_LINE))
        attempt.cells.append(cell)
        self._cells[span_id] = (attempt, cell)
        return cell

    def _place_user_spans(self) -> None:
        homes = {attempt.span_id: attempt for task in self.run for attempt in task.attempts if attempt.span_id}
        homes |= {span_id: attempt for span_id, (attempt, _) in self._cells.items()}
        parents = {span.span_id: span.parent_id for span in self._user_spans}
        for span in sorted(self._user_spans, key=lambda span: span.start_ns):
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
                        attributes=span.attributes,
                        failed=span.error is not None,
                    )
                )
