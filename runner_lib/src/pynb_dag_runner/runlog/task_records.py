"""What single records of a run log say of a task: its definition, its outputs, how it ended."""

from __future__ import annotations

from typing import Any

from pynb_dag_runner.conventions import Result, SpanAttribute
from pynb_dag_runner.runlog import checked
from pynb_dag_runner.runlog.otlp import LogLine, SpanLine
from pynb_dag_runner.runlog.records import State, TaskRun


def task_id_of(line: LogLine | SpanLine) -> str:
    """The id of the task to which a record belongs.

    Raises:
        ValueError: it belongs to none.
    """
    return checked.text(line.attributes, SpanAttribute.TASK_ID)


def task_definition(values: dict[str, Any]) -> dict[str, Any]:
    """The fields of a task that its definition in the first record says.

    Raises:
        ValueError: one is missing, or has another type.
    """
    return {
        **{name: checked.text(values, name) for name in ("id", "name", "type", "source", "folder")},
        "needs": checked.texts(values, "needs"),
        **{name: checked.mapping(values, name) for name in ("parameters", "options")},
        "fingerprint": checked.optional_text(values, "fingerprint"),
        "sources": checked.texts(values, "sources") if "sources" in values else [],
    }


def task_published(task: TaskRun, log: LogLine) -> None:
    """Note which outputs a task has handed over, and of one that was taken over what it had logged.

    Raises:
        ValueError: the record is malformed.
    """
    body = checked.json_text(log.body)
    outputs = checked.mapping(body, "outputs")
    task.outputs = {name: checked.whole(outputs, name) for name in outputs}
    task.reused_values = checked.optional_mapping(body, "values")


def task_ended(task: TaskRun, span: SpanLine) -> None:
    """Note how a task ended, and whether that was in an earlier run.

    Raises:
        ValueError: the span is malformed.
    """
    attributes = span.attributes
    result = Result(attributes.get(SpanAttribute.TASK_RESULT))
    task.skipped_because = checked.optional_text(attributes, SpanAttribute.TASK_SKIPPED_BECAUSE)
    task.fingerprint = checked.optional_text(attributes, SpanAttribute.TASK_FINGERPRINT) or task.fingerprint
    task.reused_from = checked.optional_text(attributes, SpanAttribute.TASK_REUSED_FROM)
    if task.reused_from is not None:
        task.reused_span = span.links_elsewhere[0] if span.links_elsewhere else None
        prefix = SpanAttribute.METRIC_PREFIX
        names = [name for name in attributes if name.startswith(prefix)]
        task.reused_metrics = {name.removeprefix(prefix): checked.number(attributes, name) for name in names}
    task.span_id, task.start_ns, task.end_ns = span.span_id, span.start_ns, span.end_ns
    task.state, task.result = State.DONE, result
