"""A comparison in words: one sentence that holds the verdict, and numbers as people read them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from pynb_dag_runner.report.comparison import Comparison, DurationDifference, MetricDifference
from pynb_dag_runner.report.escaping import one_line
from pynb_dag_runner.report.run_facts import RunFacts
from pynb_dag_runner.report.summary import counted, metric_text, time_text
from pynb_dag_runner.report.usual import SHORTEST_LEVEL, Level

if TYPE_CHECKING:
    from pynb_dag_runner.dag.parameters import Json

Quote = Callable[[str], str]
"""Makes a name from a log harmless, and recognisable as one, for the place where it is shown."""

_MOST_NAMED = 3


def verdict(comparison: Comparison, quote: Quote) -> str:
    """``train fails, on main it succeeds; 3 of 12 metrics differ from main, 1 of them outside of its usual range.``"""
    parts = [
        *_results(comparison, quote),
        _metrics(comparison, quote),
        *_durations(comparison),
        *_tasks(comparison),
        *_parameters(comparison, quote),
    ]
    text = "; ".join(part for part in parts if part)
    # A sentence begins with a capital letter, a name stays as it is.
    return f"{text[:1].upper()}{text[1:]}." if text[:1].isascii() and not _starts_with_name(comparison) else f"{text}."


def main_text(comparison: Comparison, quote: Quote) -> str:
    """What the run is compared with: a branch, or all runs that are no pull request's."""
    return "the main branch" if comparison.main is None else quote(comparison.main)


def base_text(comparison: Comparison, quote: Quote) -> str:
    """Which runs stand for main."""
    base, newest = comparison.base, comparison.newest
    text = f"Compared with {_run_text(base, quote)}"
    if newest is base:
        return f"{text}." if base.status == "success" else f"{text}, which ended in {base.status}."
    return (
        f"{text}, the newest that succeeded. The newest one, {_run_text(newest, quote)}, ended in {newest.status}: "
        "results are compared with that."
    )


def level_text(level: Level | None) -> str:
    """What is usual; with how many runs it is known from where these are few."""
    if level is None:
        return ""
    return level.text() if level.is_known else f"{level.text()} (in {level.count} runs)"


def few_runs_text(comparison: Comparison) -> str:
    """Says so where too few runs are known to tell what is unusual; empty otherwise."""
    counts = [metric.level.count if metric.level else 0 for metric in comparison.metrics]
    if not counts or max(counts) >= SHORTEST_LEVEL:
        return ""
    return f"From {SHORTEST_LEVEL} runs of main on it is said whether a value is unusual."


def change_text(difference: MetricDifference) -> str:
    """``+0.012 (+1.3 %)``; empty where one of both is no number."""
    if not math.isfinite(difference.change):
        return ""
    shown = signed(difference.change, metric_text(float(f"{abs(difference.change):.2g}")))
    return f"{shown}{_share_text(difference.relative)}"


def delay_text(difference: DurationDifference) -> str:
    """``+12 %``; empty for what took no time before."""
    if not difference.base_s:
        return ""
    share = difference.value_s / difference.base_s - 1
    return signed(share, f"{abs(share):.0%}".replace("%", " %"))


def signed(value: float, size: str) -> str:
    """``size`` with the sign of ``value``."""
    return f"{'+' if value > 0 else '−' if value < 0 else '±'}{size}"


def values_text(values: Sequence[Json] | None, most: int = 8) -> str:
    """``400, 500, 600``; ``none`` for a parameter that no task has."""
    if values is None:
        return "none"
    shown = [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values[:most]]
    more = [f"and {len(values) - most} more"] if len(values) > most else []
    return one_line(", ".join([*shown, *more]), 200)


def _share_text(share: float | None) -> str:
    # Of a number that was nearly 0 a share says nothing.
    if share is None or abs(share) >= 10:
        return ""
    return (
        f" ({signed(share, f'{100 * abs(share):.2g}')} %)"
        if abs(share) < 0.995
        else f" ({share:+.0%})".replace("%", " %")
    )


def _starts_with_name(comparison: Comparison) -> bool:
    return any(True for _ in _results(comparison, str))


def _results(comparison: Comparison, quote: Quote) -> Iterator[str]:
    main = main_text(comparison, quote)
    yield from _named([result.task for result in comparison.newly_failing], "fail", f"on {main}", "succeed", quote)
    yield from _named([result.task for result in comparison.newly_passing], "succeed", f"on {main}", "fail", quote)
    if same := comparison.failing_on_both:
        yield f"{_list(same, quote)} {'fails' if len(same) == 1 else 'fail'}, as on {main}"


def _named(tasks: list[str], now: str, where: str, before: str, quote: Quote) -> Iterator[str]:
    if len(tasks) == 1:
        yield f"{quote(tasks[0])} {now}s, {where} it {before}s"
    elif tasks:
        yield f"{_list(tasks, quote)} {now}, {where} they {before}"


def _list(names: Sequence[str], quote: Quote) -> str:
    shown = [quote(name) for name in names[:_MOST_NAMED]]
    if len(names) > _MOST_NAMED:
        return f"{', '.join(shown)} and {counted(len(names) - _MOST_NAMED, 'other task')}"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _metrics(comparison: Comparison, quote: Quote) -> str:
    different, total = len(comparison.metrics), len(comparison.metrics) + len(comparison.equal)
    main = main_text(comparison, quote)
    if not total:
        return f"there is no metric that both this run and {main} have"
    if not different:
        return f"all {total} metrics are equal to those of {main}" if total > 1 else "the one metric of both is equal"
    text = f"{different} of {counted(total, 'metric')} {'differs' if different == 1 else 'differ'} from {main}"
    unusual = comparison.unusual
    if not unusual:
        return text
    words = ", ".join(
        f"{metric.verdict}: {quote(metric.name)} of {quote(metric.task)}" for metric in unusual[:_MOST_NAMED]
    )
    more = f" and {len(unusual) - _MOST_NAMED} more" if len(unusual) > _MOST_NAMED else ""
    return f"{text}, {len(unusual)} outside of {'its' if len(unusual) == 1 else 'their'} usual range ({words}{more})"


def _durations(comparison: Comparison) -> Iterator[str]:
    for word in ("slower", "faster"):
        count = sum(duration.word == word for duration in comparison.durations)
        if count:
            yield f"{counted(count, 'task')} {'is' if count == 1 else 'are'} {word}"


def _tasks(comparison: Comparison) -> Iterator[str]:
    for tasks, word in ((comparison.added, "new"), (comparison.removed, "gone")):
        if tasks:
            yield f"{counted(len(tasks), 'task')} {'is' if len(tasks) == 1 else 'are'} {word}"


def _parameters(comparison: Comparison, quote: Quote) -> Iterator[str]:
    names = [parameter.name for parameter in comparison.parameters]
    if names:
        shown = ", ".join(quote(name) for name in names[:_MOST_NAMED])
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        yield f"other values of {shown}{more}"


def _run_text(run: RunFacts, quote: Quote) -> str:
    when = time_text(None if run.start_ms is None else run.start_ms * 1_000_000)
    facts = [f"of {when[:10]} {when[11:16]} UTC"] if when else []
    if run.revision:
        facts.append(f"revision {quote(run.revision[:10])}")
    return f"run {quote(run.run_id)}{' ' if when else ', ' if facts else ''}{', '.join(facts)}"
