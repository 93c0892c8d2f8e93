"""The tasks of a run in one table, their metrics side by side, and what the run was given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pynb_dag_runner.report.page.anchors import Anchors
from pynb_dag_runner.report.page.elements import Child, Html, element, escaped, joined, name
from pynb_dag_runner.report.page.limits import left_out
from pynb_dag_runner.report.page.notebook_json import json_text
from pynb_dag_runner.report.page.status import badge
from pynb_dag_runner.report.page.tables import Column, facts, table
from pynb_dag_runner.report.summary import (
    attempts_text,
    duration_text,
    elapsed_s,
    key_metrics,
    metric_text,
    running_time,
    status,
    wanted_rows,
)
from pynb_dag_runner.runlog.records import PipelineRun, State, TaskRun

MOST_TASKS = 1000
_MOST_KEY_METRICS = 3
_MOST_COLUMNS = 12
_MOST_METRIC_ROWS = 200
_MOST_METRIC_TABLES = 40
_OPEN_ROWS = 12
_MOST_PARAMETER_GROUPS = 100
_LONGEST_VALUE = 300


def task_table(run: PipelineRun, anchors: Anchors, now_ns: int | None) -> Html:
    """One row per task."""
    columns = [
        Column("Task"),
        Column("Result", style="result"),
        Column("Attempts", True, "attempts"),
        Column("Duration", True, "duration"),
        Column("Metrics", style="metrics"),
    ]
    tasks = wanted_rows(run, MOST_TASKS)
    rows = ([*_task_row(task, anchors, now_ns), _key_metrics(task)] for task in tasks)
    others = len(run.tasks) - len(tasks)
    more = f"{others:,} more tasks that succeeded are left out; `pdr show --format json` lists all." if others else ""
    return joined([table("Tasks", columns, rows, "tasks"), left_out(more) if more else None])


def metric_tables(run: PipelineRun, anchors: Anchors) -> Html | None:
    """Metrics of tasks of one name side by side; None where there are none."""
    groups: dict[str, list[TaskRun]] = {}
    for task in run:
        if task.metrics:
            groups.setdefault(task.name, []).append(task)
    tables = [_metric_table(tasks, anchors) for tasks in list(groups.values())[:_MOST_METRIC_TABLES]]
    others = len(groups) - len(tables)
    if not tables:
        return None
    more = left_out(f"Metrics of {others} more tasks stand at the tasks.") if others else None
    return joined([element("div", tables, class_="metric-groups"), more])


def given_html(run: PipelineRun) -> Html | None:
    """Settings and tags of the run, and the parameters of its tasks; None where there are none."""
    parameters: dict[str, dict[str, None]] = {}
    for task in run:
        for key, value in task.parameters.items():
            parameters.setdefault(key, {})[json_text(value)] = None
    groups = list(parameters.items())[:_MOST_PARAMETER_GROUPS]
    rows = [(name(key), _values(list(values))) for key, values in groups]
    sections = [
        ("Parameters of the tasks", facts(rows)),
        ("Set for this run", facts((name(key), value_html(value)) for key, value in run.settings.items())),
        ("Tags", facts((name(key), value_html(value)) for key, value in run.tags.items())),
    ]
    return joined([element("h3", title), content] for title, content in sections if content) or None


def value_html(value: object, limit: int = _LONGEST_VALUE) -> Html:
    """A parameter or value: text bare, all else as JSON."""
    text = value if isinstance(value, str) else json_text(value)
    return element("bdi", text if len(text) <= limit else f"{text[: limit - 1]}…", class_="value")


def _values(texts: Sequence[str]) -> Html:
    shown = [element("bdi", text[:_LONGEST_VALUE], class_="value") for text in texts[:10]]
    return joined([joined([" ", part] for part in shown), f" and {len(texts) - 10} more" if len(texts) > 10 else None])


def _task_row(task: TaskRun, anchors: Anchors, now_ns: int | None) -> list[Child]:
    elapsed = elapsed_s(running_time(task), now_ns if task.state is State.RUNNING else None)
    return [
        anchors.link(task),
        badge(status(task)),
        _attempts(task),
        duration_text(elapsed) if task.attempts else "",
    ]


def _attempts(task: TaskRun) -> Html:
    """The column's heading is not there on a phone."""
    text = attempts_text(task)
    unit = element("span", " attempt" if text == "1" else " attempts", class_="on-phones") if text else None
    return joined([text, unit])


