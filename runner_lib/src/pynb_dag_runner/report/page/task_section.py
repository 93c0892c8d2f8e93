"""All about one task, folded: parameters, metrics, values, artifacts, what it printed, its evaluated notebook."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from pynb_dag_runner.conventions import ArtifactKind
from pynb_dag_runner.report.page.anchors import Anchors
from pynb_dag_runner.report.page.ansi import ansi_html
from pynb_dag_runner.report.page.contents import Contents, NotShownError
from pynb_dag_runner.report.page.elements import Child, Html, element, joined, name
from pynb_dag_runner.report.page.head import time_html
from pynb_dag_runner.report.page.limits import MOST_OF_A_TEXT, ending, left_out
from pynb_dag_runner.report.page.notebook_cells import notebook_html, text_html
from pynb_dag_runner.report.page.notebook_json import json_text
from pynb_dag_runner.report.page.outputs import without_overwritten
from pynb_dag_runner.report.page.overview import value_html
from pynb_dag_runner.report.page.status import badge, mark
from pynb_dag_runner.report.page.tables import Column, facts, table
from pynb_dag_runner.report.summary import (
    attempts_text,
    duration_text,
    elapsed_s,
    metric_text,
    problem_of,
    running_time,
    size_text,
    status,
)
from pynb_dag_runner.runlog.records import Attempt, State, TaskRun

_MOST_METRICS = 500
_MOST_VALUES = 100
_MOST_ARTIFACTS = 200
_MOST_ATTEMPTS = 50
_MOST_TEXTS = 20
_MOST_CURVES = 30
_CURVE_POINTS = 60
_LONGEST_VALUE = 4000


def task_section(task: TaskRun, contents: Contents, anchors: Anchors, now_ns: int | None) -> Html:
    """A fold with a line that says how the task stands."""
    elapsed = elapsed_s(running_time(task), now_ns if task.state is State.RUNNING else None)
    summary = element(
        "summary",
        mark(status(task)),
        element("span", badge(status(task)), class_="hidden"),
        element("span", name(task.id), class_="task-name"),
        element("span", duration_text(elapsed) if task.attempts else "", class_="muted"),
    )
    inside = element("div", _parts(task, contents, anchors), class_="inside", id=anchors.id(task))
    return element("details", summary, inside, class_=f"task {status(task)}")


def _parts(task: TaskRun, contents: Contents, anchors: Anchors) -> Iterator[Html | None]:
    yield facts(_facts(task, anchors))
    yield _titled("Parameters", facts((name(key), value_html(value)) for key, value in task.parameters.items()))
    attempt = task.last_attempt
    if len(task.attempts) > 1:
        yield _titled("Attempts", _attempts(task))
    if attempt is None:
        yield _titled("Metrics of that run", _last_metrics(task.reused_metrics))
        return
    yield _titled("Metrics", _metrics(attempt))
    yield _titled("Values", _values(attempt, contents, task.id))
    yield from _texts(attempt, contents, task.id)
    yield _titled("Artifacts", _artifacts(attempt))
    yield _printed(attempt, contents, task.id)
    yield _notebook(task, attempt, contents, anchors)


def _titled(title: str, content: Html | None) -> Html | None:
    return joined([element("h4", title), content]) if content else None


def _facts(task: TaskRun, anchors: Anchors) -> Iterator[tuple[Child, Child]]:
    yield "Result", badge(status(task))
    if task.source:
        yield task.type.capitalize() or "Source", element("code", name(task.source))
    if task.needs:
        shown: list[Child] = []
        for need in task.needs[:50]:
            shown += [", ", name(need)] if shown else [name(need)]
        yield "Needs", joined([*shown, f" and {len(task.needs) - 50} more" if len(task.needs) > 50 else None])
    if task.reused_from:
        yield "Reused from", joined(["run ", name(task.reused_from)])
    if task.skipped_because:
        yield "Skipped since", joined([name(task.skipped_because), " did not succeed"])
    attempt = task.last_attempt
    if attempt is not None:
        yield "Attempts", attempts_text(task)
        if attempt.start_ns is not None:
            yield "Last attempt", time_html(attempt.start_ns)
        if attempt.host:
            yield "Host", name(attempt.host)
        if attempt.message:
            yield "Message", element("bdi", attempt.message[:500])
    options = {key: value for key, value in task.options.items() if value not in (None, [], {}, 0.0)}
    if options:
        yield "Options", element("code", json_text(options)[:1000])


def _attempts(task: TaskRun) -> Html:
    columns = [Column("Attempt"), Column("Result"), Column("Duration", True), Column("What went wrong")]
    rows = [
        (
            str(attempt.number),
            badge(status(attempt)),
            duration_text(attempt.duration_s),
            "" if status(attempt) in ("success", "running") else problem_of(task, attempt).what[:500],
        )
        for attempt in task.attempts[-_MOST_ATTEMPTS:]
    ]
    others = len(task.attempts) - len(rows)
    return joined(
        [table(f"Attempts of {task.id[:80]}", columns, rows), left_out(f"{others} earlier ones.") if others else None]
    )


def _metrics(attempt: Attempt) -> Html | None:
    histories: dict[str, list[float]] = {}
    for metric in attempt.metrics:
        histories.setdefault(metric.name, []).append(metric.value)
    if not histories:
        return None
    has_history = any(len(values) > 1 for values in histories.values())
    shown = list(histories.items())[:_MOST_METRICS]
    columns = [Column("Metric"), Column("Last" if has_history else "Value", True)]
    columns += [Column("Least", True), Column("Most", True), Column("Logged")] if has_history else []
    rows = [_metric_row(key, values, has_history, number < _MOST_CURVES) for number, (key, values) in enumerate(shown)]
    others = len(histories) - len(shown)
    more = f"{others:,} more metrics are left out; `pdr show --format json` lists all." if others else ""
    return joined([table("Metrics", columns, rows), left_out(more) if more else None])


def _last_metrics(metrics: Mapping[str, float]) -> Html | None:
    """Of a task that was taken over: the last values alone, and no history."""
    if not metrics:
        return None
    rows = [[name(key), metric_text(value)] for key, value in list(metrics.items())[:_MOST_METRICS]]
    others = len(metrics) - len(rows)
    more = left_out(f"{others:,} more metrics are left out; `pdr show --format json` lists all.") if others else None
    return joined([table("Metrics", [Column("Metric"), Column("Value", True)], rows), more])


def _metric_row(key: str, values: Sequence[float], has_history: bool, with_curve: bool) -> list[Child]:
    row: list[Child] = [name(key), metric_text(values[-1])]
    if not has_history:
        return row
    finite = [value for value in values if math.isfinite(value)]
    ends = [metric_text(min(finite)), metric_text(max(finite))] if finite and len(values) > 1 else ["", ""]
    curve = _curve(finite) if with_curve else None
    return [*row, *ends, joined([curve, f"{len(values):,} times"]) if len(values) > 1 else ""]


def _curve(values: Sequence[float]) -> Html | None:
    """A small line of how a metric went on."""
    if len(values) < 3:
        return None
    step = max(1, len(values) // _CURVE_POINTS)
    picked = values[::step]
    low, high = min(picked), max(picked)
    span = (high - low) or 1.0
    if not math.isfinite(span):
        return None
    points = " ".join(
        f"{80 * index / (len(picked) - 1):.1f},{19 - 18 * (value - low) / span:.1f}"
        for index, value in enumerate(picked)
    )
    line = element("polyline", points=points)
    return element("svg", line, class_="curve", viewBox="0 0 80 20", aria_hidden="true")


def _values(attempt: Attempt, contents: Contents, owner: str) -> Html | None:
    if not attempt.values:
        return None
    shown = list(attempt.values.items())[:_MOST_VALUES]
    others = len(attempt.values) - len(shown)
    rows = facts((name(key), _value(value)) for key, value in shown)
    more = left_out(f"{others} more values are left out; `pdr show --format json` lists all.") if others else None
    return contents.embedded(joined([rows, more]), f"values of {owner}")


def _value(value: object) -> Html:
    text = value if isinstance(value, str) else json_text(value)
    if len(text) <= 80:
        return value_html(value)
    shown, rest = text[:_LONGEST_VALUE], len(text) - _LONGEST_VALUE
    return joined([element("pre", shown, class_="text"), left_out(f"{rest:,} more characters.") if rest > 0 else None])


def _texts(attempt: Attempt, contents: Contents, owner: str) -> Iterator[Html | None]:
    texts = [artifact for artifact in attempt.artifacts if artifact.kind is ArtifactKind.TEXT]
    for artifact in texts[:_MOST_TEXTS]:
        try:
            content = contents.read(artifact, MOST_OF_A_TEXT)
            shown = text_html(content, artifact.media_type, contents, f"text {artifact.name} of {owner}")
        except NotShownError as error:
            shown = contents.budget.note(f"text {artifact.name} of {owner}", artifact.size_bytes or 0, str(error))
        yield joined([element("h4", name(artifact.name)), shown])
    if len(texts) > _MOST_TEXTS:
        yield left_out(f"{len(texts) - _MOST_TEXTS} more texts are left out; the list below names them.")


def _artifacts(attempt: Attempt) -> Html | None:
    if not attempt.artifacts:
        return None
    columns = [Column("Name"), Column("Kind"), Column("Size", True), Column("SHA-256", style="hash")]
    rows = [
        (
            name(artifact.name),
            artifact.kind.value,
            "incomplete" if artifact.size_bytes is None else size_text(artifact.size_bytes),
            element("code", artifact.sha256 or ""),
        )
        for artifact in attempt.artifacts[:_MOST_ARTIFACTS]
    ]
    others = len(attempt.artifacts) - len(rows)
    more = f"{others:,} more artifacts are left out; `pdr expand` writes all of them." if others else ""
    return joined([table("Artifacts", columns, rows), left_out(more) if more else None])


def _printed(attempt: Attempt, contents: Contents, owner: str) -> Html | None:
    if not attempt.outputs:
        return None
    text = without_overwritten("".join(output.text for output in attempt.outputs))
    dropped_bytes = sum(output.dropped_bytes for output in attempt.outputs)
    shown, before = ending(text)
    cut = left_out(f"{before:,} characters before these are left out; `pdr expand` writes all.") if before else None
    lost = left_out(f"{size_text(dropped_bytes)} more were printed and not recorded.") if dropped_bytes else None
    pre = contents.embedded(
        element("pre", ansi_html(shown), class_="output stdout", tabindex="0"), f"text printed by {owner}"
    )
    lines = text.count("\n") + (not text.endswith("\n"))
    count = element("span", f" {lines:,} line{'' if lines == 1 else 's'}", class_="muted")
    return element("details", element("summary", "Printed output", count), cut, pre, lost)


def _notebook(task: TaskRun, attempt: Attempt, contents: Contents, anchors: Anchors) -> Html | None:
    artifact = attempt.notebook
    if artifact is None:
        return None
    size = "" if artifact.size_bytes is None else f" {size_text(artifact.size_bytes)}"
    try:
        notebook = contents.notebook(artifact)
        failed_id = anchors.failed_cell_id(task)
        shown = notebook_html(notebook, contents, f"the notebook of {task.id}", attempt.cells, failed_id)
    except NotShownError as error:
        shown = contents.budget.note(f"the notebook of {task.id}", artifact.size_bytes or 0, str(error))
    title = element("summary", "Evaluated notebook", element("span", size, class_="muted"))
    return element("details", title, shown)
