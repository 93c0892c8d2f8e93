"""When attempts ran and what they waited for, as a drawing as wide as the screen; the same as a table below it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pynb_dag_runner.report.page.anchors import Anchors
from pynb_dag_runner.report.page.elements import Html, element, joined, name
from pynb_dag_runner.report.page.limits import left_out
from pynb_dag_runner.report.page.status import LOOKS, WORST_FIRST
from pynb_dag_runner.report.page.tables import Column, table
from pynb_dag_runner.report.summary import duration_text, status, wanted_rows
from pynb_dag_runner.runlog.records import PipelineRun, State, TaskRun

_MOST_ROWS = 100
_MOST_BARS_OF_A_TASK = 40
_ROW, _BAR, _TOP = 40, 13, 24
_SHORTEST_WAIT_NS = 100_000_000
_NARROWEST = 0.35
"""Percent of the width, so that a bar can be seen."""


@dataclass(frozen=True)
class _Bar:
    """An attempt, or what a task waited before it (``status`` is then ``queued``)."""

    status: str
    label: str
    start_ns: int
    end_ns: int


def gantt_html(run: PipelineRun, anchors: Anchors, now_ns: int | None) -> Html:
    """Drawing and table; a sentence where nothing was started."""
    last_ns = _last_moment(run, now_ns)
    tasks = [task for task in wanted_rows(run, _MOST_ROWS) if any(attempt.start_ns for attempt in task.attempts)]
    rows = [(task, list(_bars(run, task, last_ns))) for task in tasks]
    bars = [bar for _, row in rows for bar in row]
    if not bars:
        return element("p", "No task was started.", class_="muted")
    first_ns = min([run.start_ns or bars[0].start_ns, *(bar.start_ns for bar in bars)])
    scale = _Scale(first_ns, max(max(bar.end_ns for bar in bars), first_ns + 1))
    others = len(run.tasks) - len(tasks)
    return element(
        "figure",
        _legend(bars),
        _drawing(rows, scale, anchors),
        left_out(f"{others} more tasks are not drawn.") if len(run.tasks) > _MOST_ROWS else None,
        element("details", element("summary", "Attempts as a table"), _as_table(rows, first_ns, anchors)),
        class_="gantt",
    )


class _Scale:
    """From nanoseconds to percent of the width."""

    def __init__(self, first_ns: int, last_ns: int) -> None:
        self._first_ns = first_ns
        self._span_ns = last_ns - first_ns

    def percent(self, time_ns: int) -> float:
        return round(100 * (time_ns - self._first_ns) / self._span_ns, 3)

    def ticks(self) -> list[tuple[float, str]]:
        """Three to six round times since the start."""
        seconds = self._span_ns / 1e9
        rough = seconds / 4
        power = 10.0 ** math.floor(math.log10(rough))
        steps = [power, 2 * power, 5 * power, 10 * power]
        if rough > 30:
            steps = [30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 86400, *steps]
        step = next((step for step in steps if step >= rough), 10 * power)
        times = [step * number for number in range(int(seconds / step) + 1)]
        return [(100 * time / seconds, _time_label(time)) for time in times if time / seconds < 0.93]


def _time_label(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 120:
        return f"{minutes} min" + (f" {rest} s" if rest else "")
    return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")


def _bars(run: PipelineRun, task: TaskRun, last_ns: int) -> Iterator[_Bar]:
    waiting_since = _ready_since(run, task)
    earlier, drawn = task.attempts[:-_MOST_BARS_OF_A_TASK], task.attempts[-_MOST_BARS_OF_A_TASK:]
    if earlier:
        start_ns, end_ns = earlier[0].start_ns, drawn[0].start_ns
        if start_ns is not None and end_ns is not None:
            yield _Bar("queued", f"{len(earlier)} earlier attempts", start_ns, max(start_ns, end_ns))
        waiting_since = None
    for attempt in drawn:
        if attempt.start_ns is None:
            continue
        if waiting_since is not None and attempt.start_ns - waiting_since >= _SHORTEST_WAIT_NS:
            yield _Bar("queued", "waiting", waiting_since, attempt.start_ns)
        end_ns = max(attempt.end_ns or last_ns, attempt.start_ns)
        yield _Bar(status(attempt), f"attempt {attempt.number}", attempt.start_ns, end_ns)
        waiting_since = attempt.end_ns
    is_waiting = task.state is State.RUNNING and all(attempt.end_ns is not None for attempt in task.attempts)
    if is_waiting and waiting_since is not None and last_ns > waiting_since:
        yield _Bar("queued", "waiting", waiting_since, last_ns)


def _ready_since(run: PipelineRun, task: TaskRun) -> int | None:
    """When the last of the tasks it needs ended; the run's start for a task that needs none."""
    if not task.needs:
        return run.start_ns
    ends = [run.tasks[need].end_ns if need in run.tasks else None for need in task.needs]
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None


