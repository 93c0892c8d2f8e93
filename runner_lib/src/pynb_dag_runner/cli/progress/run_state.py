"""What is known of a run at a moment: the state of each task, and which of them are worth a line on a screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.dag.task import Task

WAITING = "waiting"
RUNNING = "running"
RETRY = "retry"
"""Between two attempts."""
REUSED = "reused"
"""Taken over from an earlier run."""

_TROUBLE = tuple(result.value for result in (Result.FAILURE, Result.ERROR, Result.TIMEOUT))
_WELL = (Result.SUCCESS.value, REUSED)
_SHARE_OF_ENDED = 3


@dataclass
class TaskState:
    """One task: ``status`` is one of the words above, or its result; times are seconds on the view's clock."""

    task: Task
    index: int
    label: str
    status: str = WAITING
    attempt: int = 0
    start_s: float | None = None
    end_s: float | None = None

    def elapsed_s(self, now_s: float) -> float | None:
        """Seconds since the first attempt began, None if none did."""
        if self.start_s is None:
            return None
        return max(0.0, (now_s if self.end_s is None else self.end_s) - self.start_s)


class RunState:
    """Follows a run; every event costs the same however many tasks there are."""

    def __init__(self, tasks: Iterable[tuple[Task, str]]) -> None:
        """``tasks`` come with the label by which each is shown."""
        self._states = {task.id: TaskState(task, index, label) for index, (task, label) in enumerate(tasks)}
        self._by_status: dict[str, dict[str, TaskState]] = {WAITING: dict(self._states)}

    def __len__(self) -> int:
        return len(self._states)

    def __getitem__(self, task: Task) -> TaskState:
        return self._states[task.id]

    @property
    def counts(self) -> Counter[str]:
        """How many tasks have each status."""
        return Counter({status: len(states) for status, states in self._by_status.items() if states})

    @property
    def nr_done(self) -> int:
        """How many tasks have a result."""
        return len(self) - sum(len(self._by_status.get(status, ())) for status in (WAITING, RUNNING, RETRY))

    def attempt_started(self, task: Task, attempt: int, now_s: float) -> None:
        """An attempt begins."""
        state = self._move(task, RUNNING)
        state.attempt = attempt
        if state.start_s is None:
            state.start_s = now_s

    def attempt_retried(self, task: Task, attempt: int) -> None:
        """An attempt did not succeed, another one follows."""
        self._move(task, RETRY).attempt = attempt

    def task_ended(self, task: Task, result: Result, now_s: float) -> None:
        """A task has its result."""
        self._move(task, result.value).end_s = now_s

    def task_reused(self, task: Task, now_s: float) -> None:
        """A task was taken over."""
        self._move(task, REUSED).end_s = now_s

    def shown(self, most: int) -> list[TaskState]:
        """At most ``most`` tasks in the order of the pipeline.

        Those that run go first, then those that failed last, that ended last, and that wait in front.
        """
        if len(self) <= most:
            return list(self._states.values())
        active = [*self._by_status.get(RUNNING, {}).values(), *self._by_status.get(RETRY, {}).values()][:most]
        share = (most - len(active)) // _SHARE_OF_ENDED
        chosen = [*active, *self._last(_TROUBLE, share), *self._last(_WELL, share)]
        chosen += islice(self._by_status[WAITING].values(), most - len(chosen))
        if len(chosen) < most:
            chosen += self._last(_WELL, share + most - len(chosen))[share:]
        return sorted(chosen, key=lambda state: state.index)

    def _last(self, statuses: Iterable[str], most: int) -> list[TaskState]:
        """The tasks that came last to one of these statuses, the very last first."""
        newest = [
            state for status in statuses for state in islice(reversed(self._by_status.get(status, {}).values()), most)
        ]
        return sorted(newest, key=lambda state: state.end_s or 0.0, reverse=True)[:most]

    def _move(self, task: Task, status: str) -> TaskState:
        state = self._states[task.id]
        del self._by_status[state.status][task.id]
        state.status = status
        self._by_status.setdefault(status, {})[task.id] = state
        return state
