"""Several runs, one after the other, on one Ray and one kernel server that stay warm in between."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from pynb_dag_runner.conventions import Result, Variable
from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.errors import EngineError
from pynb_dag_runner.execution.engine import Cancellation
from pynb_dag_runner.execution.events import RunObserver, RunSummary
from pynb_dag_runner.execution.janitor import remove_temporary_folders
from pynb_dag_runner.execution.processes import end_marked
from pynb_dag_runner.execution.ray_start import LOCAL, take_signals_back
from pynb_dag_runner.execution.resume import part_of
from pynb_dag_runner.execution.run import RunOptions, new_run_id, quiet_ray, required_secrets, run_with
from pynb_dag_runner.execution.warm import FORKED, WarmParts
from pynb_dag_runner.project.files import Stamp, project_files, python_state
from pynb_dag_runner.project.own_code import drop_byte_code

RAY_DIED = "Ray ended on its own: a new one is started"


class Session:
    """A warm Ray and kernel server for the runs of one project.

    Each run has its own id, run log, marks and cancel file, as if it were alone. Signals are the caller's affair: it cancels
    a run by the cancellation that it hands over. While a session is entered, ``sys.stdout`` leads nowhere.

    Args:
        project_dir: where the notebooks lie.
        address, kernels: as in :class:`RunOptions`, whose own are not looked at.
        say: hears of what happens to Ray between runs.
    """

    def __init__(
        self,
        project_dir: Path,
        *,
        address: str = LOCAL,
        kernels: str = FORKED,
        say: Callable[[str], object] = lambda text: None,
    ) -> None:
        self._project_dir = project_dir.absolute()
        self._address = address
        self._kernels = kernels
        self._say = say
        self._parts: WarmParts | None = None
        self._last_run_id = ""
        self._stack = contextlib.ExitStack()
        self._known: frozenset[tuple[Path, Stamp]] = frozenset()

    def __enter__(self) -> Session:
        """Begin to start Ray; returns at once.

        Raises:
            UsageError: there is no cluster at the address.
        """
        self._stack.enter_context(quiet_ray())
        self._start()
        return self

    def __exit__(
        self, type: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self._stop()
        finally:
            self._stack.close()

    def keep_warm(self) -> None:
        """Between runs, every second or so: a Ray that died is replaced.

        Left alone, it would abort this process a minute later.
        """
        if self._parts is None:
            self._start()
        elif not self._parts.cluster.is_alive():
            self._say(RAY_DIED)
            self._stop()
            self._start()

    def run(
        self,
        pipeline: Pipeline,
        options: RunOptions,
        observer: RunObserver,
        cancellation: Cancellation | None = None,
    ) -> RunSummary:
        """One run, as by :func:`run_pipeline`.

        Raises:
            PipelineError: a secret that a task names is not set; nothing was started then.
            EngineError: Ray cannot be started, or the run log cannot be written. The next run gets a new Ray.
        """
        secrets = required_secrets(part_of(pipeline, options.plan) if options.plan else pipeline, os.environ)
        self.keep_warm()
        if self._parts is not None and self._parts.cluster.has_failed:
            # Perhaps the machine was just too busy.
            self._stop()
            self._start()
        assert self._parts is not None
        code = self._code(options)
        run_id = self._last_run_id = self._next_run_id()
        self._parts.begin_run(run_id)
        self._parts.workers.abandon()
        try:
            summary = run_with(
                self._parts,
                run_id,
                pipeline,
                self._project_dir,
                options,
                observer,
                cancellation or Cancellation(),
                secrets,
                code,
            )
        except EngineError:
            self._stop()
            raise
        finally:
            take_signals_back()
            remove_temporary_folders(run_id)
        if summary.result is not Result.SUCCESS:
            # Of tasks that succeeded nothing is left: they end what they started.
            end_marked(run_id)
        return summary

    def _start(self) -> None:
        parts = WarmParts(self._address, f"session-{new_run_id()}", self._kernels)
        self._parts = parts.__enter__()

    def _stop(self) -> None:
        if self._parts is not None:
            parts, self._parts = self._parts, None
            parts.__exit__(None, None, None)
            parts.wait_until_clean()
            os.environ.pop(Variable.RUN_MARK, None)

    def _next_run_id(self) -> str:
        """An id that sorts after the one before, also within one second: the newest run is found by that."""
        while (run_id := new_run_id()) <= self._last_run_id:
            pass
        return run_id

    def _code(self, options: RunOptions) -> str:
        """The version of the project's code that this run has; byte code of another one is removed."""
        state = python_state(project_files(self._project_dir, [options.outputs_dir.absolute()]))
        drop_byte_code(path for path, _ in state - self._known)
        self._known = state
        return hashlib.sha256(repr(sorted(map(str, state))).encode()).hexdigest()
