"""Names that a run log is made of: one constant per attribute, event and result.

``cicd.*``, ``vcs.*``, ``exception.*``, ``code.*`` and ``log.iostream`` are OpenTelemetry's semantic conventions 1.44.0
(https://opentelemetry.io/docs/specs/semconv/); names under ``pdr.`` are our own. ``docs/run-log.md`` describes all of
them for outsiders, and a test holds that page and this module together.
"""

from __future__ import annotations

from enum import Enum

RUN_LOG_VERSION = 1
SCHEMA_URL = "https://opentelemetry.io/schemas/1.44.0"
SCOPE_NAME = "pynb_dag_runner"

RUN_LOG_SUFFIX = ".otlp.jsonl"
PARTIAL_SUFFIX = ".part"
SPOOL_SUFFIX = ".spool"

CHUNK_SIZE_BYTES = 8 * 1024 * 1024
"""Largest piece of content in one log record; larger content is written as several records."""


class Result(str, Enum):
    """How a run, a task or an attempt ended: the values of ``cicd.pipeline.task.run.result``."""

    SUCCESS = "success"
    FAILURE = "failure"
    """The user's code failed."""
    ERROR = "error"
    """The system failed: worker killed, node lost, out of memory, disk full."""
    TIMEOUT = "timeout"
    CANCELLATION = "cancellation"
    SKIP = "skip"
    """Not run, since a task it needs did not succeed."""


class ResourceAttribute:
    """On the resource of every line."""

    RUN_LOG_VERSION = "pdr.runlog.version"
    SERVICE_NAME = "service.name"
    PIPELINE_NAME = "cicd.pipeline.name"
    RUN_ID = "cicd.pipeline.run.id"
    RUN_URL = "cicd.pipeline.run.url.full"
    WORKER_NAME = "cicd.worker.name"
    HOST_NAME = "host.name"
    PROCESS_ID = "process.pid"

    REPOSITORY_URL = "vcs.repository.url.full"
    REPOSITORY_NAME = "vcs.repository.name"
    OWNER_NAME = "vcs.owner.name"
    PROVIDER_NAME = "vcs.provider.name"
    HEAD_REVISION = "vcs.ref.head.revision"
    HEAD_NAME = "vcs.ref.head.name"
    HEAD_TYPE = "vcs.ref.head.type"
    BASE_REVISION = "vcs.ref.base.revision"
    BASE_NAME = "vcs.ref.base.name"
    BASE_TYPE = "vcs.ref.base.type"
    CHANGE_ID = "vcs.change.id"
    CHANGE_TITLE = "vcs.change.title"
    DIRTY = "pdr.vcs.dirty"

    GITHUB_EVENT = "pdr.github.event"
    GITHUB_RUN_ID = "pdr.github.run_id"
    GITHUB_RUN_ATTEMPT = "pdr.github.run_attempt"
    GITHUB_WORKFLOW = "pdr.github.workflow"
    GITHUB_ACTOR = "pdr.github.actor"


class SpanAttribute:
    """On run, task, attempt and cell spans."""

    KIND = "pdr.span.kind"
    """``run``, ``task``, ``attempt`` or ``cell``; spans without it come from user code."""
    PIPELINE_ACTION = "cicd.pipeline.action.name"
    PIPELINE_RESULT = "cicd.pipeline.result"
    ERROR_TYPE = "error.type"
    TORN_LINES = "pdr.run.torn_lines"
    """How many lines a dying process left unfinished; they are not in the run log."""

    TASK_NAME = "cicd.pipeline.task.name"
    TASK_ID = "cicd.pipeline.task.run.id"
    TASK_URL = "cicd.pipeline.task.run.url.full"
    TASK_RESULT = "cicd.pipeline.task.run.result"
    TASK_TYPE = "cicd.pipeline.task.type"
    TASK_ATTEMPTS = "pdr.task.attempts"
    TASK_SKIPPED_BECAUSE = "pdr.task.skipped_because"
    TASK_FINGERPRINT = "pdr.task.fingerprint"
    """Hash of all that decides the task's result; one that begins with ``?`` cannot tell everything."""
    TASK_REUSED_FROM = "pdr.task.reused_from"
    """Id of the run in which a task that was taken over really ran."""

    ATTEMPT_NUMBER = "pdr.attempt.number"
    ATTEMPT_MAX = "pdr.attempt.max"
    ATTEMPT_RESULT = "pdr.attempt.result"
    ATTEMPT_MESSAGE = "pdr.attempt.message"

    CELL_INDEX = "pdr.cell.index"
    CODE_FILE = "code.file.path"
    CODE_LINE = "code.line.number"

    PARAMETER_PREFIX = "pdr.parameter."
    METRIC_PREFIX = "pdr.metric."


