"""Joins tasks that play the same part in a run, so that a wide one can be drawn: ``train ×98``."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from pynb_dag_runner.report.summary import duration_text, running_time, status
from pynb_dag_runner.runlog.records import PipelineRun, TaskRun

_FEWEST = 3
"""Two equal tasks are read as quickly one by one."""


@dataclass
class Group:
    """Tasks of one name and status whose needs are alike, too; ``needs`` are places of other groups."""

    tasks: list[TaskRun]
    needs: list[int] = field(default_factory=list)

    @property
    def first(self) -> TaskRun:
        """The one that stands for all."""
        return self.tasks[0]

    @property
    def name(self) -> str:
        """The id of a single task, else the name that all share."""
        return self.first.id if len(self.tasks) == 1 else self.first.name or self.first.id

    @property
    def times(self) -> str:
        """`` ×98`` behind the name of several tasks."""
        return f" ×{len(self.tasks)}" if len(self.tasks) > 1 else ""

    @property
    def duration(self) -> str:
        """``3.20 s``, or from the shortest to the longest."""
        times = [running_time(task).duration_s for task in self.tasks if task.attempts]
        known = sorted(seconds for seconds in times if seconds is not None)
        return " to ".join(dict.fromkeys(duration_text(seconds) for seconds in (*known[:1], *known[-1:])))


def groups_of(run: PipelineRun, fewest: int = _FEWEST) -> list[Group]:
    """All tasks in the order of the run, those that are alike together where there are ``fewest`` or more."""
    alike = _alike(run)
    groups: list[Group] = []
    places: dict[str, int] = {}
    for tasks in alike:
        for part in [tasks] if len(tasks) >= fewest else [[task] for task in tasks]:
            places.update((task.id, len(groups)) for task in part)
            groups.append(Group(part))
    for group in groups:
        needed = (places[need] for task in group.tasks for need in task.needs if need in places)
        group.needs = sorted(set(needed))
    return groups


def _alike(run: PipelineRun) -> Iterable[list[TaskRun]]:
    kinds: dict[Hashable, int] = {}
    kind_of: dict[str, int] = {}
    members: dict[int, list[TaskRun]] = {}
    for task in run:
        # Tasks come after those that they need; what a log says otherwise stands for itself.
        needs = frozenset(kind_of.get(need, need) for need in task.needs)
        kind = kinds.setdefault((task.name or task.id, status(task), needs), len(kinds))
        kind_of[task.id] = kind
        members.setdefault(kind, []).append(task)
    return members.values()