def _last_moment(run: PipelineRun, now_ns: int | None) -> int:
    parts = [run, *run, *(attempt for task in run for attempt in task.attempts)]
    moments = [moment for part in parts for moment in (part.start_ns, part.end_ns) if moment is not None]
    if run.state is State.RUNNING and now_ns is not None:
        moments.append(now_ns)
    return max(moments, default=0)


def _drawing(rows: Sequence[tuple[TaskRun, list[_Bar]]], scale: _Scale, anchors: Anchors) -> Html:
    height = _TOP + len(rows) * _ROW
    drawn = [_row(task, bars, _TOP + number * _ROW, scale, anchors) for number, (task, bars) in enumerate(rows)]
    return element(
        "svg",
        *(_tick(percent, label, height) for percent, label in scale.ticks()),
        joined(drawn),
        width="100%",
        height=height,
        role="group",
        aria_label=f"Attempts of {len(rows)} tasks over time",
    )


def _legend(bars: Sequence[_Bar]) -> Html:
    found = {bar.status for bar in bars}
    words = [(word, LOOKS[word].word) for word in WORST_FIRST if word in found]
    words += [("queued", "waiting for a free processor, or between attempts")] if "queued" in found else []
    return element(
        "figcaption", [element("span", element("i", class_=word), text) for word, text in words], class_="legend"
    )


def _tick(percent: float, label: str, height: int) -> Html:
    x = f"{percent:.2f}%"
    line = element("line", x1=x, x2=x, y1=_TOP - 6, y2=height, class_="tick")
    return joined([line, element("text", label, x=x, dx=3, y=13, class_="tick-label")])


def _row(task: TaskRun, bars: Sequence[_Bar], top: int, scale: _Scale, anchors: Anchors) -> Html:
    word = LOOKS[status(task)].word
    drawn = [
        element("title", f"{task.id}: {word}, {_told(bars)}"),
        element("rect", x=0, y=top, width="100%", height=_ROW, class_="row"),
        element(
            "text", f"{LOOKS[status(task)].glyph} {_cut(task.id)}", x=2, y=top + 15, class_=f"label {status(task)}"
        ),
        *(_drawn(bar, top + 21, scale) for bar in bars),
    ]
    href = anchors.href(task)
    return element("a", *drawn, href=href) if href else element("g", *drawn)


def _drawn(bar: _Bar, top: int, scale: _Scale) -> Html:
    start, end = scale.percent(bar.start_ns), scale.percent(bar.end_ns)
    width = max(end - start, _NARROWEST)
    x = f"{min(start, 100 - width):.2f}%"
    is_queued = bar.status == "queued"
    y, height = (top + 4, _BAR - 8) if is_queued else (top, _BAR)
    return element("rect", x=x, y=y, width=f"{width:.2f}%", height=height, rx=2, class_=f"bar {bar.status}")


def _told(bars: Sequence[_Bar]) -> str:
    return ", ".join(
        f"{bar.label} {'' if bar.status == 'queued' else LOOKS[bar.status].word + ' '}{_seconds(bar)}"
        for bar in bars[-8:]
    )


def _seconds(bar: _Bar) -> str:
    return duration_text((bar.end_ns - bar.start_ns) / 1e9)


def _cut(text: str) -> str:
    line = " ".join(text[:500].split())
    return line if len(line) <= 70 else f"{line[:69]}…"


def _as_table(rows: Sequence[tuple[TaskRun, list[_Bar]]], first_ns: int, anchors: Anchors) -> Html:
    lines = [
        (
            anchors.link(task) if anchors.href(task) else name(task.id),
            bar.label,
            "" if bar.status == "queued" else LOOKS[bar.status].word,
            duration_text(max(0.0, (bar.start_ns - first_ns) / 1e9)),
            _seconds(bar),
        )
        for task, bars in rows
        for bar in bars
    ]
    columns = [Column("Task"), Column("What"), Column("Result"), Column("After", True), Column("Duration", True)]
    return table("Attempts over time", columns, lines)
