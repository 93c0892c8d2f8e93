"""What a run changed against main, as Markdown: the verdict, then what differs; what does not is folded away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pynb_dag_runner.report.comparison import Comparison, DurationDifference, MetricDifference, NoComparison
from pynb_dag_runner.report.comparison_words import (
    base_text,
    change_text,
    delay_text,
    few_runs_text,
    level_text,
    main_text,
    values_text,
    verdict,
)
from pynb_dag_runner.report.escaping import markdown_code, markdown_link, markdown_text
from pynb_dag_runner.report.links import Links
from pynb_dag_runner.report.run_facts import MetricKey
from pynb_dag_runner.report.summary import duration_text, metric_text

if TYPE_CHECKING:
    from pynb_dag_runner.dag.parameters import Json

_BOLD = ("regression", "change", "slower")


@dataclass(frozen=True)
class Room:
    """How many rows are shown, and how many more are folded away."""

    shown: int
    folded: int


def comparison_markdown(comparison: Comparison | NoComparison, links: Links, room: Room) -> str:
    """All of it, within ``room``."""
    if isinstance(comparison, NoComparison):
        return f"#### Compared with main\n\n{markdown_text(comparison.why)}"
    is_main = comparison.main is not None and comparison.head.branch == comparison.main
    title = f"#### Compared with {'the runs before, of ' if is_main else ''}{main_text(comparison, markdown_code)}"
    blocks = [title, f"**{verdict(comparison, markdown_code)}**", *_shown(comparison, links, room.shown)]
    if room.shown:
        blocks.append(
            " ".join(text for text in (base_text(comparison, markdown_code), few_runs_text(comparison)) if text)
        )
    if room.folded:
        blocks += _folded(comparison, links, room)
    return "\n\n".join(blocks)


def _shown(comparison: Comparison, links: Links, most: int) -> Iterator[str]:
    if not most:
        return
    results = comparison.results
    if results:
        rows = [
            f"| {markdown_link(links.of_task(result.task), markdown_code(result.task))} | {result.base} | {result.status} |"
            for result in results[:most]
        ]
        yield _table("| Task with another result | Main | Here |", "|:--|:--|:--|", rows, len(results))
    if comparison.metrics:
        yield _metrics(comparison.metrics[:most], len(comparison.metrics), links)
    durations = [duration for duration in comparison.durations if duration.word]
    if durations:
        yield _durations(durations[:most], len(durations), links)
    if comparison.parameters:
        rows = [
            f"| {markdown_code(parameter.name)} | {_values(parameter.base)} | {_values(parameter.values)} |"
            for parameter in comparison.parameters[:most]
        ]
        yield _table("| Parameter | Main | Here |", "|:--|:--|:--|", rows, len(comparison.parameters))
    for tasks, word in ((comparison.added, "New tasks"), (comparison.removed, "Tasks that are gone")):
        if tasks:
            yield f"{word}: {_names(tasks, most)}."


def _folded(comparison: Comparison, links: Links, room: Room) -> Iterator[str]:
    more = comparison.metrics[room.shown :]
    durations = [duration for duration in comparison.durations if not duration.word]
    blocks = []
    if more:
        blocks += ["More metrics that differ", _metrics(more[: room.folded], len(more), links)]
    if comparison.equal:
        rows = [_equal_row(key, comparison) for key in comparison.equal[: room.folded]]
        blocks.append(_table("| Equal metric | Task | Value |", "|:--|:--|--:|", rows, len(comparison.equal)))
    for keys, word in ((comparison.new, "Metrics that main lacks"), (comparison.gone, "Metrics that main alone has")):
        if keys:
            blocks.append(f"{word}: {_names([f'{name} of {task}' for task, name in keys], room.folded)}.")
    if durations:
        blocks.append(_durations(durations[: room.folded], len(durations), links))
    if blocks:
        yield "\n\n".join(["<details><summary>Everything that was compared</summary>", *blocks, "</details>"])


def _metrics(metrics: Sequence[MetricDifference], total: int, links: Links) -> str:
    rows = []
    for metric in metrics:
        cells = [
            markdown_code(metric.name),
            markdown_link(links.of_task(metric.task), markdown_code(metric.task)),
            metric_text(metric.base),
            metric_text(metric.value),
            change_text(metric),
            level_text(metric.level),
            _word(metric.verdict),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    head = "| Metric | Task | Main | Here | Change | Usual on main | Stands out |"
    return _table(head, "|:--|:--|--:|--:|--:|--:|:--|", rows, total)


def _durations(durations: Sequence[DurationDifference], total: int, links: Links) -> str:
    rows = []
    for duration in durations:
        usual = duration.level
        cells = [
            markdown_link(links.of_task(duration.task), markdown_code(duration.task)),
            duration_text(duration.base_s),
            duration_text(duration.value_s),
            delay_text(duration),
            duration_text(usual.centre) if usual is not None else "",
            _word(duration.word),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return _table("| Duration of | Main | Here | Change | Usual on main | |", "|:--|--:|--:|--:|--:|:--|", rows, total)


def _equal_row(key: MetricKey, comparison: Comparison) -> str:
    task, name = key
    return f"| {markdown_code(name)} | {markdown_code(task)} | {metric_text(comparison.head.metrics[key])} |"


def _values(values: Sequence[Json] | None) -> str:
    return "none" if values is None else markdown_code(values_text(values))


def _names(names: Sequence[str], most: int) -> str:
    shown = [markdown_code(name, 120) for name in names[:most]]
    return ", ".join([*shown, *([f"and {len(names) - most} more"] if len(names) > most else [])])


def _word(word: str | None) -> str:
    return f"**{word}**" if word in _BOLD else word or ""


def _table(head: str, line: str, rows: Sequence[str], total: int) -> str:
    more = [f"\n… and {total - len(rows)} more."] if total > len(rows) else []
    return "\n".join([head, line, *rows, *more])
