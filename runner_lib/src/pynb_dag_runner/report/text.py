"""A run as text for a terminal: what went wrong first, then a table of the tasks, then where to look next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pynb_dag_runner.report.comparison import Comparison, NoComparison
from pynb_dag_runner.report.escaping import one_line, printable
from pynb_dag_runner.report.summary import (
    Problem,
    attempt_text,
    attempts_range,
    attempts_text,
    duration_text,
    elapsed_s,
    key_metrics,
    metric_text,
    problems,
    retried,
    reused,
    run_message,
    running_time,
    skipped,
    status,
    status_counts,
    wanted_rows,
)
from pynb_dag_runner.report.text_comparison import comparison_text
from pynb_dag_runner.runlog.records import PipelineRun, State, TaskRun

STYLES = {
    "success": "green",
    "reused": "green",
    "failure": "bold red",
    "error": "bold magenta",
    "timeout": "bold yellow",
    "cancellation": "yellow",
    "interrupted": "yellow",
    "running": "cyan",
    "skip": "dim",
    "waiting": "dim",
}

_DEFAULT_OUTPUTS = Path("pipeline-outputs")
_MOST_PROBLEMS = 10
_MOST_RETRIES = 10
_MOST_MESSAGE_LINES = 12
_MOST_METRICS = 3
_MOST_ROWS = 200


def summary(
    run: PipelineRun,
    now_ns: int | None = None,
    program: str = "pdr",
    comparison: Comparison | NoComparison | None = None,
) -> RenderableType:
    """Everything about ``run`` that fits a screen.

    ``now_ns`` is where what still runs is measured to; ``program`` is how the reader calls ``pdr``.
    """
    return Group(*_parts(run, now_ns, program, comparison))


def task_table(run: PipelineRun, now_ns: int | None = None) -> Table:
    """One row per task: attempts, duration, result."""
    table = _columns("Task")
    table.add_column("Attempts", justify="right", no_wrap=True)
    table.add_column("Duration", justify="right", no_wrap=True)
    table.add_column("Result", no_wrap=True)
    for task in wanted_rows(run, _MOST_ROWS):
        elapsed = elapsed_s(running_time(task), now_ns if task.state is State.RUNNING else None)
        table.add_row(
            Text(one_line(task.id)),
            Text(attempts_text(task)),
            Text(duration_text(elapsed) if task.attempts else ""),
            status_label(status(task)),
        )
    return table


def status_label(word: str) -> Text:
    """A status in its colour."""
    return Text(word, style=STYLES.get(word, ""))


def metrics_line(task: TaskRun, most: int = _MOST_METRICS) -> str:
    """``accuracy 0.97, loss 0.1, +2 more``."""
    metrics, others = key_metrics(task, most)
    shown = [f"{one_line(name, 40)} {metric_text(value)}" for name, value in metrics]
    return ", ".join([*shown, *([f"+{others} more"] if others else [])])


def local_time(time_ns: int | None) -> str:
    """Date and time of day in the local time zone, to the second; empty for None."""
    if time_ns is None:
        return ""
    try:
        return f"{datetime.fromtimestamp(time_ns / 1e9).astimezone():%Y-%m-%d %H:%M:%S}"
    except (OverflowError, ValueError, OSError):
        return ""


def counts_line(run: PipelineRun) -> str:
    """``7 success, 1 running, 2 waiting``."""
    return ", ".join(f"{count} {word}" for word, count in status_counts(run).items())


def _parts(
    run: PipelineRun, now_ns: int | None, program: str, comparison: Comparison | NoComparison | None
) -> Iterator[RenderableType]:
    for warning in run.warnings:
        yield Text.assemble(("warning: ", "yellow"), printable(warning))
    if run.warnings:
        yield Text()
    yield from _failures(run)
    yield _headline(run, now_ns)
    yield from _facts(run)
    yield Text()
    yield task_table(run, now_ns)
    if len(run.tasks) > _MOST_ROWS:
        yield Text(f"... and {len(run.tasks) - _MOST_ROWS} more tasks, which `pdr show --format json` lists")
    yield from _skips(run)
    yield from _reused(run)
    yield from _retries(run)
    yield from _metrics(run)
    if comparison is not None:
        yield Text("\nAgainst main", style="dim")
        yield from comparison_text(comparison)
    yield from _next_steps(run, program)


def _headline(run: PipelineRun, now_ns: int | None) -> Text:
    duration = duration_text(elapsed_s(run, now_ns if run.state is State.RUNNING else None))
    headline = Text.assemble((one_line(run.pipeline), "bold"), "  ", status_label(status(run)))
    if duration:
        headline.append(f" after {duration}" if run.state is State.DONE else f"  {duration}")
    return headline.append(f"  ({counts_line(run)})") if run.tasks else headline


def _facts(run: PipelineRun) -> Iterator[Text]:
    facts = [f"run {run.run_id}"]
    if run.environment:
        facts.append(f"environment {run.environment}")
    if run.start_ns is not None:
        facts.append(f"started {local_time(run.start_ns)}")
    if run.revision:
        facts.append(f"revision {run.revision[:10]}{' with changes' if run.is_dirty else ''}")
    if run.selection.get("run"):
        facts.append(f"based on run {run.selection['run']}")
    yield Text(one_line(", ".join(facts), 500), style="dim")
    for title, values in (("set", run.settings), ("tag", run.tags)):
        if values:
            line = ", ".join(f"{name}={value}" for name, value in values.items())
            yield Text(one_line(f"{title} {line}", 500), style="dim")
    message = run_message(run)
    if message:
        yield Text(printable(message))


def _failures(run: PipelineRun) -> Iterator[RenderableType]:
    found = problems(run)
    for problem in found[:_MOST_PROBLEMS]:
        lines = printable(problem.what).strip().splitlines() or [""]
        title = Text.assemble((one_line(problem.task.id), "bold"), "  ", status_label(problem.status))
        attempt = attempt_text(problem.attempt)
        yield title.append(f" in {attempt}" if attempt else "")
        more = [f"... {len(lines) - _MOST_MESSAGE_LINES} more lines"] if len(lines) > _MOST_MESSAGE_LINES else []
        yield Padding(Text(_at(problem) + "\n".join(lines[:_MOST_MESSAGE_LINES] + more)), (0, 0, 0, 2), expand=False)
        yield Text()
    if len(found) > _MOST_PROBLEMS:
        yield Text(f"... and {len(found) - _MOST_PROBLEMS} more tasks that did not succeed\n")


def _retries(run: PipelineRun) -> Iterator[RenderableType]:
    found = retried(run)
    if not found:
        return
    yield Text("\nRetried attempts", style="dim")
    for problem, last in found[:_MOST_RETRIES]:
        attempts = f"{one_line(problem.task.id, 60)} {attempts_range(problem, last)}  "
        line = Text.assemble(attempts, status_label(problem.status))
        line.append("  " + one_line(_at(problem) + problem.what, 160))
        # Indented, so that no line that a narrow terminal makes of it begins like a problem of its own.
        yield Padding.indent(line, 2)
    if len(found) > _MOST_RETRIES:
        yield Text(f"... and {len(found) - _MOST_RETRIES} more")


def _skips(run: PipelineRun) -> Iterator[RenderableType]:
    for cause, tasks in skipped(run).items():
        yield Text(f"\nSkipped since {one_line(cause)} did not succeed", style="dim")
        yield Text(one_line(", ".join(task.id for task in tasks), 500))


def _reused(run: PipelineRun) -> Iterator[RenderableType]:
    for run_id, tasks in reused(run).items():
        yield Text(f"\nReused from run {one_line(run_id)}", style="dim")
        yield Text(one_line(", ".join(task.id for task in tasks), 500))


def _metrics(run: PipelineRun) -> Iterator[RenderableType]:
    tasks = [task for task in run if task.metrics]
    if not tasks:
        return
    yield Text()
    table = _columns("Metrics")
    table.add_column("", overflow="fold")
    for task in tasks[:_MOST_ROWS]:
        table.add_row(Text(one_line(task.id)), Text(metrics_line(task)))
    yield table


def _columns(first: str) -> Table:
    """A table without lines whose first column keeps its text on one line as long as that is not too long."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(first, overflow="fold", no_wrap=False)
    return table


def _next_steps(run: PipelineRun, program: str) -> Iterator[RenderableType]:
    if not run.run_id:
        return
    yield Text()
    if run.state is State.RUNNING:
        yield Text(f"Still running; look again with: {program} show")
    yield Text.assemble(("Run log  ", "dim"), printable(str(_near(run.path))), overflow="fold")
    yield Text.assemble(("Files    ", "dim"), printable(_expand_command(run, program)), overflow="fold")


def _expand_command(run: PipelineRun, program: str) -> str:
    path = _near(run.path)
    if path.parent.name != "runs":
        return f"{program} expand {shlex.quote(str(path))}"
    outputs = path.parents[1]
    option = "" if outputs == _DEFAULT_OUTPUTS else f" --outputs {shlex.quote(str(outputs))}"
    return f"{program} expand {shlex.quote(run.run_id)}{option}"


def _near(path: Path) -> Path:
    """``path`` as seen from the current folder, where it is below it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _at(problem: Problem) -> str:
    return f"{printable(problem.where)}: " if problem.where else ""
