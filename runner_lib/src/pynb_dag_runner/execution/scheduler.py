"""Which tasks can start, and which never will: pure logic, O(tasks + edges) over a whole run."""

from __future__ import annotations

from collections import deque

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.dag.task import Task


class Scheduler:
    """Follows a run: ask for ready tasks, tell how tasks ended."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._dependents: dict[str, list[Task]] = {task.id: [] for task in pipeline}
        self._missing: dict[str, int] = {}
        self.results: dict[str, Result] = {}
        self._unfinished: dict[str, Task] = {task.id: task for task in pipeline}
        for task in pipeline:
            self._missing[task.id] = len(task.needs)
            for need in task.needs:
                self._dependents[need.id].append(task)
        self._ready = deque(task for task in pipeline if not task.needs)

    @property
    def is_finished(self) -> bool:
        """Whether every task has a result."""
        return not self._unfinished

    @property
    def has_ready(self) -> bool:
        """Whether :meth:`next_ready` has a task to give."""
        while self._ready and self._ready[0].id in self.results:  # it ended without being taken: it need not run
            self._ready.popleft()
        return bool(self._ready)

    def next_ready(self) -> Task:
        """Take a task whose needs all succeeded, after :attr:`has_ready`; first come, first served."""
        return self._ready.popleft()

    def finish(self, task: Task, result: Result) -> list[tuple[Task, Task]]:
        """Note how a task ended; returns the tasks that are skipped because of it, each with the need that failed."""
        self._end(task, result)
        if result is Result.SUCCESS:
            for dependent in self._dependents[task.id]:
                self._missing[dependent.id] -= 1
                if self._missing[dependent.id] == 0 and dependent.id not in self.results:
                    self._ready.append(dependent)
            return []
        skipped: list[tuple[Task, Task]] = []
        causes = deque([task])
        while causes:
            cause = causes.popleft()
            for dependent in self._dependents[cause.id]:
                if dependent.id not in self.results:
                    self._end(dependent, Result.SKIP)
                    skipped.append((dependent, cause))
                    causes.append(dependent)
        return skipped

    def end_rest(self, result: Result) -> list[Task]:
        """Give every task without a result this one; returns them."""
        rest = list(self._unfinished.values())
        for task in rest:
            self._end(task, result)
        self._ready.clear()
        return rest

    def _end(self, task: Task, result: Result) -> None:
        self.results[task.id] = result
        del self._unfinished[task.id]


def run_result(results: dict[str, Result]) -> Result:
    """The result of a run from those of its tasks: the gravest one that is not a mere consequence."""
    found = set(results.values())
    for result in (Result.CANCELLATION, Result.FAILURE, Result.ERROR, Result.TIMEOUT):
        if result in found:
            return result
    return Result.SUCCESS
