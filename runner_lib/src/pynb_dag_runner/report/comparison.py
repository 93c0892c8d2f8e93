"""How a run differs from what is usual on the main line: metrics, durations, results, tasks, parameters.

Pure: both sides are plain facts, wherever they come from. Names and texts in them can be a stranger's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pynb_dag_runner.report.run_facts import (
    COMPLETE,
    LONGEST_NAME,
    MOST_METRICS,
    MOST_PARAMETERS,
    MOST_VALUES,
    TROUBLE,
    Baseline,
    MetricKey,
    RunFacts,
    is_same,
)
from pynb_dag_runner.report.usual import Level, level_of, verdict_of

if TYPE_CHECKING:
    from pynb_dag_runner.dag.parameters import Json

_SMALLEST_DELAY_S = 1.0
_SMALLEST_DELAY_SHARE = 0.25


@dataclass(frozen=True)
class NoComparison:
    """There is nothing to compare with; ``why`` is a sentence, and may hold text of a stranger."""

    why: str


@dataclass(frozen=True)
class MetricDifference:
    """A metric with another value than in the base; ``verdict`` is None while it is not unusual."""

    task: str
    name: str
    base: float
    value: float
    level: Level | None
    verdict: str | None

    @property
    def change(self) -> float:
        """By how much it is higher."""
        return self.value - self.base

    @property
    def relative(self) -> float | None:
        """The change as a share of the base; None where that says nothing."""
        share = self.change / abs(self.base) if self.base else math.nan
        return share if math.isfinite(share) else None


@dataclass(frozen=True)
class DurationDifference:
    """A task that succeeded in both runs; ``word`` is ``slower``, ``faster`` or None for neither."""

    task: str
    base_s: float
    value_s: float
    level: Level | None
    word: str | None


@dataclass(frozen=True)
class ResultDifference:
    """A task with another result than in main's newest run."""

    task: str
    base: str
    status: str


@dataclass(frozen=True)
class ParameterDifference:
    """Values of a parameter, None where no task has it."""

    name: str
    base: Sequence[Json] | None
    values: Sequence[Json] | None


@dataclass(frozen=True)
class Comparison:
    """What differs. ``equal`` are metrics that do not; ``new`` and ``gone`` those that one run alone has."""

    main: str | None
    head: RunFacts
    base: RunFacts
    newest: RunFacts
    metrics: list[MetricDifference]
    equal: list[MetricKey]
    new: list[MetricKey]
    gone: list[MetricKey]
    durations: list[DurationDifference]
    results: list[ResultDifference]
    failing_on_both: list[str]
    added: list[str]
    removed: list[str]
    parameters: list[ParameterDifference]

    @property
    def unusual(self) -> list[MetricDifference]:
        """Metrics outside of what is usual on main."""
        return [metric for metric in self.metrics if metric.verdict]

    @property
    def newly_failing(self) -> list[ResultDifference]:
        """Tasks that fail, and do not on main."""
        return [result for result in self.results if result.status in TROUBLE and result.base == "success"]

    @property
    def newly_passing(self) -> list[ResultDifference]:
        """Tasks that succeed, and fail on main."""
        return [result for result in self.results if result.status == "success" and result.base in TROUBLE]


def compare(head: RunFacts, baseline: Baseline) -> Comparison:
    """How ``head`` differs from the base, judged by the spread of all runs of the baseline."""
    base, newest = baseline.base, baseline.newest
    shared = [key for key in head.metrics if key in base.metrics]
    different = [key for key in shared if not is_same(head.metrics[key], base.metrics[key])]
    return Comparison(
        baseline.main,
        head,
        base,
        newest,
        sorted((_metric(key, head, baseline) for key in different), key=_metric_rank),
        [key for key in shared if is_same(head.metrics[key], base.metrics[key])],
        # Whatever else a site left out must not look new.
        _alone(head, base) if len(base.metrics) < MOST_METRICS else [],
        _alone(base, head),
        sorted(_durations(head, baseline), key=_duration_rank),
        _results(head, newest),
        [task for task in _failing(head) if task in set(_failing(newest))],
        [task for task in head.tasks if task not in base.tasks],
        [task for task in base.tasks if task not in head.tasks],
        _parameters(head, base),
    )


