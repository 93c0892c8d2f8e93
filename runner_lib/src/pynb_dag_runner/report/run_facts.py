"""What is compared of a run, whether it comes from its run log or out of a site: both shorten it in the same way."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pynb_dag_runner.conventions import ResourceAttribute
from pynb_dag_runner.report.document import strict
from pynb_dag_runner.report.escaping import one_line
from pynb_dag_runner.report.summary import running_time, status

if TYPE_CHECKING:
    from pynb_dag_runner.dag.parameters import Json
    from pynb_dag_runner.runlog.records import PipelineRun

MetricKey: TypeAlias = tuple[str, str]
"""Id of the task, name of the metric: tasks of one name with other parameters have other ids."""

TROUBLE = ("failure", "error", "timeout")
COMPLETE = ("success", *TROUBLE)
"""Results of runs that went as far as they could: others lack results for no fault of the code."""

LONGEST_NAME = 200
MOST_PARAMETERS = 20
MOST_VALUES = 50
MOST_METRICS = 10_000
"""A site keeps no more of a run than this."""

_DIGITS = 8
_LONGEST_VALUE = 100


@dataclass(frozen=True)
class TaskFacts:
    """How a task ended, and how long it ran without waiting."""

    status: str
    duration_s: float | None


@dataclass(frozen=True)
class RunFacts:
    """What is compared of one run; ``parameters`` are all distinct values by name.

    ``branch`` is None where it is not known, and for a pull request, whose branch can have any name.
    """

    run_id: str
    pipeline: str
    environment: str
    status: str
    start_ms: int | None = None
    revision: str | None = None
    duration_s: float | None = None
    parameters: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    tasks: Mapping[str, TaskFacts] = field(default_factory=dict)
    metrics: Mapping[MetricKey, float] = field(default_factory=dict)
    branch: str | None = None


@dataclass(frozen=True)
class Baseline:
    """Complete runs of the main line before the one that is compared, oldest first; there is at least one.

    ``main`` is the branch, None where no run of the tracker names one.
    """

    main: str | None
    runs: Sequence[RunFacts]

    @property
    def newest(self) -> RunFacts:
        """The newest one: results are compared with it."""
        return self.runs[-1]

    @property
    def base(self) -> RunFacts:
        """The newest one that succeeded, else the newest: all else is compared with it."""
        return next((run for run in reversed(self.runs) if run.status == "success"), self.newest)


def facts_of(run: PipelineRun) -> RunFacts:
    """The facts of a run log."""
    revision = run.resource.get(ResourceAttribute.HEAD_REVISION)
    return RunFacts(
        run.run_id,
        run.pipeline,
        run.environment,
        status(run),
        None if run.start_ns is None else run.start_ns // 1_000_000,
        str(revision)[:12] if revision else None,
        run.duration_s,
        parameter_values(task.parameters for task in run),
        {task.id: TaskFacts(status(task), running_time(task).duration_s) for task in run},
        {
            (task.id, name): float(value)
            for task in run
            if len(task.id) <= LONGEST_NAME
            for name, value in task.measured.items()
            if len(name) <= LONGEST_NAME
        },
        _branch(run),
    )


def _branch(run: PipelineRun) -> str | None:
    branch = run.resource.get(ResourceAttribute.HEAD_NAME)
    return str(branch) if branch and ResourceAttribute.CHANGE_ID not in run.resource else None


def parameter_values(tasks: Iterable[Mapping[str, Json]]) -> dict[str, list[Json]]:
    """By name every distinct value, shortened as a site does it."""
    values: dict[str, list[Json]] = {}
    for parameters in tasks:
        for name, value in parameters.items():
            known = values.setdefault(name, [])
            short = _short(value)
            if not any(_is_same_value(short, other) for other in known):
                known.append(short)
    return values


def is_same(value: float, other: float) -> bool:
    """Whether two metrics agree in all digits that a site keeps."""
    if not (math.isfinite(value) and math.isfinite(other)):
        return value == other or (math.isnan(value) and math.isnan(other))
    return value == other or f"{value:.{_DIGITS}g}" == f"{other:.{_DIGITS}g}"


def _is_same_value(value: Json, other: Json) -> bool:
    return type(value) is type(other) and value == other


def _short(value: Json) -> Json:
    plain = _plain(strict(value))
    if isinstance(plain, (list, dict)):
        plain = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    return one_line(plain, _LONGEST_VALUE) if isinstance(plain, str) and len(plain) > _LONGEST_VALUE else plain


def _plain(value: Json) -> Json:
    """``value`` with whole numbers as a site writes them."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
