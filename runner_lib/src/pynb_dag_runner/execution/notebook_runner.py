"""An attempt of a notebook task."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pynb_dag_runner.conventions import ArtifactKind, Event, Result, SpanAttribute, SpanKind
from pynb_dag_runner.errors import PdrError, SourceLocation
from pynb_dag_runner.execution.processes import end_marked, end_tree
from pynb_dag_runner.execution.requests import NOTEBOOK_FILE, AttemptOutcome, temporary_prefix
from pynb_dag_runner.execution.running_attempt import RunningAttempt
from pynb_dag_runner.execution.watchdog import Watchdog
from pynb_dag_runner.notebook.execute import EvaluatedNotebook, execute_notebook
from pynb_dag_runner.notebook.outputs import redacted_notebook
from pynb_dag_runner.runlog.traces import SpanReference
from pynb_dag_runner.runlog.writer import FinishedSpan

if TYPE_CHECKING:
    from nbformat import NotebookNode

_SAVE_PAUSE = 20
"""How many times as long as saving took, the next saving waits."""


def run_notebook(attempt: RunningAttempt) -> AttemptOutcome:
    """Evaluate the notebook; however it ends, what was evaluated so far is recorded."""
    request = attempt.request
    path = str(request.target)
    listener = _Recorder(attempt)
    # Paths of Unix sockets have about 100 characters at most, so they cannot lie in the attempt's own folder.
    prefix = temporary_prefix(request.context.run_id)
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as sockets, attempt.watchdog(
        listener.stop
    ) as watchdog:
        listener.watchdog = watchdog
        try:
            evaluated = execute_notebook(
                request.project_dir / path,
                request.context.parameters,
                env=attempt.environment,
                socket_dir=Path(sockets),
                listener=listener,
                name=path,
                kernel_server=request.kernel_server,
            )
        except PdrError as error:
            attempt.log.exception(type(error).__name__, str(error), "")
            return attempt.outcome(Result.ERROR, str(error), (type(error).__name__,))
        finally:
            end_marked(request.mark)
    content = json.dumps(listener.redacted(evaluated.notebook), ensure_ascii=False, indent=1)
    attempt.log.artifact(f"{Path(path).stem}.ipynb", content, ArtifactKind.NOTEBOOK)
    return _outcome(attempt, evaluated, watchdog.reason)


def _outcome(attempt: RunningAttempt, evaluated: EvaluatedNotebook, reason: Result | None) -> AttemptOutcome:
    failure = evaluated.failure
    if failure is None:
        return attempt.outcome(Result.SUCCESS)
    location = SourceLocation(failure.file, failure.line) if failure.file and failure.line else None
    attempt.log.exception(failure.type, failure.message, failure.stacktrace, failure.file, failure.line)
    if evaluated.kernel_died and reason is not None:
        return attempt.stopped(reason, location)
    result = Result.ERROR if evaluated.kernel_died else Result.FAILURE
    return attempt.outcome(result, f"{failure.type}: {failure.message}", (failure.type,), location)


class _Recorder:
    """Hears what happens in the kernel, and records it."""

    def __init__(self, attempt: RunningAttempt) -> None:
        self._attempt = attempt
        self._kernel_pid: int | None = None
        self._cell: SpanReference | None = None
        self._is_stopped = False
        self._next_save_s = 0.0
        self.watchdog: Watchdog | None = None

    def stop(self, reason: Result) -> None:
        """End the kernel and all it started; papermill then notices that it is gone."""
        self._is_stopped = True
        if self._kernel_pid is not None:
            end_tree(self._kernel_pid)
        end_marked(self._attempt.request.mark, grace_s=0)

    def why_ended(self) -> tuple[str, str] | None:
        """Type and message of what the notebook shows, where it was this side that ended the kernel."""
        reason = self.watchdog.reason if self.watchdog is not None else None
        if reason is None:
            return None
        outcome = self._attempt.stopped(reason)
        return outcome.error_types[0], outcome.message or ""

    def redacted(self, notebook: NotebookNode) -> Any:
        """The notebook without secrets, as plain JSON."""
        return redacted_notebook(notebook, self._attempt.log.writer.redactor)

    def kernel_started(self, pid: int) -> None:
        self._kernel_pid = pid
        if self._is_stopped:
            end_tree(pid)

    def cell_started(self, index: int, line: int | None, start_ns: int) -> None:
        if self.watchdog is not None:
            self.watchdog.start_clock()
        self._cell = self._attempt.log.span.new_span()
        self._attempt.log.writer.event(
            Event.CELL_STARTED, self._cell, self._cell_attributes(index, line), time_ns=start_ns
        )

    def cell_ended(self, index: int, line: int | None, start_ns: int, end_ns: int, failed: bool) -> None:
        if self._cell is None:
            return
        self._attempt.log.writer.span(
            FinishedSpan(
                name=f"cell {index}",
                reference=self._cell,
                parent=self._attempt.log.span,
                start_ns=start_ns,
                end_ns=end_ns,
                attributes={SpanAttribute.KIND: SpanKind.CELL.value, **self._cell_attributes(index, line)},
                error="the cell failed" if failed else None,
            )
        )

    def output(self, stream: str, text: str, cell_index: int) -> None:
        self._attempt.log.output(stream, text, cell_index)

    def notebook_changed(self, notebook: NotebookNode) -> None:
        """Keep a copy on disk: if this worker dies, the driver records that one.

        Saving takes at most a twentieth of the time, so a small notebook is saved at every change.
        """
        start_s = time.monotonic()
        if start_s < self._next_save_s:
            return
        content = json.dumps(self.redacted(notebook), ensure_ascii=False)
        path = self._attempt.request.work_dir / NOTEBOOK_FILE
        new = path.with_suffix(".new")
        new.write_text(content, encoding="utf-8")
        new.rename(path)
        end_s = time.monotonic()
        self._next_save_s = end_s + _SAVE_PAUSE * (end_s - start_s)

    def _cell_attributes(self, index: int, line: int | None) -> dict[str, Any]:
        context = self._attempt.request.context
        attributes: dict[str, Any] = {
            SpanAttribute.TASK_ID: context.task_id,
            SpanAttribute.ATTEMPT_NUMBER: context.attempt,
            SpanAttribute.CELL_INDEX: index,
            SpanAttribute.CODE_FILE: str(self._attempt.request.target),
        }
        if line is not None:
            attributes[SpanAttribute.CODE_LINE] = line
        return attributes
