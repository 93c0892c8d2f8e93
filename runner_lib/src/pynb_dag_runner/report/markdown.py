"""A run as Markdown, made for the job summary of GitHub Actions.

Everything that comes from the run log is escaped. GitHub refuses a summary above 1 MiB while the job stays green, and a
large one helps nobody: each section comes in several sizes, and what matters most chooses first. What is left out is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from pynb_dag_runner.report import diagrams, markdown_tasks
from pynb_dag_runner.report.comparison import Comparison, NoComparison
from pynb_dag_runner.report.links import NO_LINKS, Links
from pynb_dag_runner.report.markdown_comparison import Room, comparison_markdown
from pynb_dag_runner.report.summary import problems, retried
from pynb_dag_runner.runlog.records import PipelineRun

MOST_BYTES = 200_000
"""As UTF-8. GitHub's limit is 1 MiB for all that one step writes."""

_MOST_LINES = 60

Render: TypeAlias = Callable[[], str]


@dataclass(frozen=True)
class _Section:
    """Ways to write it, from the richest to one line that says what is left out; ``rank`` 0 chooses first."""

    rank: int
    ways: list[Render]


def summary(
    run: PipelineRun,
    links: Links = NO_LINKS,
    comparison: Comparison | NoComparison | None = None,
    now_ns: int | None = None,
) -> str:
    """Verdict, failures, comparison with main, tasks and diagrams, in at most :data:`MOST_BYTES`.

    What still runs is drawn up to ``now_ns``.
    """
    sections = list(_sections(run, links, comparison, now_ns))
    texts = [section.ways[-1]() for section in sections]
    left_bytes = MOST_BYTES - sum(_size(text) for text in texts)
    for place in sorted(range(len(sections)), key=lambda at: sections[at].rank):
        left_bytes += _size(texts[place])
        for write in sections[place].ways:
            text = write()
            # Half of what is left: the sections that choose later matter, too.
            if _size(text) <= left_bytes // 2:
                texts[place] = text
                break
        left_bytes -= _size(texts[place])
    return "\n\n".join(text for text in texts if text) + "\n"


def _size(text: str) -> int:
    return len(text.encode("utf-8")) + len("\n\n")


def _sections(
    run: PipelineRun, links: Links, comparison: Comparison | NoComparison | None, now_ns: int | None
) -> Iterator[_Section]:
    """In the order in which they are read."""
    yield _Section(0, [partial(markdown_tasks.headline, run, links)])
    yield _Section(1, list(_failures(run, links)))
    if comparison is not None:
        rooms = (Room(15, 200), Room(15, 50), Room(5, 0), Room(0, 0))
        yield _Section(2, [partial(comparison_markdown, comparison, links, room) for room in rooms])
    sizes = ((20, 280), (20, 80), (20, 0), (10, 0), (0, 0))
    yield _Section(3, [partial(_titled, "Tasks", markdown_tasks.task_table, run, links, *size) for size in sizes])
    yield _Section(5, list(_retries(run)))
    if len(run.tasks) > 1:
        yield _Section(4, list(_graph(run)))
    if any(task.attempts for task in run):
        yield _Section(4, list(_times(run, now_ns)))
    if not isinstance(comparison, Comparison):
        yield _Section(6, list(_metrics(run)))


def _failures(run: PipelineRun, links: Links) -> Iterator[Render]:
    for most, with_traces in ((10, True), (3, True), (3, False), (1, False)):
        yield partial(markdown_tasks.failures, run, links, most, with_traces)
    count = len(problems(run))
    yield partial(str, f"{markdown_tasks.counted_failures(count)}" if count else "")


def _retries(run: PipelineRun) -> Iterator[Render]:
    yield from (partial(markdown_tasks.retries, run, most) for most in (20, 5))
    count = len(retried(run))
    yield partial(str, f"{count} retried attempts are left out." if count else "")


def _graph(run: PipelineRun) -> Iterator[Render]:
    diagram = diagrams.dag_diagram(run)
    if diagram is not None:
        yield partial(_titled, "Graph", str, f"```mermaid\n{diagram}```")
    for most in (_MOST_LINES, 10):
        yield partial(_titled, "Graph", diagrams.dag_list, run, most)
    yield partial(str, f"The graph of {len(run.tasks)} tasks is left out.")


def _times(run: PipelineRun, now_ns: int | None) -> Iterator[Render]:
    diagram = diagrams.gantt_diagram(run, now_ns)
    if diagram is not None:
        yield partial(_titled, "Time", str, f"```mermaid\n{diagram}```")
    for most in (_MOST_LINES, 10):
        yield partial(_titled, "Time", diagrams.timeline, run, most)
    yield partial(str, "The times of the tasks are left out.")


def _metrics(run: PipelineRun) -> Iterator[Render]:
    yield from (partial(markdown_tasks.metrics_table, run, most) for most in (200, 50))
    count = sum(len(task.metrics) for task in run)
    yield partial(str, f"The table of {count} metrics is left out." if count else "")


def _titled(title: str, content: Callable[..., str], *arguments: object) -> str:
    return f"#### {title}\n\n{content(*arguments)}"
