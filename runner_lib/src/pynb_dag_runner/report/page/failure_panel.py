"""Why the run did not succeed: the earliest failure with all that is known, the others short, retried attempts apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.report.page.anchors import Anchors
from pynb_dag_runner.report.page.ansi import ansi_html
from pynb_dag_runner.report.page.code import numbered_code
from pynb_dag_runner.report.page.contents import Contents, NotShownError
from pynb_dag_runner.report.page.elements import Child, Html, element, joined, name
from pynb_dag_runner.report.page.limits import MOST_OF_A_TEXT, both_ends, ending, left_out
from pynb_dag_runner.report.page.notebook_cells import failed_cell
from pynb_dag_runner.report.page.notebook_json import NotebookCell
from pynb_dag_runner.report.page.outputs import without_overwritten
from pynb_dag_runner.report.page.status import badge
from pynb_dag_runner.report.summary import (
    Problem,
    attempt_text,
    attempts_range,
    problem_of,
    problems,
    retried,
    skipped,
    status,
)
from pynb_dag_runner.runlog.records import Attempt, PipelineRun, State, TaskRun

_LAST_LINES = 30
_MOST_OTHERS = 20
_MOST_RETRIES = 100
_MOST_SKIPPED = 50
_LATEST_NS = 2**63


def failure_html(run: PipelineRun, contents: Contents, anchors: Anchors) -> Html | None:
    """The panel; None for a run in which nothing went wrong."""
    found = sorted(problems(run), key=_ended_ns)
    unfinished = _cut_off(run)
    if not found and not unfinished:
        return None
    first = found[0] if found else problem_of(*unfinished[0])
    others = [*found[1:], *(problem_of(*pair) for pair in unfinished[0 if found else 1 :])]
    return element(
        "section",
        element("h2", "Why it did not succeed" if run.state is not State.RUNNING else "What went wrong so far"),
        _main(first, contents, anchors),
        _followers(run, first.task, anchors),
        _others(others, anchors),
        class_=f"panel failure-panel {first.status}",
        id="failure",
        aria_label="Failure",
    )


def retries_html(run: PipelineRun, anchors: Anchors) -> Html | None:
    """Attempts that did not succeed and were followed by another; None where there are none."""
    rows = retried(run)
    if not rows:
        return None
    lines = [
        element(
            "li",
            anchors.link(first.task),
            f" attempt {attempts_range(first, last)} ",
            badge(first.status),
            element("pre", _with_place(first)[:2000], class_="what"),
        )
        for first, last in rows[:_MOST_RETRIES]
    ]
    more = left_out(f"{len(rows) - _MOST_RETRIES} more are not shown.") if len(rows) > _MOST_RETRIES else None
    return element(
        "details",
        element("summary", "Retried attempts", element("span", f" {_count(rows)}", class_="muted")),
        element("ul", lines, class_="retries"),
        more,
        class_="panel",
    )


def _count(rows: Sequence[tuple[Problem, Problem]]) -> int:
    return sum(last.attempt.number - first.attempt.number + 1 for first, last in rows)


def _ended_ns(problem: Problem) -> int:
    attempt = problem.attempt
    return attempt.end_ns or attempt.start_ns or _LATEST_NS


def _cut_off(run: PipelineRun) -> list[tuple[TaskRun, Attempt]]:
    """Attempts that were on their way when the run was interrupted or cancelled."""
    if run.state is State.RUNNING or run.result is Result.SUCCESS:
        return []
    last = ((task, task.last_attempt) for task in run)
    return [
        (task, attempt)
        for task, attempt in last
        if attempt is not None and status(attempt) in ("interrupted", "cancellation")
    ]


def _main(problem: Problem, contents: Contents, anchors: Anchors) -> Html:
    attempt = attempt_text(problem.attempt)
    cell, reason = _cell_of(problem, contents)
    seen_in_notebook = None
    if cell is not None and (href := anchors.href(problem.task)):
        href = f"#{anchors.failed_cell_id(problem.task)}"
        seen_in_notebook = element("a", "See it in its notebook", href=href)
    return joined(
        [
            element(
                "h3",
                badge(problem.status),
                " ",
                anchors.link(problem.task),
                element("span", f" {attempt}", class_="muted") if attempt else None,
            ),
            element("p", element("code", name(problem.where, 300)), class_="where") if problem.where else None,
            element("pre", both_ends(problem.what, 4000), class_="what"),
            _cell(cell, problem) if cell is not None else None,
            left_out(f"The notebook is not shown: {reason}.") if reason else None,
            element("p", seen_in_notebook) if seen_in_notebook else None,
            _trace(problem, contents),
            _last_lines(problem.attempt, contents),
        ]
    )


def _cell_of(problem: Problem, contents: Contents) -> tuple[NotebookCell | None, str]:
    """The cell that failed, and why it cannot be shown where there should be one."""
    artifact = problem.attempt.notebook
    if artifact is None:
        return None, ""
    try:
        return failed_cell(contents.notebook(artifact), problem.attempt.cells), ""
    except NotShownError as error:
        return None, str(error)


def _cell(cell: NotebookCell, problem: Problem) -> Html:
    recorded = next((known for known in problem.attempt.cells if known.index == cell.index), None)
    start = recorded.line if recorded is not None else None
    exception = problem.attempt.exceptions[-1] if problem.attempt.exceptions else None
    line = exception.line if exception is not None and start is not None else None
    return joined(
        [
            element("h4", f"The cell that failed{'' if start is None else f', from line {start}'}"),
            numbered_code(both_ends(cell.source, 10_000), "python", start or 1, line),
        ]
    )


def _trace(problem: Problem, contents: Contents) -> Html | None:
    if not problem.stacktrace:
        return None
    trace = element("pre", ansi_html(both_ends(problem.stacktrace)), class_="output error", tabindex="0")
    return joined([element("h4", "Traceback"), contents.embedded(trace, f"traceback of {problem.task.id}")])


def _last_lines(attempt: Attempt, contents: Contents) -> Html | None:
    pieces: list[str] = []
    length = 0
    for output in reversed(attempt.outputs):
        pieces.append(output.text)
        length += len(output.text)
        if length > MOST_OF_A_TEXT:
            break
    text, _ = ending(without_overwritten("".join(reversed(pieces))).rstrip("\n"))
    if not text:
        return None
    lines = text.split("\n")[-_LAST_LINES:]
    title = f"The last {len(lines)} lines that it printed" if len(lines) > 1 else "The last line that it printed"
    shown = element("pre", ansi_html("\n".join(lines)), class_="output stdout", tabindex="0")
    return joined([element("h4", title), contents.embedded(shown, "printed output")])


def _followers(run: PipelineRun, cause: TaskRun, anchors: Anchors) -> Html | None:
    """What was not run because of ``cause``."""
    tasks = skipped(run).get(cause.id, [])
    if not tasks:
        return None
    links: list[Child] = []
    for task in tasks[:_MOST_SKIPPED]:
        links += [", ", anchors.link(task)] if links else [anchors.link(task)]
    more = f" and {len(tasks) - _MOST_SKIPPED} more" if len(tasks) > _MOST_SKIPPED else ""
    count = "One task was skipped" if len(tasks) == 1 else f"{len(tasks)} tasks were skipped"
    return element("p", badge("skip"), f" {count} because of it: ", links, more, class_="followers")


def _others(found: Sequence[Problem], anchors: Anchors) -> Html | None:
    if not found:
        return None
    count = "Another task" if len(found) == 1 else f"{len(found)} other tasks"
    return joined([element("h3", f"{count} did not succeed"), element("ul", _other_lines(found, anchors))])


def _other_lines(found: Sequence[Problem], anchors: Anchors) -> Iterator[Html]:
    for problem in found[:_MOST_OTHERS]:
        what = element("pre", _with_place(problem)[:2000], class_="what")
        yield element("li", badge(problem.status), " ", anchors.link(problem.task), what)
    if len(found) > _MOST_OTHERS:
        yield element("li", f"… and {len(found) - _MOST_OTHERS} more, which the table of tasks lists")


def _with_place(problem: Problem) -> str:
    return f"{problem.where}: {problem.what}" if problem.where else problem.what
