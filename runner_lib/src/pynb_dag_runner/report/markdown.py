"""A run as Markdown, made for the job summary of GitHub Actions.

Everything that comes from the run log is escaped. GitHub refuses a summary above 1 MiB while the job stays green, and its
renderer gives up on large diagrams, so the table and the diagram have limits; what was left out is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from pynb_dag_runner.report.escaping import markdown_block, markdown_code
from pynb_dag_runner.report.mermaid import MOST_TASKS, dag
from pynb_dag_runner.report.summary import (
    Problem,
    attempt_text,
    attempts_range,
    attempts_text,
    duration_text,
    key_metrics,
    metric_text,
    problems,
    retried,
    run_message,
    status,
    status_counts,
    time_text,
    wanted_rows,
)
from pynb_dag_runner.runlog.records import PipelineRun, TaskRun

_CALM = ("success", "skip", "waiting", "running")
_MOST_PROBLEMS = 10
_MOST_RETRIES = 20
_MOST_ROWS = 300
_MOST_METRICS = 4


def summary(run: PipelineRun) -> str:
    """Verdict, failures, table of tasks, diagram; below 1 MiB whatever the run holds."""
    sections = [_headline(run), *_warnings(run), *_failures(run), _table(run), *_retries(run), *_diagram(run)]
    return "\n\n".join(sections) + "\n"


def marked(word: str) -> str:
    """A status, bold where it asks for attention."""
    return word if word in _CALM else f"**{word}**"


def _headline(run: PipelineRun) -> str:
    counts = ", ".join(f"{count} {word}" for word, count in status_counts(run).items())
    duration = duration_text(run.duration_s)
    facts = [f"run {markdown_code(run.run_id)}"]
    if run.environment:
        facts.append(f"environment {markdown_code(run.environment)}")
    if run.start_ns is not None:
        facts.append(f"started {time_text(run.start_ns)}")
    if run.revision:
        facts.append(f"revision {markdown_code(run.revision[:10])}{' with changes' if run.is_dirty else ''}")
    facts += [f"{markdown_code(name)} = {markdown_code(str(value))}" for name, value in run.settings.items()]
    lines = [
        f"### {markdown_code(run.pipeline)}: {marked(status(run))}{f' after {duration}' if duration else ''}",
        "",
        f"Tasks: {counts or 'none'}" + "".join(f" · {fact}" for fact in facts),
    ]
    message = run_message(run)
    return "\n".join([*lines, *(["", markdown_block(message)] if message else [])])


def _warnings(run: PipelineRun) -> Iterator[str]:
    for warning in run.warnings[:_MOST_PROBLEMS]:
        yield f"> Warning: {markdown_code(warning, 500)}"


def _failures(run: PipelineRun) -> Iterator[str]:
    found = problems(run)
    for problem in found[:_MOST_PROBLEMS]:
        yield "\n\n".join(_failure(problem))
    if len(found) > _MOST_PROBLEMS:
        yield f"… and {len(found) - _MOST_PROBLEMS} more tasks that did not succeed."


def _failure(problem: Problem) -> Iterator[str]:
    attempt = attempt_text(problem.attempt)
    yield f"#### {markdown_code(problem.task.id)}: {marked(problem.status)}{f' in {attempt}' if attempt else ''}"
    yield markdown_block(f"{problem.where}: {problem.what}" if problem.where else problem.what)
    if problem.stacktrace:
        yield f"<details><summary>Stack trace</summary>\n\n{markdown_block(problem.stacktrace[-8000:], 8000)}\n\n</details>"


def _table(run: PipelineRun) -> str:
    lines = ["| Task | Attempts | Duration | Result | Metrics |", "|:--|--:|--:|:--|:--|"]
    lines += [_row(task) for task in wanted_rows(run, _MOST_ROWS)]
    if len(run.tasks) > _MOST_ROWS:
        lines += ["", f"… and {len(run.tasks) - _MOST_ROWS} more tasks."]
    return "\n".join(lines)


def _row(task: TaskRun) -> str:
    metrics, others = key_metrics(task, _MOST_METRICS)
    shown = ", ".join(f"{markdown_code(name, 40)} {metric_text(value)}" for name, value in metrics)
    if others:
        shown += f", +{others} more"
    if task.skipped_because:
        shown = f"{markdown_code(task.skipped_because)} did not succeed"
    columns = [
        markdown_code(task.id),
        attempts_text(task),
        duration_text(task.duration_s) if task.attempts else "",
        marked(status(task)),
        shown,
    ]
    return f"| {' | '.join(columns)} |"


def _retries(run: PipelineRun) -> Iterator[str]:
    found = retried(run)
    if not found:
        return
    yield "<details><summary>Retried attempts</summary>"
    lines = []
    for problem, last in found[:_MOST_RETRIES]:
        what = f"{problem.where}: {problem.what}" if problem.where else problem.what
        attempt = f"attempt {attempts_range(problem, last)}"
        lines.append(f"- {markdown_code(problem.task.id)} {attempt}: {marked(problem.status)}, {markdown_code(what)}")
    if len(found) > _MOST_RETRIES:
        lines.append(f"- … and {len(found) - _MOST_RETRIES} more")
    yield "\n".join(lines)
    yield "</details>"


def _diagram(run: PipelineRun) -> Iterator[str]:
    if 1 < len(run.tasks) <= MOST_TASKS:
        yield f"```mermaid\n{dag(run)}```"
    elif run.tasks and len(run.tasks) > MOST_TASKS:
        yield f"The diagram is left out: {len(run.tasks)} tasks are more than a reader, or GitHub, can take in."