def _metric(key: MetricKey, head: RunFacts, baseline: Baseline) -> MetricDifference:
    value, base = head.metrics[key], baseline.base.metrics[key]
    level = level_of([run.metrics[key] for run in baseline.runs if key in run.metrics])
    verdict = None
    if not math.isfinite(value):
        # No spread is needed to find this strange.
        verdict = "change" if math.isfinite(base) else None
    elif level is not None and level.is_far(value):
        verdict = verdict_of(key[1], value > level.centre)
    return MetricDifference(*key, base, value, level, verdict)


def _metric_rank(metric: MetricDifference) -> tuple[int, float]:
    rank = {"regression": 0, "change": 1, "improvement": 2, None: 3}[metric.verdict]
    if metric.level is None or not math.isfinite(metric.value):
        return rank, 0.0
    return rank, -abs(metric.value - metric.level.centre) / metric.level.spread


def _alone(run: RunFacts, other: RunFacts) -> list[MetricKey]:
    """Metrics that ``other`` lacks although it has the task, and that succeeded there."""
    return [key for key in run.metrics if key not in other.metrics and _has_succeeded(other, key[0])]


def _has_succeeded(run: RunFacts, task: str) -> bool:
    return task in run.tasks and run.tasks[task].status == "success"


def _durations(head: RunFacts, baseline: Baseline) -> Iterable[DurationDifference]:
    for task, facts in head.tasks.items():
        base = baseline.base.tasks.get(task)
        if base is None or (facts.status, base.status) != ("success", "success"):
            continue
        if facts.duration_s is None or base.duration_s is None:
            continue
        known = [run.tasks[task] for run in baseline.runs if _has_succeeded(run, task)]
        level = level_of([other.duration_s for other in known if other.duration_s is not None])
        word = _duration_word(facts.duration_s, base.duration_s, level)
        yield DurationDifference(task, base.duration_s, facts.duration_s, level, word)


def _duration_word(value_s: float, base_s: float, level: Level | None) -> str | None:
    usual_s = base_s if level is None else level.centre
    delay_s = value_s - usual_s
    # Shared machines are never equally fast.
    is_notable = abs(delay_s) >= max(_SMALLEST_DELAY_S, _SMALLEST_DELAY_SHARE * usual_s)
    if not is_notable or (level is not None and level.is_known and not level.is_far(value_s)):
        return None
    return "slower" if delay_s > 0 else "faster"


def _duration_rank(duration: DurationDifference) -> tuple[bool, float]:
    return duration.word is None, -abs(duration.value_s - duration.base_s)


def _results(head: RunFacts, newest: RunFacts) -> list[ResultDifference]:
    """Other results; what has none yet, or was cut off, differs for no fault of its own."""
    ended = (*COMPLETE, "skip")
    return [
        ResultDifference(task, newest.tasks[task].status, facts.status)
        for task, facts in head.tasks.items()
        if task in newest.tasks
        and facts.status != newest.tasks[task].status
        and facts.status in ended
        and newest.tasks[task].status in ended
    ]


def _failing(run: RunFacts) -> list[str]:
    return [task for task, facts in run.tasks.items() if facts.status in TROUBLE]


def _parameters(head: RunFacts, base: RunFacts) -> list[ParameterDifference]:
    names = dict.fromkeys([*head.parameters, *base.parameters])
    if len(base.parameters) >= MOST_PARAMETERS:
        names = dict.fromkeys(base.parameters)
    found = []
    for name in names:
        values, before = head.parameters.get(name), base.parameters.get(name)
        if len(name) <= LONGEST_NAME and not _are_same(values, before):
            found.append(ParameterDifference(name, before, values))
    return found


def _are_same(values: Sequence[Json] | None, before: Sequence[Json] | None) -> bool:
    if values is None or before is None:
        return values is before
    if len(before) >= MOST_VALUES:
        return {repr(value) for value in before} <= {repr(value) for value in values}
    return sorted(map(repr, values)) == sorted(map(repr, before))
