"""Watches a pipeline: cycle after cycle on one session, each an ordinary run of what is not up to date."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from pynb_dag_runner.cli.progress.output import ProgressOutput
from pynb_dag_runner.cli.progress.views import ProgressView, progress_view
from pynb_dag_runner.cli.run import Problems, checked_pipeline, show_problems
from pynb_dag_runner.cli.selection import show_plan
from pynb_dag_runner.conventions import Result
from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.dag.task import Task
from pynb_dag_runner.errors import EngineError, PdrError, RunLogError
from pynb_dag_runner.execution.engine import Cancellation
from pynb_dag_runner.execution.events import RunSummary
from pynb_dag_runner.execution.requests import AttemptOutcome
from pynb_dag_runner.execution.resume import LATEST, RunPlan, plan_run
from pynb_dag_runner.execution.run import RunOptions
from pynb_dag_runner.execution.session import Session
from pynb_dag_runner.project.fingerprint import Fingerprints
from pynb_dag_runner.project.own_code import drop_byte_code, forget_own_code
from pynb_dag_runner.report.escaping import printable
from pynb_dag_runner.runlog.redaction import Redactor, secrets_by_name
from pynb_dag_runner.watch.affected import affected_plan, changed_tasks, named, unfinished
from pynb_dag_runner.watch.changes import Changes
from pynb_dag_runner.watch.signals import Stop
from pynb_dag_runner.watch.tool import begin_line, end_line

_NAME = "pipeline"
_SUCCESS, _FAILED, _WRONG, _CANCELLED = 0, 1, 2, 130
_LOOK_AT_RAY_EVERY_S = 1.0


class PipelineWatch:
    """Runs what is not up to date, then what each save affects, until ``stop`` says that it is over."""

    def __init__(self, project_dir: Path, options: RunOptions, kind: str, output: ProgressOutput, stop: Stop) -> None:
        self._project_dir = project_dir
        self._options = options
        self._kind = kind
        self._output = output
        self._stop = stop
        self._stdout = sys.stdout
        self._redactor = Redactor(secrets_by_name(os.environ))
        self._tried: dict[str, str] = {}
        self._failures: dict[str, str] = {}
        self._is_wrong = False
        self._changes = Changes(project_dir, [options.outputs_dir])

    def watch(self) -> None:
        """Watch until the end; whatever was started is gone then."""
        with Session(self._project_dir, kernels=self._options.kernels, say=self._say) as session:
            changed: set[Path] | None = None
            while not self._stop():
                self._say(begin_line(_NAME))
                exit_code, changed = self._cycle(session, changed)
                self._say(end_line(_NAME, exit_code))
                if not changed and not self._stop():
                    self._say("waits for a save; Ctrl-C ends it")
                    changed = self._wait(session)

    def _wait(self, session: Session) -> set[Path]:
        next_s = [0.0]

        def is_over() -> bool:
            if time.monotonic() >= next_s[0]:
                next_s[0] = time.monotonic() + _LOOK_AT_RAY_EVERY_S
                session.keep_warm()
            return self._stop()

        return self._changes.wait(is_over)

    def _cycle(self, session: Session, changed: set[Path] | None) -> tuple[int, set[Path]]:
        """One cycle; returns how it ended, and what was saved meanwhile and made it end early."""
        if changed is not None:
            self._say(f"saved: {named(changed, self._project_dir)}")
        try:
            # What pipeline.py prints is meant to be seen.
            with contextlib.redirect_stdout(self._stdout):
                pipeline, secrets = self._pipeline(changed or set())
                plan = self._plan(pipeline)
        except Problems as found:
            show_problems(found.problems, self._output)
            sys.stderr.flush()
            self._is_wrong = True
            return _WRONG, set()
        except PdrError as error:
            return self._went_wrong(error), set()
        if self._is_wrong:
            self._say("the pipeline is well again")
            self._is_wrong = False
        if changed is not None:
            plan = affected_plan(pipeline, plan, self._tried)
        for task_id in plan.choices:
            self._failures.pop(task_id, None)
        for line in self._failures.values():
            self._say(line)
        if not plan.running:
            why = (
                "everything is up to date"
                if changed is None
                else f"nothing is affected by {named(changed, self._project_dir)}"
            )
            self._say(f"{why}: no run")
            return (_FAILED if self._failures else _SUCCESS), set()
        return self._run(session, pipeline, plan, secrets)

    def _pipeline(self, changed: set[Path]) -> tuple[Pipeline, dict[str, str]]:
        drop_byte_code(changed)
        forget_own_code(self._project_dir)
        return checked_pipeline(self._project_dir, self._options.environment, self._options.settings)

    def _plan(self, pipeline: Pipeline) -> RunPlan:
        try:
            return plan_run(pipeline, self._project_dir, self._options.outputs_dir, resume=LATEST)
        except RunLogError as error:
            self._say(f"the newest run cannot be taken over from, so everything runs: {error}")
            return plan_run(pipeline, self._project_dir, self._options.outputs_dir)

    def _run(
        self, session: Session, pipeline: Pipeline, plan: RunPlan, secrets: Mapping[str, str]
    ) -> tuple[int, set[Path]]:
        self._redactor = redactor = Redactor(secrets_by_name(os.environ) | dict(secrets))
        show_plan(plan, lambda text: self._output.write(redactor.text(text)[0]))
        self._output.flush()
        cancellation = Cancellation()
        view = progress_view(self._kind, self._output, os.environ, lambda text: redactor.text(text)[0])
        observer = _SeesSaves(view, self._interrupted(pipeline, plan), cancellation)
        self._stop.then = lambda reason: setattr(cancellation, "reason", cancellation.reason or reason)
        if self._stop():
            return _CANCELLED, set()
        try:
            with contextlib.closing(view):
                summary = session.run(pipeline, replace(self._options, plan=plan), observer, cancellation)
        except EngineError as error:
            self._say(f"error: {error}")
            return _FAILED, observer.seen
        except PdrError as error:
            return self._went_wrong(error), observer.seen
        finally:
            self._stop.then = lambda reason: None
        self._remember(plan, summary, observer)
        if summary.result is Result.CANCELLATION:
            return _CANCELLED, observer.seen
        return (_SUCCESS if summary.result is Result.SUCCESS and not self._failures else _FAILED), observer.seen

    def _interrupted(self, pipeline: Pipeline, plan: RunPlan) -> Callable[[set[str], set[Path]], tuple[set[Path], str]]:
        """What was saved since, and why the run cannot go on as it is: empty where it can."""

        def look(finished: set[str], seen: set[Path]) -> tuple[set[Path], str]:
            changed = self._changes.look()
            if not changed:
                return set(), ""
            drop_byte_code(changed)
            tasks = {task.id for task in pipeline}
            if self._project_dir / "pipeline.py" not in changed:
                tasks = changed_tasks(plan.code, Fingerprints(pipeline, self._project_dir).code())
            affected = [task for task in plan.running if task in unfinished(pipeline, tasks, finished)]
            names = named(changed, self._project_dir)
            return changed, f"{names} was saved, which affects {affected[0]}" if affected else ""

        return look

    def _remember(self, plan: RunPlan, summary: RunSummary, observer: _SeesSaves) -> None:
        for task_id, result in summary.results.items():
            self._tried.pop(task_id, None)
            self._failures.pop(task_id, None)
            if result not in (Result.SUCCESS, Result.CANCELLATION):
                self._tried[task_id] = plan.code[task_id].fingerprint or ""
                if task_id in observer.failures:
                    self._failures[task_id] = f"{observer.failures[task_id]} (as before)"

    def _went_wrong(self, error: PdrError) -> int:
        text = str(error)
        self._say(text if "error: " in text else f"error: {text}")
        self._is_wrong = True
        return _WRONG

    def _say(self, text: str) -> None:
        self._output.write(f"{printable(self._redactor.text(text)[0])}\n")
        self._output.flush()


class _SeesSaves:
    """An observer that passes everything on, and in between looks whether something was saved."""

    def __init__(
        self,
        view: ProgressView,
        look: Callable[[set[str], set[Path]], tuple[set[Path], str]],
        cancellation: Cancellation,
    ) -> None:
        self._look = look
        self._cancellation = cancellation
        self._finished: set[str] = set()
        self.seen: set[Path] = set()
        self.failures: dict[str, str] = {}
        self._view = view
        self.run_started = view.run_started
        self.attempt_started = view.attempt_started
        self.cancelling = view.cancelling
        self.run_ended = view.run_ended

    def attempt_ended(self, task: Task, attempt: int, outcome: AttemptOutcome, is_retried: bool) -> None:
        """Note where it failed."""
        if outcome.result is not Result.SUCCESS and outcome.location is not None:
            message = (outcome.message or outcome.result.value).splitlines()[0]
            self.failures[task.id] = f"{outcome.location}: error: [{task.id}] {message}"
        self._view.attempt_ended(task, attempt, outcome, is_retried)

    def task_ended(self, task: Task, result: Result, skipped_because: Task | None) -> None:
        """Note that it cannot be affected any more."""
        self._finished.add(task.id)
        self._view.task_ended(task, result, skipped_because)

    def task_reused(self, task: Task, run_id: str) -> None:
        """Pass it on."""
        self._view.task_reused(task, run_id)

    def tick(self) -> None:
        """Look for saves; the first that matters cancels the run."""
        changed, reason = self._look(self._finished, self.seen)
        self.seen |= changed
        if reason and not self._cancellation.reason:
            self._cancellation.reason = reason
        self._view.tick()
