"""A pipeline run happens: tasks are started as soon as they can be, attempts made and recorded, outputs published."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cloudpickle  # type: ignore[import-untyped]

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.dag.task import Task
from pynb_dag_runner.errors import EngineError
from pynb_dag_runner.execution.attempts import is_retried
from pynb_dag_runner.execution.contexts import Contexts
from pynb_dag_runner.execution.data_lake import DataLake
from pynb_dag_runner.execution.events import RunObserver, RunSummary
from pynb_dag_runner.execution.in_flight import InFlight, lost_outcome
from pynb_dag_runner.execution.kept import KeptTask
from pynb_dag_runner.execution.lost import WorkerLost
from pynb_dag_runner.execution.recorder import RunRecorder
from pynb_dag_runner.execution.requests import CANCEL_FILE, AttemptOutcome, AttemptRequest
from pynb_dag_runner.execution.scheduler import Scheduler, run_result
from pynb_dag_runner.execution.workers import RayWorkers

_MAX_IN_FLIGHT = 256
_POLL_S = 0.1
_CANCEL_GRACE_S = 3.0
_LOOK_EVERY_S = 1.0
_BACKSTOP_S = 10.0
"""A worker ends its attempt itself at the time limit; this much later the driver stops believing that it will."""


@dataclass
class Cancellation:
    """Set by a signal handler; the engine looks at it between events."""

    reason: str | None = None


@dataclass
class Engine:
    """Runs ``pipeline`` once; all other parts are made by the caller."""

    pipeline: Pipeline
    run_id: str
    project_dir: Path
    workers: RayWorkers
    recorder: RunRecorder
    data_lake: DataLake
    observer: RunObserver
    cancellation: Cancellation
    secrets: Mapping[str, str] = field(default_factory=dict)
    fail_fast: bool = False
    kernel_sockets: Mapping[str, Path] = field(default_factory=dict)
    reused: Mapping[str, KeptTask] = field(default_factory=dict)
    """Tasks that are taken over from an earlier run, by their ids; none of them needs a task that runs."""
    code: str = ""

    def __post_init__(self) -> None:
        self._scheduler = Scheduler(self.pipeline)
        self._in_flight: dict[str, InFlight] = {}
        self._waiting: list[tuple[float, int, Task, int]] = []
        self._order = itertools.count()
        self._attempts: dict[str, int] = {}
        self._contexts = Contexts(self.pipeline, self.run_id, self.data_lake)
        self._functions: dict[Task, bytes] = {}
        self._look_again_s = 0.0

    def run(self) -> RunSummary:
        """Run every task that can be run.

        Raises:
            EngineError: Ray is gone, or the run log cannot be written, for instance since the disk is full.
        """
        try:
            try:
                return self._run()
            except EngineError as error:
                self._abort(error)
                raise
        except OSError as error:
            raise EngineError(f"the run cannot be recorded: {error}") from error

    def _run(self) -> RunSummary:
        self.recorder.run_started()
        self.observer.run_started(self.run_id, self.pipeline, self.recorder.path)
        for task in self.pipeline:
            if task.id in self.reused:
                self._take_over(task, self.reused[task.id])
        while not self.workers.wait_until_started(_POLL_S):
            self.recorder.collect()
            self.observer.tick()
            if self.cancellation.reason:
                return self._cancelled()
        while not self._scheduler.is_finished:
            if self.cancellation.reason:
                return self._cancelled()
            self._submit_ready()
            if not self._in_flight:
                self._sleep_until_retry()
            self._kill_overdue()
            self.observer.tick()
            self._wait()
        return self._finish(run_result(self._scheduler.results))

    def _wait(self) -> None:
        """Wait a moment for attempts that are over, and write what was recorded meanwhile."""
        try:
            over = self.workers.wait(_POLL_S)
        except EngineError as error:
            # A signal to the whole group ends Ray as well: then that is how the run is cancelled.
            if not self.cancellation.reason:
                raise
            over = [(key, WorkerLost(str(error))) for key in self._in_flight]
        self.recorder.collect()
        for key, outcome in over:
            self._attempt_over(key, outcome)

    def _submit_ready(self) -> None:
        now = time.monotonic()
        while self._waiting and self._waiting[0][0] <= now and len(self._in_flight) < _MAX_IN_FLIGHT:
            _, _, task, attempt = heapq.heappop(self._waiting)
            self._submit(task, attempt)
        while self._scheduler.has_ready and len(self._in_flight) < _MAX_IN_FLIGHT:
            task = self._scheduler.next_ready()
            self.recorder.task_started(task)
            missing = self.workers.missing_resources(task.options)
            if missing is not None:
                self._refuse(task, Result.ERROR, "Infeasible", f"it can run nowhere: {missing}")
                continue
            try:
                self._target(task)
            # Objects that a function refers to are pickled by code of their own, which raises what it likes.
            except Exception as error:  # noqa: BLE001
                message = f"its function cannot be sent to a worker: {type(error).__name__}: {error}"
                self._refuse(task, Result.FAILURE, type(error).__name__, message)
                continue
            self._submit(task, 1)

    def _take_over(self, task: Task, kept: KeptTask) -> None:
        if kept.outputs:
            try:
                self.data_lake.take_over(task, kept.folder)
            except OSError as error:
                self._refuse(task, Result.ERROR, "OSError", f"its outputs cannot be taken over: {error}")
                return
        self.recorder.task_reused(task, kept)
        self._contexts.task_succeeded(task, kept.metrics, kept.values)
        self._scheduler.finish(task, Result.SUCCESS)
        self.observer.task_reused(task, kept.run_id)

    def _refuse(self, task: Task, result: Result, error_type: str, message: str) -> None:
        """End a task that cannot even be submitted: one attempt says why, so that every view shows it."""
        now_ns = self.recorder.now_ns()
        outcome = AttemptOutcome(result, now_ns, now_ns, message, (error_type,), task.location)
        self._attempts[task.id] = 1
        self.recorder.attempt_ended(task, 1, self.recorder.new_attempt_span(), outcome)
        self.observer.attempt_ended(task, 1, outcome, False)
        self._task_over(task, result, message)

    def _submit(self, task: Task, attempt: int) -> None:
        span = self.recorder.new_attempt_span()
        request = AttemptRequest(
            context=self._contexts.context(task, attempt),
            type=task.type,
            target=self._target(task),
            traceparent=span.traceparent,
            project_dir=self.project_dir,
            work_dir=self.recorder.work_dir(task, attempt),
            spool_dir=self.recorder.spool_dir,
            timeout_s=task.options.timeout_s,
            secrets={name: self.secrets[name] for name in task.options.secrets},
            redacted=self.secrets,
            location=task.location,
            kernel_server=self.kernel_sockets.get(str(task.target)),
            code=self.code,
        )
        key = f"{task.id} attempt {attempt}"
        self._attempts[task.id] = attempt
        self._in_flight[key] = InFlight(task, attempt, span, self.recorder.now_ns())
        self.workers.submit(key, request, task.options)

    def _target(self, task: Task) -> str | tuple[str, ...] | bytes:
        if not callable(task.target):
            return task.target
        if task not in self._functions:
            self._functions[task] = cloudpickle.dumps(task.target)
        return self._functions[task]

    def _attempt_over(self, key: str, reported: AttemptOutcome | WorkerLost) -> None:
        flight = self._in_flight.pop(key)
        task, attempt = flight.task, flight.attempt
        self.recorder.collect_last(task, attempt)
        outcome = self._outcome(flight, reported)
        if outcome.result is Result.SUCCESS:
            try:
                if self.data_lake.publish(task, attempt):
                    self.recorder.task_published(task, self.data_lake.outputs(task))
            except OSError as error:
                message = f"its outputs cannot be published: {error}"
                outcome = AttemptOutcome(Result.ERROR, outcome.start_ns, outcome.end_ns, message, ("OSError",))
        self.recorder.attempt_ended(task, attempt, flight.span, outcome)
        retried = is_retried(task.options, attempt, outcome) and not self.cancellation.reason
        self.observer.attempt_ended(task, attempt, outcome, retried)
        if retried:
            self.recorder.forget(task, attempt)
            due = time.monotonic() + task.options.retry_wait_s
            heapq.heappush(self._waiting, (due, next(self._order), task, attempt + 1))
        else:
            self._task_over(task, outcome.result, outcome.message)

    def _outcome(self, flight: InFlight, reported: AttemptOutcome | WorkerLost) -> AttemptOutcome:
        if isinstance(reported, AttemptOutcome):
            return reported
        left = AttemptOutcome.read(self.recorder.folder(flight.task, flight.attempt))
        if left is not None:
            return left
        is_cancelled = self.cancellation.reason is not None
        recorded = self.recorder.recorded(flight.task, flight.attempt)
        if recorded.start_ns is not None or not is_cancelled:
            # Not for the hundreds that a cancelled run has in Ray's queue: a sweep of all processes for each takes seconds.
            self.workers.end_leftovers(f"{self.run_id}/{flight.task.id}/{flight.attempt}")
        outcome = lost_outcome(flight, recorded, self.recorder.now_ns(), reported.message, is_cancelled)
        self.recorder.worker_lost(
            flight.task, flight.attempt, flight.span, outcome.error_types[0], outcome.message or ""
        )
        return outcome

    def _task_over(self, task: Task, result: Result, message: str | None) -> None:
        attempts = self._attempts.get(task.id, 0)
        if result is Result.SUCCESS:
            recorded = self.recorder.recorded(task, attempts)
            self._contexts.task_succeeded(task, recorded.metrics, recorded.values)
        self.recorder.task_ended(task, result, attempts, None, message)
        self.recorder.forget(task, attempts)
        self._functions.pop(task, None)
        self.observer.task_ended(task, result, None)
        for skipped, cause in self._scheduler.finish(task, result):
            self.recorder.task_ended(skipped, Result.SKIP, 0, cause, None)
            self.observer.task_ended(skipped, Result.SKIP, cause)
        if self.fail_fast and result is not Result.SUCCESS and self.cancellation.reason is None:
            self.cancellation.reason = f"task {task.id} did not succeed and --fail-fast was given"

    def _sleep_until_retry(self) -> None:
        """Nothing runs: wait for the next attempt's time instead of spinning."""
        if self._waiting and not self._scheduler.has_ready:
            time.sleep(max(0.0, min(_POLL_S, self._waiting[0][0] - time.monotonic())))

    def _kill_overdue(self) -> None:
        now_s = time.monotonic()
        if now_s < self._look_again_s:
            return
        self._look_again_s = now_s + _LOOK_EVERY_S
        for key, flight in self._in_flight.items():
            limit_s = flight.task.options.timeout_s
            if limit_s is None:
                continue
            if self.recorder.recorded(flight.task, flight.attempt).running_s > limit_s + _BACKSTOP_S:
                self.workers.kill(key)

    def _cancelled(self) -> RunSummary:
        """End what runs, record it, and give the rest of the tasks the same result."""
        assert self.cancellation.reason is not None
        had_failure = any(result not in (Result.SUCCESS, Result.SKIP) for result in self._scheduler.results.values())
        self.observer.cancelling(self.cancellation.reason)
        (self.recorder.spool_dir / CANCEL_FILE).touch()
        deadline = time.monotonic() + _CANCEL_GRACE_S
        is_killed = False
        while self._in_flight and time.monotonic() < deadline + _CANCEL_GRACE_S:
            if not is_killed and time.monotonic() > deadline:
                is_killed = True
                for key in list(self._in_flight):
                    self.workers.kill(key)
            self._wait()
            self.observer.tick()
        self.recorder.collect()
        for key in list(self._in_flight):
            self._attempt_over(key, WorkerLost("it did not end when the run was cancelled"))
        for task in self._scheduler.end_rest(Result.CANCELLATION):
            self.recorder.task_ended(task, Result.CANCELLATION, self._attempts.get(task.id, 0), None, None)
            self.observer.task_ended(task, Result.CANCELLATION, None)
        result = Result.FAILURE if self.fail_fast and had_failure else Result.CANCELLATION
        return self._finish(result)

    def _abort(self, error: EngineError) -> None:
        """Without Ray no attempt ends any more: say so of each, and close the run log."""
        for flight in self._in_flight.values():
            recorded, now_ns = self.recorder.recorded(flight.task, flight.attempt), self.recorder.now_ns()
            start_ns = recorded.start_ns or flight.submitted_ns
            end_ns = start_ns + recorded.elapsed_ns(now_ns) if recorded.start_ns else now_ns
            outcome = AttemptOutcome(Result.ERROR, start_ns, end_ns, str(error), ("EngineError",))
            self.recorder.attempt_ended(flight.task, flight.attempt, flight.span, outcome)
        for task in self._scheduler.end_rest(Result.ERROR):
            self.recorder.task_ended(task, Result.ERROR, self._attempts.get(task.id, 0), None, str(error))
            self.observer.task_ended(task, Result.ERROR, None)
        self._finish(Result.ERROR, str(error))

    def _finish(self, result: Result, message: str | None = None) -> RunSummary:
        self.data_lake.discard_private()
        self.recorder.run_ended(result, message or self.cancellation.reason)
        duration_s = (self.recorder.now_ns() - self.recorder.start_ns) / 1e9
        results = dict(self._scheduler.results)
        reused = frozenset(task_id for task_id in self.reused if results[task_id] is Result.SUCCESS)
        summary = RunSummary(self.run_id, result, duration_s, self.recorder.path, results, reused)
        self.observer.run_ended(summary)
        return summary
