"""How a run stands, what went wrong in it and what its tasks did, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from pynb_dag_runner.report.escaping import markdown_block, markdown_code, markdown_link
from pynb_dag_runner.report.links import Links
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
    reused,
    run_message,
    running_time,
    status,
    status_counts,
    time_text,
    wanted_rows,
)
from pynb_dag_runner.runlog.records import PipelineRun, State, TaskRun

_CALM = ("success", "reused", "skip", "waiting", "running")
_MOST_SETTINGS = 10
_MOST_WARNINGS = 5
_MOST_METRICS = 4
_LONGEST_TRACE = 8000


def marked(word: str) -> str:
    """A status, bold where it asks for attention."""
    return word if word in _CALM else f"**{word}**"


def headline(run: PipelineRun, links: Links) -> str:
    """Verdict and facts of the run, and where to look next."""
    counts = ", ".join(f"{count} {word}" for word, count in status_counts(run).items())
    duration = duration_text(run.duration_s)
    lines = [
        f"### {markdown_code(run.pipeline)}: {marked(status(run))}{f' after {duration}' if duration else ''}",
        f"Tasks: {counts or 'none'}" + "".join(f" · {fact}" for fact in _facts(run)),
    ]
    lines += [_reused(run_id, tasks) for run_id, tasks in list(reused(run).items())[:_MOST_SETTINGS]]
    message = run_message(run)
    lines += [markdown_block(message)] if message else []
    lines += [f"> Warning: {markdown_code(warning, 500)}" for warning in run.warnings[:_MOST_WARNINGS]]
    if len(run.warnings) > _MOST_WARNINGS:
        lines.append(f"… and {len(run.warnings) - _MOST_WARNINGS} more warnings.")
    shown = " · ".join(_links(links))
    return "\n\n".join([*lines, *([shown] if shown else [])])


def _reused(run_id: str, tasks: list[TaskRun]) -> str:
    count = "1 task" if len(tasks) == 1 else f"{len(tasks)} tasks"
    return f"Reused from run {markdown_code(run_id)}: {count}, whose metrics are no new measurements."


def failures(run: PipelineRun, links: Links, most: int, with_traces: bool) -> str:
    """Why tasks did not succeed, the first to fail first; empty where all is well."""
    found = sorted(problems(run), key=_moment)
    blocks = ["\n\n".join(_failure(problem, links, with_traces)) for problem in found[:most]]
    if blocks and len(found) > 1:
        blocks[0] = f"{counted_failures(len(found))} This one was the first:\n\n{blocks[0]}"
    if not found:
        blocks += _interrupted(run, links)
    if len(found) > most:
        blocks.append(f"… and {len(found) - most} more tasks that did not succeed.")
    return "\n\n".join(blocks)


def counted_failures(count: int) -> str:
    """``3 tasks did not succeed.``"""
    return f"{count} task{'' if count == 1 else 's'} did not succeed."


def task_table(run: PipelineRun, links: Links, shown: int, folded: int) -> str:
    """Tasks with attempts, duration, result and metrics; where there are many, the rest is folded away, or counted."""
    rows = wanted_rows(run, shown)
    parts = [_table(rows, links)] if rows else []
    known = {task.id for task in rows}
    others = [task for task in wanted_rows(run, shown + folded) if task.id not in known]
    if others:
        title = f"{len(others)} more tasks"
        parts.append(f"<details><summary>{title}</summary>\n\n{_table(others, links)}\n\n</details>")
    left_out = len(run.tasks) - len(rows) - len(others)
    if left_out:
        parts.append(f"… and {left_out} more tasks." if parts else f"The table of {left_out} tasks is left out.")
    return "\n\n".join(parts)


def retries(run: PipelineRun, most: int) -> str:
    """Attempts that were followed by another, folded away; empty where there are none."""
    found = retried(run)
    if not found:
        return ""
    lines = []
    for problem, last in found[:most]:
        what = f"{problem.where}: {problem.what}" if problem.where else problem.what
        attempt = f"attempt {attempts_range(problem, last)}"
        lines.append(f"- {markdown_code(problem.task.id)} {attempt}: {marked(problem.status)}, {markdown_code(what)}")
    if len(found) > most:
        lines.append(f"- … and {len(found) - most} more")
    return "\n\n".join(["<details><summary>Retried attempts</summary>", "\n".join(lines), "</details>"])


def metrics_table(run: PipelineRun, most: int) -> str:
    """Every metric of every task, folded away; empty where there are none beside those in the table of tasks."""
    if all(len(task.metrics) <= _MOST_METRICS for task in run):
        return ""
    found = [(task.id, name, value) for task in run for name, value in task.metrics.items()]
    lines = ["| Metric | Task | Value |", "|:--|:--|--:|"]
    lines += [
        f"| {markdown_code(name)} | {markdown_code(task)} | {metric_text(value)} |"
        for task, name, value in found[:most]
    ]
    more = [f"… and {len(found) - most} more."] if len(found) > most else []
    title = f"<details><summary>All {len(found)} metrics</summary>"
    return "\n\n".join([title, "\n".join(lines), *more, "</details>"])


def _facts(run: PipelineRun) -> list[str]:
    facts = [f"run {markdown_code(run.run_id)}"]
    if run.environment:
        facts.append(f"environment {markdown_code(run.environment)}")
    if run.start_ns is not None:
        facts.append(f"started {time_text(run.start_ns)}")
    if run.revision:
        facts.append(f"revision {markdown_code(run.revision[:10])}{' with changes' if run.is_dirty else ''}")
    settings = list(run.settings.items())
    facts += [f"{markdown_code(name)} = {markdown_code(str(value))}" for name, value in settings[:_MOST_SETTINGS]]
    if len(settings) > _MOST_SETTINGS:
        facts.append(f"{len(settings) - _MOST_SETTINGS} more settings")
    return facts


def _links(links: Links) -> Iterator[str]:
    for url, label in (
        (links.run, "Run in the tracker"),
        (links.pull_request, "Pull request in the tracker"),
        (links.report, "Run report"),
        (links.job, "Workflow run"),
    ):
        if url is not None:
            yield markdown_link(url, label)
    if links.run is not None:
        yield "pages in the tracker exist once it is published"


def _moment(problem: Problem) -> tuple[bool, int]:
    end_ns = problem.task.end_ns
    return end_ns is None, end_ns or 0


def _failure(problem: Problem, links: Links, with_trace: bool) -> Iterator[str]:
    attempt = attempt_text(problem.attempt)
    name = markdown_link(links.of_task(problem.task.id), markdown_code(problem.task.id))
    yield f"#### {name}: {marked(problem.status)}{f' in {attempt}' if attempt else ''}"
    yield markdown_block(f"{problem.where}: {problem.what}" if problem.where else problem.what)
    if problem.stacktrace and with_trace:
        trace = markdown_block(problem.stacktrace[-_LONGEST_TRACE:], _LONGEST_TRACE)
        yield f"<details><summary>Stack trace</summary>\n\n{trace}\n\n</details>"


def _interrupted(run: PipelineRun, links: Links) -> Iterator[str]:
    """What ran when a run was cut off or cancelled: the place to look at."""
    cut = [task for task in run if task.attempts and status(task) in (State.INTERRUPTED.value, "cancellation")]
    if cut:
        names = [markdown_link(links.of_task(task.id), markdown_code(task.id)) for task in cut[:10]]
        more = f" and {len(cut) - 10} more" if len(cut) > 10 else ""
        yield f"Running when it ended: {', '.join(names)}{more}."


def _table(tasks: list[TaskRun], links: Links) -> str:
    head = ["| Task | Attempts | Duration | Result | Metrics |", "|:--|--:|--:|:--|:--|"]
    return "\n".join([*head, *(_row(task, links) for task in tasks)])


def _row(task: TaskRun, links: Links) -> str:
    metrics, others = key_metrics(task, _MOST_METRICS)
    shown = ", ".join(f"{markdown_code(name, 40)} {metric_text(value)}" for name, value in metrics)
    if others:
        shown += f", +{others} more"
    if task.skipped_because:
        shown = f"{markdown_code(task.skipped_because)} did not succeed"
    columns = [
        markdown_link(links.of_task(task.id), markdown_code(task.id)),
        attempts_text(task),
        duration_text(running_time(task).duration_s) if task.attempts else "",
        marked(status(task)),
        shown,
    ]
    return f"| {' | '.join(columns)} |"
