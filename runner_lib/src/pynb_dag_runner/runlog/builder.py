"""Lines of a run log, in any order, become a :class:`PipelineRun`: one method per record."""

from __future__ import annotations

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
from pynb_dag_runner.runlog import checked
from pynb_dag_runner.runlog.otlp import MALFORMED, Line, LogLine, SpanLine, parse_line
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
)
from pynb_dag_runner.runlog.task_records import task_definition, task_ended, task_id_of, task_published
from pynb_dag_runner.runlog.user_spans import place_user_spans


class NewerRunLogError(RunLogError):
    """The file is a run log, but of a version that this library does not know."""


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
            Event.TASK_PUBLISHED: lambda log, offset, length: task_published(self._task(task_id_of(log)), log),
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
            SpanKind.TASK.value: lambda span: task_ended(self._task(task_id_of(span)), span),
            SpanKind.ATTEMPT.value: self._attempt_ended,
            SpanKind.CELL.value: self._cell_ended,
        }

    def add(self, line: bytes, offset: int) -> None:
        """Take one line, which starts at byte ``offset`` of the run log.

        Raises:
            NewerRunLogError: it is of a newer version.
            RunLogError: it is no OTLP, belongs to another run or no run at all, or holds values of an unexpected type.
        """
        parsed = parse_line(line)
        self._check_resource(parsed)
        try:
            self._add(parsed, offset, len(line))
        except MALFORMED as error:
            raise RunLogError(f"{type(error).__name__}: {error}") from error

    def _add(self, parsed: Line, offset: int, length: int) -> None:
        for log in parsed.logs:
            handle = self._events.get(log.name)
            if handle is not None:
                handle(log, offset, length)
        for span in parsed.spans:
            kind = span.attributes.get(SpanAttribute.KIND)
            handle_span = self._spans.get(kind) if isinstance(kind, str) else None
            if handle_span is not None:
                handle_span(span)
            else:
                self._user_spans.append(span)

    def finish(self, is_live: bool) -> PipelineRun:
        """Put user spans into their attempts, sort, and say what has no end: running if ``is_live``, else interrupted."""
        homes = {attempt.span_id: attempt for task in self.run for attempt in task.attempts if attempt.span_id}
        homes |= {span_id: attempt for span_id, (attempt, _) in self._cells.items()}
        place_user_spans(self._user_spans, homes)
        unfinished = State.RUNNING if is_live else State.INTERRUPTED
        for task in self.run:
            task.attempts.sort(key=lambda attempt: attempt.number)
            if task.state is State.WAITING and task.attempts:
                task.state = State.RUNNING
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
        if not isinstance(version, int) or version < 1:
            raise RunLogError("a line is OTLP, but of no pipeline run (its resource has no pdr.runlog.version)")
        if version > RUN_LOG_VERSION:
            raise NewerRunLogError(
                f"run log version {version} is newer than version {RUN_LOG_VERSION} that this pdr reads: update pdr"
            )
        run_id = str(line.resource.get(ResourceAttribute.RUN_ID, ""))
        if not run_id:
            raise RunLogError(f"a line belongs to no run (its resource has no {ResourceAttribute.RUN_ID})")
        if not self.run.run_id:
            self.run.run_id = run_id
            self.run.version = version
            self.run.pipeline = str(line.resource.get(ResourceAttribute.PIPELINE_NAME, ""))
        elif run_id != self.run.run_id:
            raise RunLogError(f"a line belongs to another run, {run_id}")

    def _run_started(self, log: LogLine, offset: int, length: int) -> None:
        body, run = checked.json_text(log.body), self.run
        definitions = [task_definition(definition) for definition in checked.mappings(body, "tasks")]
        run.start_ns, run.trace_id = log.time_ns, log.trace_id
        run.environment = checked.text(body, "environment")
        run.python, run.platform = checked.text(body, "python"), checked.text(body, "platform")
        run.settings, run.tags = checked.mapping(body, "settings"), checked.mapping(body, "tags")
        run.packages = {name: str(version) for name, version in checked.mapping(body, "packages").items()}
        run.resource = checked.mapping(body, "facts")
        run.files = {name: str(digest) for name, digest in checked.optional_mapping(body, "files").items()}
        run.selection = checked.optional_mapping(body, "selection")
        for definition in definitions:
            vars(self._task(definition["id"])).update(definition)
        # Tasks may have been mentioned before their definition was read: the DAG gives the order.
        run.tasks = {definition["id"]: run.tasks[definition["id"]] for definition in definitions} | run.tasks

    def _task_started(self, log: LogLine, offset: int, length: int) -> None:
        task = self._task(task_id_of(log))
        task.span_id = log.span_id
        task.start_ns = log.time_ns

    def _attempt_started(self, log: LogLine, offset: int, length: int) -> None:
        attempt = self._attempt(log)
        attempt.span_id = log.span_id
        attempt.max = checked.optional_whole(log.attributes, SpanAttribute.ATTEMPT_MAX) or attempt.max
        attempt.start_ns = attempt.start_ns or log.time_ns
        attempt.host = checked.optional_text(log.attributes, ResourceAttribute.HOST_NAME)
        attempt.process_id = checked.optional_whole(log.attributes, ResourceAttribute.PROCESS_ID)
        # A task that was handed to Ray may still wait for a free processor: it runs once an attempt does.
        task = self._task(task_id_of(log))
        if task.state is State.WAITING:
            task.state = State.RUNNING

    def _cell_started(self, log: LogLine, offset: int, length: int) -> None:
        if log.span_id not in self._cells:
            self._new_cell(self._attempt(log), log.span_id, log.attributes).start_ns = log.time_ns

    def _metric(self, log: LogLine, offset: int, length: int) -> None:
        attributes = log.attributes
        step = attributes.get(EventAttribute.METRIC_STEP)
        if not isinstance(step, int | None):
            raise ValueError(f"{EventAttribute.METRIC_STEP} is a {type(step).__name__}, expected a whole number")
        name = checked.text(attributes, EventAttribute.METRIC_NAME)
        value = checked.number(attributes, EventAttribute.METRIC_VALUE)
        self._attempt(log).metrics.append(Metric(name, value, step, log.time_ns))

    def _value(self, log: LogLine, offset: int, length: int) -> None:
        value = checked.json_text(log.body)
        self._attempt(log).values[checked.text(log.attributes, EventAttribute.VALUE_NAME)] = value

    def _artifact(self, log: LogLine, offset: int, length: int) -> None:
        attributes = log.attributes
        chunk = Chunk(checked.whole(attributes, EventAttribute.ARTIFACT_CHUNK), offset, length)
        artifact = self._artifact_of(log)
        artifact.chunks.append(chunk)
        expected = checked.optional_whole(attributes, EventAttribute.ARTIFACT_CHUNKS)
        if expected is not None:
            artifact.size_bytes = checked.whole(attributes, EventAttribute.ARTIFACT_SIZE)
            artifact.sha256 = checked.text(attributes, EventAttribute.ARTIFACT_HASH).removeprefix("sha256:")
            artifact.expected_chunks = expected

    def _artifact_of(self, log: LogLine) -> Artifact:
        attributes = log.attributes
        id = checked.text(attributes, EventAttribute.ARTIFACT_ID)
        if id not in self._artifacts:
            artifact = Artifact(
                id=id,
                name=checked.text(attributes, EventAttribute.ARTIFACT_NAME),
                kind=_artifact_kind(checked.text(attributes, EventAttribute.ARTIFACT_KIND)),
                media_type=checked.text(attributes, EventAttribute.ARTIFACT_MEDIA_TYPE),
                time_ns=log.time_ns,
            )
            self._attempt(log).artifacts.append(artifact)
            self._artifacts[id] = artifact
        return self._artifacts[id]

    def _output(self, log: LogLine, offset: int, length: int) -> None:
        attributes, body = log.attributes, log.body
        self._attempt(log).outputs.append(
            OutputText(
                stream=checked.text(attributes, EventAttribute.IOSTREAM),
                text=body if isinstance(body, str) else "",
                time_ns=log.time_ns,
                cell=checked.optional_whole(attributes, SpanAttribute.CELL_INDEX),
                dropped_bytes=checked.optional_whole(attributes, EventAttribute.OUTPUT_DROPPED) or 0,
            )
        )

    def _exception(self, log: LogLine, offset: int, length: int) -> None:
        attributes = log.attributes
        if SpanAttribute.TASK_ID not in attributes:
            return
        self._attempt(log).exceptions.append(
            ExceptionRecord(
                type=checked.optional_text(attributes, EventAttribute.EXCEPTION_TYPE) or "",
                message=checked.optional_text(attributes, EventAttribute.EXCEPTION_MESSAGE) or "",
                stacktrace=checked.optional_text(attributes, EventAttribute.EXCEPTION_STACKTRACE) or "",
                time_ns=log.time_ns,
                file=checked.optional_text(attributes, SpanAttribute.CODE_FILE),
                line=checked.optional_whole(attributes, SpanAttribute.CODE_LINE),
            )
        )

    def _run_ended(self, span: SpanLine) -> None:
        run = self.run
        result = Result(span.attributes.get(SpanAttribute.PIPELINE_RESULT))
        run.start_ns, run.end_ns, run.trace_id = span.start_ns, span.end_ns, span.trace_id
        run.state, run.result = State.DONE, result
        run.message = span.error

    def _attempt_ended(self, span: SpanLine) -> None:
        attempt = self._attempt(span)
        result = Result(span.attributes.get(SpanAttribute.ATTEMPT_RESULT))
        attempt.message = checked.optional_text(span.attributes, SpanAttribute.ATTEMPT_MESSAGE)
        attempt.span_id, attempt.start_ns, attempt.end_ns = span.span_id, span.start_ns, span.end_ns
        attempt.max = checked.optional_whole(span.attributes, SpanAttribute.ATTEMPT_MAX) or attempt.max
        attempt.state, attempt.result = State.DONE, result

    def _cell_ended(self, span: SpanLine) -> None:
        if span.span_id in self._cells:
            cell = self._cells[span.span_id][1]
        else:
            cell = self._new_cell(self._attempt(span), span.span_id, span.attributes)
        cell.start_ns, cell.end_ns, cell.failed = span.start_ns, span.end_ns, span.error is not None

    def _task(self, task_id: str) -> TaskRun:
        return self.run.tasks.setdefault(task_id, TaskRun(id=task_id, name=task_id))

    def _attempt(self, line: LogLine | SpanLine) -> Attempt:
        task = self._task(task_id_of(line))
        number = checked.whole(line.attributes, SpanAttribute.ATTEMPT_NUMBER)
        for attempt in reversed(task.attempts):
            if attempt.number == number:
                return attempt
        task.attempts.append(Attempt(number=number))
        return task.attempts[-1]

    def _new_cell(self, attempt: Attempt, span_id: str, attributes: dict[str, Any]) -> Cell:
        cell = Cell(
            index=checked.whole(attributes, SpanAttribute.CELL_INDEX),
            line=checked.optional_whole(attributes, SpanAttribute.CODE_LINE),
        )
        attempt.cells.append(cell)
        self._cells[span_id] = (attempt, cell)
        return cell


def _artifact_kind(kind: str) -> ArtifactKind:
    # Later releases may have more kinds without raising the version: they are files all the same.
    return ArtifactKind(kind) if kind in {known.value for known in ArtifactKind} else ArtifactKind.ARTIFACT