class SpanKind(str, Enum):
    """What one of our spans stands for: the values of ``pdr.span.kind``."""

    RUN = "run"
    TASK = "task"
    ATTEMPT = "attempt"
    CELL = "cell"


class Event:
    """Names of log records (``eventName``)."""

    RUN_STARTED = "pdr.run.started"
    TASK_STARTED = "pdr.task.started"
    TASK_PUBLISHED = "pdr.task.published"
    ATTEMPT_STARTED = "pdr.attempt.started"
    CELL_STARTED = "pdr.cell.started"
    METRIC = "pdr.metric"
    VALUE = "pdr.value"
    ARTIFACT = "pdr.artifact"
    OUTPUT = "pdr.output"
    EXCEPTION = "exception"


class EventAttribute:
    """On log records, beside the task's id and the attempt's number."""

    METRIC_NAME = "pdr.metric.name"
    METRIC_VALUE = "pdr.metric.value"
    METRIC_STEP = "pdr.metric.step"

    VALUE_NAME = "pdr.value.name"

    ARTIFACT_ID = "pdr.artifact.id"
    """Joins the chunks of one artifact."""
    ARTIFACT_NAME = "artifact.filename"
    ARTIFACT_KIND = "pdr.artifact.kind"
    ARTIFACT_MEDIA_TYPE = "pdr.artifact.media_type"
    ARTIFACT_CHUNK = "pdr.artifact.chunk"
    """Number of this chunk, from 0."""
    ARTIFACT_CHUNKS = "pdr.artifact.chunks"
    """How many chunks there are; on the last chunk only, as are size and hash."""
    ARTIFACT_SIZE = "pdr.artifact.size_bytes"
    ARTIFACT_HASH = "artifact.hash"
    """``sha256:`` and 64 hexadecimal digits, of the content as recorded (redacted)."""

    IOSTREAM = "log.iostream"
    OUTPUT_DROPPED = "pdr.output.dropped_bytes"

    EXCEPTION_TYPE = "exception.type"
    EXCEPTION_MESSAGE = "exception.message"
    EXCEPTION_STACKTRACE = "exception.stacktrace"

    REDACTED = "pdr.redacted"
    """How many secrets were replaced in this record."""


class ArtifactKind(str, Enum):
    """What a recorded file is: the values of ``pdr.artifact.kind``."""

    ARTIFACT = "artifact"
    FIGURE = "figure"
    TEXT = "text"
    NOTEBOOK = "notebook"


class Variable:
    """Environment variables by which a task's processes find their attempt."""

    TRACEPARENT = "TRACEPARENT"
    SPOOL_DIR = "PDR_SPOOL_DIR"
    CONTEXT = "PDR_TASK_CONTEXT"
    """File with the JSON form of the task's context (``tracking.context.TaskContext``)."""
    SECRETS = "PDR_SECRETS"
    """Names, joined by commas, of the environment variables whose values are redacted."""
    ATTEMPT_MARK = "PDR_ATTEMPT_MARK"
    """``<run id>/<task id>/<attempt>``: marks every process that an attempt started, so that none outlives it."""
    RUN_MARK = "PDR_RUN_MARK"
    """``<run id>``: marks Ray's own processes of a local run in the same way."""
    OUTPUT_DIR = "PDR_OUTPUT_DIR"
    """Folder in which a command leaves the files that it hands to the tasks that need it."""
    TRACER_PROVIDER = "OTEL_PYTHON_TRACER_PROVIDER"
    """Makes OpenTelemetry's API find the provider of ``tracking.provider`` in a task's processes."""
