"""What a run changed against main, for a terminal: the verdict, then what differs."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from pynb_dag_runner.report.comparison import Comparison, NoComparison
from pynb_dag_runner.report.comparison_words import (
    base_text,
    change_text,
    delay_text,
    few_runs_text,
    level_text,
    values_text,
    verdict,
)
from pynb_dag_runner.report.escaping import one_line, printable
from pynb_dag_runner.report.summary import duration_text, metric_text

_STYLES = {"regression": "bold red", "slower": "yellow", "change": "yellow", "improvement": "green", "faster": "green"}
_MOST_ROWS = 15
_LONGEST_NAME = 60


def comparison_text(comparison: Comparison | NoComparison) -> Iterator[RenderableType]:
    """Lines and tables; only what differs."""
    if isinstance(comparison, NoComparison):
        yield Text(printable(comparison.why), style="dim")
        return
    yield Text(verdict(comparison, _name), style="bold")
    yield Text(
        " ".join(text for text in (base_text(comparison, _name), few_runs_text(comparison)) if text), style="dim"
    )
    for table in (_results(comparison), _metrics(comparison), _durations(comparison), _parameters(comparison)):
        if table.row_count:
            yield Text()
            yield table


def _name(text: str) -> str:
    return one_line(text, _LONGEST_NAME)


def _results(comparison: Comparison) -> Table:
    table = _table("Another result", "Main", "Here")
    for result in comparison.results[:_MOST_ROWS]:
        table.add_row(Text(_name(result.task)), result.base, result.status)
    return _counted(table, len(comparison.results))


def _metrics(comparison: Comparison) -> Table:
    table = _table("Metric", "Task", "Main", "Here", "Change", "Usual on main", "")
    for metric in comparison.metrics[:_MOST_ROWS]:
        table.add_row(
            Text(_name(metric.name)),
            Text(_name(metric.task)),
            metric_text(metric.base),
            metric_text(metric.value),
            change_text(metric),
            level_text(metric.level),
            _word(metric.verdict),
        )
    return _counted(table, len(comparison.metrics))


def _durations(comparison: Comparison) -> Table:
    table = _table("Duration of", "Main", "Here", "Change", "")
    found = [duration for duration in comparison.durations if duration.word]
    for duration in found[:_MOST_ROWS]:
        table.add_row(
            Text(_name(duration.task)),
            duration_text(duration.base_s),
            duration_text(duration.value_s),
            delay_text(duration),
            _word(duration.word),
        )
    return _counted(table, len(found))


def _parameters(comparison: Comparison) -> Table:
    table = _table("Parameter", "Main", "Here")
    for parameter in comparison.parameters[:_MOST_ROWS]:
        base, values = values_text(parameter.base), values_text(parameter.values)
        table.add_row(Text(_name(parameter.name)), Text(base), Text(values))
    return _counted(table, len(comparison.parameters))


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(first, overflow="fold")
    for title in others:
        table.add_column(title, overflow="fold", justify="left" if title in ("Task", "") else "right")
    return table


def _counted(table: Table, total: int) -> Table:
    if total > table.row_count:
        table.add_row(f"... and {total - table.row_count} more")
    return table


def _word(word: str | None) -> Text:
    return Text(word or "", style=_STYLES.get(word or "", ""))
