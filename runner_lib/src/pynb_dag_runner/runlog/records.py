"""The read model: what one run log says, as plain objects.

The reader fills these records; everybody else only reads them. Times are nanoseconds since 1970 (UTC).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from pynb_dag_runner.conventions import ArtifactKind, ResourceAttribute, Result

if TYPE_CHECKING:
    from pynb_dag_runner.dag.parameters import Json


class State(str, Enum):
    """Where a run, task or attempt stands; ``INTERRUPTED`` is said of what a dead driver left without an end."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    INTERRUPTED = "interrupted"


@dataclass
class Timed:
    """Something with a start and an end; either is None while it is not known."""

    start_ns: int | None = None
    end_ns: int | None = None

    @property
    def duration_s(self) -> float | None:
        """Seconds from start to end, None while either is unknown."""
        if self.start_ns is None or self.end_ns is None:
            return None
        return (self.end_ns - self.start_ns) / 1e9


@dataclass(frozen=True)
class Metric:
    """One logged value of a metric; ``step`` orders a history, None where user code gave none."""

    name: str
    value: float
    step: int | None
    time_ns: int


@dataclass(frozen=True)
class Chunk:
    """Where in the run log the line with one piece of an artifact lies, in bytes."""

    number: int
    offset: int
    length: int


@dataclass
class Artifact:
    """A recorded file: its content stays in the run log until ``runlog.reader.artifact_content`` streams it.

    ``size_bytes`` and ``sha256`` are None where the last chunk is missing: the process died while it wrote.
    """

    id: str
    name: str
    kind: ArtifactKind
    media_type: str
    time_ns: int
    chunks: list[Chunk] = field(default_factory=list)
    expected_chunks: int | None = None
    size_bytes: int | None = None
    sha256: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every chunk is in the run log."""
        return self.expected_chunks is not None and len(self.chunks) == self.expected_chunks


@dataclass(frozen=True)
class OutputText:
    """Text that a task wrote to ``stream`` (``stdout`` or ``stderr``); ``dropped_bytes`` more were not kept."""

    stream: str
    text: str
    time_ns: int
    cell: int | None = None
    dropped_bytes: int = 0


@dataclass(frozen=True)
class ExceptionRecord:
    """An exception that ended an attempt, or that user code recorded; the line is of the notebook or function."""

    type: str
    message: str
    stacktrace: str
    time_ns: int
    file: str | None = None
    line: int | None = None


@dataclass
class Cell(Timed):
    """A code cell that was started; ``index`` counts all cells of the evaluated notebook from 0."""

    index: int = 0
    line: int | None = None
    failed: bool = False


@dataclass
class UserSpan(Timed):
    """A span that user code made with the OpenTelemetry API."""

    name: str = ""
    span_id: str = ""
    parent_id: str = ""
    attributes: dict[str, Json] = field(default_factory=dict)
    failed: bool = False


@dataclass
class Attempt(Timed):
    """One try of a task; ``number`` counts from 1, ``max`` is how many are allowed."""

    number: int = 1
    max: int = 1
    span_id: str = ""
    state: State = State.RUNNING
    result: Result | None = None
    message: str | None = None
    host: str | None = None
    process_id: int | None = None
    metrics: list[Metric] = field(default_factory=list)
    values: dict[str, Json] = field(default_factory=dict)
    artifacts: list[Artifact] = field(default_factory=list)
    outputs: list[OutputText] = field(default_factory=list)
    exceptions: list[ExceptionRecord] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    spans: list[UserSpan] = field(default_factory=list)

    @property
    def last_metrics(self) -> dict[str, float]:
        """The value of each metric that was logged last."""
        return {metric.name: metric.value for metric in self.metrics}

    @property
    def notebook(self) -> Artifact | None:
        """The evaluated notebook, where the task is one."""
        notebooks = [artifact for artifact in self.artifacts if artifact.kind is ArtifactKind.NOTEBOOK]
        return notebooks[-1] if notebooks else None


@dataclass
class TaskRun(Timed):
    """A task in one pipeline run, with all its attempts."""

    id: str = ""
    name: str = ""
    type: str = ""
    source: str = ""
    folder: str = ""
    span_id: str = ""
    needs: list[str] = field(default_factory=list)
    parameters: dict[str, Json] = field(default_factory=dict)
    options: dict[str, Json] = field(default_factory=dict)
    state: State = State.WAITING
    result: Result | None = None
    skipped_because: str | None = None
    attempts: list[Attempt] = field(default_factory=list)
    fingerprint: str | None = None
    sources: list[str] = field(default_factory=list)
    """Files of the project that are its code, as named in ``PipelineRun.files``."""
    outputs: dict[str, int] = field(default_factory=dict)
    """Sizes in bytes of the files that it handed over, by their names."""
    reused_from: str | None = None
    """Id of the run in which it really ran, where this run has taken it over."""
    reused_span: tuple[str, str] | None = None
    """Trace and span id of the task there."""
    reused_metrics: dict[str, float] = field(default_factory=dict)
    reused_values: dict[str, Json] = field(default_factory=dict)

    @property
    def duration_s(self) -> float | None:
        """Seconds from start to end, None while either is unknown, and where it did not run here."""
        return None if self.reused_from is not None else super().duration_s

    @property
    def last_attempt(self) -> Attempt | None:
        """The attempt that counts."""
        return self.attempts[-1] if self.attempts else None

    @property
    def metrics(self) -> dict[str, float]:
        """The last value of each metric of the attempt that counts, also where that is one of an earlier run."""
        return self.last_attempt.last_metrics if self.last_attempt else self.reused_metrics

    @property
    def measured(self) -> dict[str, float]:
        """Those of :attr:`metrics` that are measurements of this run."""
        return {} if self.reused_from is not None else self.metrics

    @property
    def values(self) -> dict[str, Json]:
        """What the attempt that counts logged with ``log_value``."""
        return self.last_attempt.values if self.last_attempt else self.reused_values


@dataclass
class PipelineRun(Timed):
    """Everything that a run log says of one pipeline run.

    ``resource`` holds the facts about code, machine and GitHub under their names in ``conventions.ResourceAttribute``;
    ``warnings`` says what could not be read.
    """

    path: Path = field(default_factory=Path)
    run_id: str = ""
    pipeline: str = ""
    version: int = 0
    trace_id: str = ""
    environment: str = ""
    state: State = State.RUNNING
    result: Result | None = None
    message: str | None = None
    settings: dict[str, Json] = field(default_factory=dict)
    tags: dict[str, Json] = field(default_factory=dict)
    python: str = ""
    platform: str = ""
    packages: dict[str, str] = field(default_factory=dict)
    resource: dict[str, Json] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    """SHA-256 of every file of the project, or part of one, that is code of a task."""
    selection: dict[str, Json] = field(default_factory=dict)
    """Empty for a run of everything, else the earlier run it is based on and which tasks were asked for."""
    tasks: dict[str, TaskRun] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[TaskRun]:
        return iter(self.tasks.values())

    @property
    def revision(self) -> str | None:
        """The commit that was run."""
        value = self.resource.get(ResourceAttribute.HEAD_REVISION)
        return None if value is None else str(value)

    @property
    def is_dirty(self) -> bool:
        """Whether the work tree had changes that were not committed."""
        return self.resource.get(ResourceAttribute.DIRTY) is True
