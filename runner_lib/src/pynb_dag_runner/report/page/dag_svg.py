"""The tasks of a run and what needs what, as a drawing; the same as text below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pynb_dag_runner.report.page.anchors import Anchors
from pynb_dag_runner.report.page.elements import Html, element, joined, name
from pynb_dag_runner.report.page.layered import Layout, layered
from pynb_dag_runner.report.page.limits import left_out
from pynb_dag_runner.report.page.status import LOOKS, WORST_FIRST
from pynb_dag_runner.report.summary import duration_text, elapsed_s, running_time, status
from pynb_dag_runner.runlog.records import PipelineRun, State, TaskRun

_MOST_OF_A_NAME = 8
"""More tasks of one name are drawn as one node."""
_MOST_NODES = 150
_MOST_EDGES = 1500
_MOST_LINES = 300

_WIDTH, _HEIGHT = 196, 50
_COLUMN, _ROW = _WIDTH + 20, _HEIGHT + 44
_MARGIN = 8
_TITLE_CHARACTERS, _FACT_CHARACTERS = 23, 31


@dataclass(frozen=True)
class _Node:
    """One task, or all of one name."""

    title: str
    facts: str
    status: str
    href: str | None
    tasks: Sequence[TaskRun]


def dag_html(run: PipelineRun, anchors: Anchors, now_ns: int | None) -> Html:
    """Drawing and text; a statement instead where there are too many nodes."""
    groups = _groups(run)
    number = {task.id: index for index, tasks in enumerate(groups) for task in tasks}
    edges = _edges(run, number)
    if len(groups) > _MOST_NODES or len(edges) > _MOST_EDGES:
        size = f"{len(groups)} tasks with {len(edges)} needs"
        return left_out(f"The graph is left out: {size} are more than a drawing can show. The table lists the tasks.")
    nodes = [_node(tasks, anchors, now_ns) for tasks in groups]
    drawing = _drawing(nodes, edges, layered(len(nodes), edges))
    return element(
        "figure",
        element("div", drawing, class_="drawing", tabindex="0", role="region", aria_label="Graph of the tasks"),
        element("details", element("summary", "The graph as text"), _as_text(run, anchors)),
        class_="dag",
    )


def _groups(run: PipelineRun) -> list[list[TaskRun]]:
    """Tasks that share a node: those of a name that occurs often."""
    counts = Counter(task.name for task in run)
    groups: dict[tuple[str, str], list[TaskRun]] = {}
    for task in run:
        is_folded = counts[task.name] > _MOST_OF_A_NAME
        groups.setdefault(("name", task.name) if is_folded else ("id", task.id), []).append(task)
    return list(groups.values())


def _edges(run: PipelineRun, number: dict[str, int]) -> list[tuple[int, int]]:
    pairs = dict.fromkeys(
        (number[need], number[task.id]) for task in run for need in dict.fromkeys(task.needs) if need in number
    )
    return [(start, end) for start, end in pairs if start != end]


def _node(tasks: Sequence[TaskRun], anchors: Anchors, now_ns: int | None) -> _Node:
    first = tasks[0]
    if len(tasks) == 1:
        elapsed = elapsed_s(running_time(first), now_ns if first.state is State.RUNNING else None)
        duration = duration_text(elapsed) if first.attempts else ""
        title = first.name or first.id
        rest = first.id.removeprefix(title).strip("[]")
        retries = f"attempt {len(first.attempts)}" if len(first.attempts) > 1 else ""
        facts = " · ".join(part for part in (duration or LOOKS[status(first)].word, retries, rest) if part)
        return _Node(title, facts, status(first), anchors.href(first), tasks)
    counts = Counter(status(task) for task in tasks)
    worst = min(counts, key=WORST_FIRST.index)
    facts = ", ".join(f"{counts[word]} {LOOKS[word].word}" for word in WORST_FIRST if counts[word])
    hrefs = (anchors.href(task) for task in tasks if status(task) == worst)
    return _Node(f"{first.name} ×{len(tasks)}", facts, worst, next((href for href in hrefs if href), None), tasks)


def _drawing(nodes: Sequence[_Node], edges: Sequence[tuple[int, int]], layout: Layout) -> Html:
    width = round(layout.width * _COLUMN - (_COLUMN - _WIDTH) + 2 * _MARGIN)
    height = max(layout.nr_layers, 1) * _ROW - (_ROW - _HEIGHT) + 2 * _MARGIN
    lines = [element("path", d=_curve(path), class_="edge") for path in layout.paths]
    boxes = [_box(node, layout.x[index], layout.layer[index]) for index, node in enumerate(nodes)]
    return element(
        "svg",
        joined(lines),
        joined(boxes),
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="group",
        aria_label=f"{len(nodes)} tasks, {len(edges)} needs",
        # On a phone it shrinks, but not until nobody can read it.
        style=f"min-width:{round(0.7 * width)}px;max-width:{width}px",
    )


def _box(node: _Node, x: float, layer: int) -> Html:
    left, top = _left(x), _top(layer)
    shadow = [
        element("rect", x=left + 5, y=top + 5, width=_WIDTH, height=_HEIGHT, rx=7, class_="box behind")
        for _ in node.tasks[1:2]
    ]
    texts = [
        element("path", d=LOOKS[node.status].path, class_="sign", transform="translate(10 10)"),
        element("text", _cut(node.title, _TITLE_CHARACTERS), x=34, y=22, class_="title"),
        element("text", _cut(node.facts, _FACT_CHARACTERS), x=11, y=40, class_="facts"),
    ]
    drawn = [
        element("title", f"{node.tasks[0].id if len(node.tasks) == 1 else node.title}: {LOOKS[node.status].word}"),
        *shadow,
        element("rect", x=left, y=top, width=_WIDTH, height=_HEIGHT, rx=7, class_="box"),
        # A drawing in a drawing cuts off what is wider than the box: nobody knows how wide the letters will be.
        element("svg", texts, x=left, y=top, width=_WIDTH - 6, height=_HEIGHT),
    ]
    if node.href is None:
        return element("g", *drawn, class_=f"node {node.status}")
    return element("a", *drawn, href=node.href, class_=f"node {node.status}")


def _curve(path: Sequence[tuple[float, int]]) -> str:
    """Down from the lower side of the first node to the upper side of the last, through the gaps between others."""
    (x, layer), *rest = path
    is_up = bool(rest) and rest[-1][1] < layer
    parts = [f"M{_middle(x)} {_top(layer) + (0 if is_up else _HEIGHT)}"]
    for index, (x, layer) in enumerate(rest):
        is_last = index == len(rest) - 1
        near, far = (_top(layer) + _HEIGHT, _top(layer)) if is_up else (_top(layer), _top(layer) + _HEIGHT)
        before_x, before_layer = path[index]
        start = _top(before_layer) + (0 if is_up else _HEIGHT)
        half = (start + near) / 2
        parts.append(f"C{_middle(before_x)} {half} {_middle(x)} {half} {_middle(x)} {near}")
        if not is_last:
            parts.append(f"V{far}")
    return "".join(parts)


def _left(x: float) -> float:
    return round(_MARGIN + x * _COLUMN, 1)


def _middle(x: float) -> float:
    return round(_left(x) + _WIDTH / 2, 1)


def _top(layer: int) -> int:
    return _MARGIN + layer * _ROW


def _cut(text: str, limit: int) -> str:
    line = " ".join(text[:500].split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _as_text(run: PipelineRun, anchors: Anchors) -> Html:
    return joined([element("ul", _text_lines(run, anchors), class_="graph-text")])


def _text_lines(run: PipelineRun, anchors: Anchors) -> Iterator[Html]:
    for task in list(run)[:_MOST_LINES]:
        needs = joined(part for need in task.needs[:50] for part in (name(need), ", "))
        needed = Html(needs.removesuffix(", ")) if needs else Html("nothing")
        more = f" and {len(task.needs) - 50} more" if len(task.needs) > 50 else ""
        yield element("li", anchors.link(task), f" ({LOOKS[status(task)].word}) needs ", needed, more)
    if len(run.tasks) > _MOST_LINES:
        yield element("li", f"… and {len(run.tasks) - _MOST_LINES} more tasks")