def _key_metrics(task: TaskRun) -> Html:
    metrics, others = key_metrics(task, _MOST_KEY_METRICS)
    shown: list[Child] = [
        element("span", name(key, 40), " ", element("b", metric_text(value)), class_="metric") for key, value in metrics
    ]
    if task.reused_from:
        shown.append(element("span", "of run ", name(task.reused_from, 60), class_="muted"))
    if task.skipped_because:
        shown.append(element("span", "since ", name(task.skipped_because, 60), " did not succeed", class_="muted"))
    return joined([*shown, element("span", f"+{others} more", class_="muted") if others else None])


def _metric_table(tasks: Sequence[TaskRun], anchors: Anchors) -> Html:
    """Metrics down and tasks across, or the other way round where there are many tasks."""
    names = sorted(dict.fromkeys(key for task in tasks for key in task.metrics), key=lambda key: key[-1:].isdigit())
    title, labels = _labels(tasks)
    heads = [_linked(label, task, anchors) for label, task in zip(labels, tasks, strict=True)]
    if len(tasks) == 1:
        heads = [escaped("Value")]
    turned = len(tasks) > _MOST_COLUMNS
    columns, rows, notes = (_tasks_down if turned else _metrics_down)(tasks, names, heads)
    size = f" {len(names)} metric{'' if len(names) == 1 else 's'}"
    return element(
        "details",
        element("summary", name(title), element("span", size, class_="muted")),
        table(f"Metrics of {title[:80]}", columns, rows),
        [left_out(note) for note in notes],
        class_="metric-group wide" if len(tasks) > 1 else "metric-group",
        open=len(rows) <= _OPEN_ROWS,
    )


def _labels(tasks: Sequence[TaskRun]) -> tuple[str, list[str]]:
    """A title for tasks of one name, and what tells each from the others: its parameters, or their only one's value."""
    if len(tasks) == 1:
        return tasks[0].id, [tasks[0].id]
    rests = [task.id.removeprefix(task.name).strip("[]") or task.id for task in tasks]
    keys = {rest.partition("=")[0] for rest in rests if rest.count("=") == 1 and "," not in rest}
    if len(keys) == 1 and all(rest.count("=") == 1 for rest in rests):
        return f"{tasks[0].name} by {keys.pop()}", [rest.partition("=")[2] for rest in rests]
    return tasks[0].name, rests


def _linked(label: str, task: TaskRun, anchors: Anchors) -> Html:
    href = anchors.href(task)
    return element("a", name(label, 60), href=href) if href else name(label, 60)


def _metrics_down(
    tasks: Sequence[TaskRun], names: Sequence[str], heads: Sequence[Html]
) -> tuple[list[Column], list[list[Child]], list[str]]:
    columns = [Column("Metric"), *(Column(head, True) for head in heads)]
    shown = names[:_MOST_METRIC_ROWS]
    rows: list[list[Child]] = [[name(key), *(_number(task.metrics.get(key)) for task in tasks)] for key in shown]
    return columns, rows, list(_more(len(names), len(shown), "metrics"))


def _tasks_down(
    tasks: Sequence[TaskRun], names: Sequence[str], heads: Sequence[Html]
) -> tuple[list[Column], list[list[Child]], list[str]]:
    shown_names, shown = names[:_MOST_COLUMNS], tasks[:_MOST_METRIC_ROWS]
    columns = [Column("Task"), *(Column(name(key, 40), True) for key in shown_names)]
    rows: list[list[Child]] = [
        [head, *(_number(task.metrics.get(key)) for key in shown_names)]
        for head, task in zip(heads, shown, strict=False)
    ]
    notes = [*_more(len(names), len(shown_names), "metrics"), *_more(len(tasks), len(shown), "tasks")]
    return columns, rows, notes


def _more(all_of_them: int, shown: int, what: str) -> Iterator[str]:
    if all_of_them > shown:
        yield f"{all_of_them - shown:,} more {what} stand at the tasks, or in `pdr show --format json`."


def _number(value: float | None) -> str:
    return "" if value is None else metric_text(value)
