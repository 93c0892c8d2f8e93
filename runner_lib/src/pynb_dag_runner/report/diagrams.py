"""Graph and times of a run for a job summary: as Mermaid where GitHub can draw it and a reader take it in, else as text.

GitHub's renderer stops at 500 edges or 50,000 characters, and above 60 boxes nobody reads a diagram.
"""

from __future__ import annotations

from collections.abc import Iterator

from pynb_dag_runner.report.escaping import markdown_block, markdown_code, mermaid_label, one_line
from pynb_dag_runner.report.fanout import Group, groups_of
from pynb_dag_runner.report.mermaid import Node, flowchart, gantt, run_label
from pynb_dag_runner.report.summary import status
from pynb_dag_runner.runlog.records import PipelineRun

MOST_NODES = 60
MOST_EDGES = 500
MOST_CHARACTERS = 50_000

_MOST_PLAIN_NODES = 12
_NAME_WIDTH = 32
_BAR_WIDTH = 48
_MOST_NEEDS = 6
_LONGEST_SECTION = 40
_NARROWEST_PIXELS = 75
_CHARACTER_PIXELS = 6


def dag_diagram(run: PipelineRun) -> str | None:
    """The graph as Mermaid, with equal tasks in one box where there are many; None where it cannot be drawn."""
    groups = groups_of(run, fewest=len(run.tasks) + 1 if len(run.tasks) <= _MOST_PLAIN_NODES else 3)
    nodes = [
        Node(str(place), [str(need) for need in group.needs if need != place], _label(group), status(group.first))
        for place, group in enumerate(groups)
    ]
    if len(nodes) > MOST_NODES or sum(len(node.needs) for node in nodes) > MOST_EDGES:
        return None
    text = flowchart(nodes)
    return text if len(text) < MOST_CHARACTERS else None


def gantt_diagram(run: PipelineRun, now_ns: int | None) -> str | None:
    """Attempts over time as Mermaid; None where there are too many."""
    if sum(bool(task.attempts) for task in run) > MOST_NODES:
        return None
    widest = max((len(one_line(task.id, _LONGEST_SECTION)) for task in run if task.attempts), default=0)
    padding = max(_NARROWEST_PIXELS, _CHARACTER_PIXELS * widest)
    # Mermaid itself draws long names over the bars.
    text = f'%%{{init: {{"gantt": {{"leftPadding": {padding}}}}}}}%%\n{gantt(run, now_ns)}'
    return text if len(text) < MOST_CHARACTERS else None


def dag_list(run: PipelineRun, most: int) -> str:
    """The graph as a list of Markdown: each task, or kind of task, and what it needs."""
    groups = groups_of(run)
    lines = [_item(group, groups) for group in groups[:most]]
    if len(groups) > most:
        lines.append(f"- … and {sum(len(group.tasks) for group in groups[most:])} more tasks")
    return "\n".join(lines)


def timeline(run: PipelineRun, most: int) -> str:
    """Tasks, or kinds of tasks, as bars of characters; those that ran longest where there are too many."""
    known = [(group, span) for group in groups_of(run) if (span := _span(group)) is not None]
    if not known:
        return ""
    start_ns = min(start for _, (start, _) in known)
    width_ns = max(1, max(end for _, (_, end) in known) - start_ns)
    longest = sorted(range(len(known)), key=lambda at: known[at][1][0] - known[at][1][1])[:most]
    lines = list(_bars([known[at] for at in sorted(longest)], start_ns, width_ns))
    if len(known) > most:
        lines.append(f"and {sum(len(group.tasks) for group, _ in known) - _count(known, longest)} more tasks")
    return markdown_block("\n".join(lines), 20_000)


def _label(group: Group) -> str:
    if len(group.tasks) == 1:
        return run_label(group.first)
    facts = [status(group.first), group.duration]
    return f"{mermaid_label(group.name)}{group.times} · {', '.join(fact for fact in facts if fact)}"


def _item(group: Group, groups: list[Group]) -> str:
    needs = [f"{markdown_code(groups[need].name, 60)}{groups[need].times}" for need in group.needs]
    others = [f"{len(needs) - _MOST_NEEDS} more"] if len(needs) > _MOST_NEEDS else []
    after = f", after {', '.join([*needs[:_MOST_NEEDS], *others])}" if needs else ""
    return f"- {markdown_code(group.name, 100)}{group.times}: {status(group.first)}{after}"


def _span(group: Group) -> tuple[int, int] | None:
    """From the first start of an attempt to the last end that is known, in nanoseconds."""
    attempts = [attempt for task in group.tasks for attempt in task.attempts if attempt.start_ns is not None]
    starts = [attempt.start_ns for attempt in attempts if attempt.start_ns is not None]
    if not starts:
        return None
    return min(starts), max([attempt.end_ns or 0 for attempt in attempts] + [min(starts)])


def _bars(rows: list[tuple[Group, tuple[int, int]]], start_ns: int, width_ns: int) -> Iterator[str]:
    for group, (first_ns, last_ns) in rows:
        left = (first_ns - start_ns) * _BAR_WIDTH // width_ns
        right = max(left + 1, -(-(last_ns - start_ns) * _BAR_WIDTH // width_ns))
        name = one_line(group.name, _NAME_WIDTH - len(group.times)) + group.times
        bar = f"{' ' * left}{'=' * (right - left)}"
        yield f"{name:<{_NAME_WIDTH}}  {bar:<{_BAR_WIDTH}}  {group.duration}  {status(group.first)}"


def _count(known: list[tuple[Group, tuple[int, int]]], places: list[int]) -> int:
    return sum(len(known[at][0].tasks) for at in places)
