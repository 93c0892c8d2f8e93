"""A pipeline or a run as Mermaid text: the DAG, and attempts over time.

Ids in the diagrams are numbered, never made from names; labels are escaped. So nothing in a task's id can be taken for
syntax: quotes, brackets, ``#``, or the word ``end``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pynb_dag_runner.report.escaping import mermaid_label
from pynb_dag_runner.report.summary import attempts_text, duration_text, running_time, status
from pynb_dag_runner.runlog.records import Attempt, PipelineRun, State, TaskRun

if TYPE_CHECKING:
    from pynb_dag_runner.dag.pipeline import Pipeline

_SHORTEST_WAIT_NS = 100_000_000
_NS_PER_MS = 1_000_000

_NODE_CLASSES = {
    "success": "fill:#dcfce7,stroke:#15803d,color:#14532d",
    "reused": "fill:#f0fdf4,stroke:#15803d,color:#14532d,stroke-dasharray:2",
    "failure": "fill:#fee2e2,stroke:#b91c1c,color:#7f1d1d,stroke-width:3px",
    "error": "fill:#fae8ff,stroke:#a21caf,color:#701a75,stroke-width:3px",
    "timeout": "fill:#ffedd5,stroke:#c2410c,color:#7c2d12,stroke-width:3px",
    "cancellation": "fill:#fef9c3,stroke:#a16207,color:#713f12",
    "interrupted": "fill:#fef9c3,stroke:#a16207,color:#713f12,stroke-dasharray:2",
    "running": "fill:#dbeafe,stroke:#1d4ed8,color:#1e3a8a",
    "skip": "fill:#f3f4f6,stroke:#6b7280,color:#374151,stroke-dasharray:4",
    "waiting": "fill:#f9fafb,stroke:#9ca3af,color:#374151,stroke-dasharray:2",
    "planned": "fill:#f9fafb,stroke:#4b5563,color:#111827",
}


@dataclass(frozen=True)
class Node:
    """A box of a flowchart: ``label`` is escaped, ``style`` is a status."""

    id: str
    needs: Sequence[str]
    label: str
    style: str


class _Ranged(Protocol):
    start_ns: int | None
    end_ns: int | None


def dag(source: PipelineRun | Pipeline) -> str:
    """The DAG of a run, with results, or of a pipeline that has not run, as a flowchart from top to bottom."""
    if isinstance(source, PipelineRun):
        nodes = [Node(task.id, task.needs, run_label(task), status(task)) for task in source]
    else:
        nodes = [
            Node(task.id, [need.id for need in task.needs], mermaid_label(task.id), "planned") for task in source.tasks
        ]
    return flowchart(nodes)


def flowchart(nodes: Sequence[Node]) -> str:
    """Boxes and arrows from top to bottom."""
    return "".join(f"{line}\n" for line in _flowchart(nodes))


def gantt(run: PipelineRun, now_ns: int | None = None) -> str:
    """Attempts of a run as bars: waiting grey (``done``), running ``active``, what did not succeed red (``crit``).

    What has no end yet is drawn up to ``now_ns`` while the run goes on, else up to the last moment that was recorded.
    """
    last_ns = _last_moment(run)
    if run.state is State.RUNNING and now_ns is not None:
        last_ns = max(last_ns, now_ns)
    lines = [
        "gantt",
        f"    title {mermaid_label(run.pipeline or 'pipeline')}",
        "    dateFormat x",
        "    axisFormat %H:%M:%S",
    ]
    number = 0
    for task in run:
        bars = list(_bars(run, task, last_ns))
        if bars:
            lines.append(f"    section {mermaid_label(task.id)}")
        for label, tag, start_ns, end_ns in bars:
            start_ms = start_ns // _NS_PER_MS
            end_ms = max(end_ns // _NS_PER_MS, start_ms + 1)
            lines.append(f"    {label} :{tag}b{number}, {start_ms}, {end_ms}")
            number += 1
    if number == 0:
        # Mermaid draws no empty chart.
        start_ms = (run.start_ns or 0) // _NS_PER_MS
        lines += ["    section no task was started", f"    nothing :b0, {start_ms}, {start_ms + 1}"]
    return "".join(f"{line}\n" for line in lines)


def _flowchart(nodes: Sequence[Node]) -> Iterator[str]:
    yield "flowchart TB"
    if not nodes:
        yield '    empty["no tasks"]'
    numbers = {node.id: f"t{number}" for number, node in enumerate(nodes)}
    for node in nodes:
        yield f'    {numbers[node.id]}["{node.label}"]:::{node.style}'
    for node in nodes:
        for need in node.needs:
            if need in numbers:
                yield f"    {numbers[need]} --> {numbers[node.id]}"
    for style in dict.fromkeys(node.style for node in nodes):
        yield f"    classDef {style} {_NODE_CLASSES[style]}"


def run_label(task: TaskRun) -> str:
    """The label of one task's box: its id, and how it went."""
    facts = [status(task), duration_text(running_time(task).duration_s) if task.attempts else ""]
    if len(task.attempts) > 1:
        facts.append(f"attempts {attempts_text(task)}")
    # On one line, which a narrow box breaks: a <br/> hangs some renderers.
    return f"{mermaid_label(task.id)} · {', '.join(fact for fact in facts if fact)}"


def _bars(run: PipelineRun, task: TaskRun, last_ns: int) -> Iterator[tuple[str, str, int, int]]:
    """Label, tag, start and end of each bar of one task, in nanoseconds."""
    waiting_since = _ready_since(run, task)
    for attempt in task.attempts:
        if attempt.start_ns is None:
            continue
        if waiting_since is not None and attempt.start_ns - waiting_since >= _SHORTEST_WAIT_NS:
            yield "waiting", "done, ", waiting_since, attempt.start_ns
        word = status(attempt)
        yield f"attempt {attempt.number} {word}", _tag(attempt), attempt.start_ns, attempt.end_ns or last_ns
        waiting_since = attempt.end_ns
    is_waiting = task.state is State.RUNNING and all(attempt.end_ns is not None for attempt in task.attempts)
    if is_waiting and waiting_since is not None and last_ns > waiting_since:
        yield "waiting", "done, ", waiting_since, last_ns


def _tag(attempt: Attempt) -> str:
    word = status(attempt)
    return "" if word == "success" else "active, " if word == "running" else "crit, "


def _ready_since(run: PipelineRun, task: TaskRun) -> int | None:
    """When the last of the tasks it needs ended; the run's start for a task that needs none."""
    if not task.needs:
        return run.start_ns
    ends = [run.tasks[need].end_ns if need in run.tasks else None for need in task.needs]
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None


def _last_moment(run: PipelineRun) -> int:
    moments = list(_moments([run, *run, *(attempt for task in run for attempt in task.attempts)]))
    return max(moments, default=0)


def _moments(parts: Iterable[_Ranged]) -> Iterator[int]:
    for part in parts:
        for moment in (part.start_ns, part.end_ns):
            if moment is not None:
                yield moment
