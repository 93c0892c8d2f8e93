"""papermill's client for one evaluation: starts the kernel, evaluates cells, keeps outputs, tells the listener."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, cast

from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NotebookExecutionManager

from pynb_dag_runner.notebook.failure import CellFailure, cell_failure
from pynb_dag_runner.notebook.kernel import NotebookKernelManager, log
from pynb_dag_runner.notebook.outputs import OutputLimits, shortened, without_overwritten
from pynb_dag_runner.notebook.plain_text import clean_content, clean_text

NOTIFY_INTERVAL_S = 2.0
"""The listener hears of a changed notebook about this often while a cell runs."""

KERNEL_DIED = "KernelDied"
"""Type of the failure of a notebook whose kernel ended before the notebook did."""

_OUTPUTS_TIMEOUT_S = 30
"""For what a cell has shown, after its end: on a busy machine a hundred megabytes take longer than the usual 4 s."""


class NotebookListener(Protocol):
    """Hears what happens during an evaluation; times are nanoseconds since 1970 that never run backwards."""

    def kernel_started(self, pid: int) -> None:
        """The kernel's process exists; it leads a session and a process group of its own."""

    def why_ended(self) -> tuple[str, str] | None:
        """Asked when the kernel is gone: type and message of the reason, if it was the listener that ended it."""

    def cell_started(self, index: int, line: int | None, start_ns: int) -> None:
        """A code cell starts; ``index`` counts from 0 in the evaluated notebook, ``line`` from 1 in the source file."""

    def cell_ended(self, index: int, line: int | None, start_ns: int, end_ns: int, failed: bool) -> None:
        """The cell is done, raised, or lost its kernel."""

    def output(self, stream: Literal["stdout", "stderr"], text: str, cell_index: int) -> None:
        """The cell printed something; in all of a notebook no more than its limit, then one line that says so."""

    def notebook_changed(self, notebook: NotebookNode) -> None:
        """The notebook as evaluated so far: at cell ends, and about every 2 s in between if there is new output."""


@dataclass
class Evaluation:
    """What one evaluation is asked for, and how it ended."""

    path: Path
    name: str
    lines: list[int | None]
    env: Mapping[str, str]
    socket_dir: Path
    listener: NotebookListener
    kernel_server: Path | None = None
    failure: CellFailure | None = None
    kernel_died: bool = False


class EvaluationClient(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client, for one evaluation."""

    def __init__(
        self,
        nb_man: NotebookExecutionManager,
        evaluation: Evaluation,
        manager: NotebookKernelManager,
        **options: object,
    ) -> None:
        # A message that is lost on the way must not fail a cell which ran well, hence raise_on_iopub_timeout.
        waiting = {"raise_on_iopub_timeout": False, "iopub_timeout": _OUTPUTS_TIMEOUT_S, "shell_timeout_interval": 1}
        super().__init__(nb_man, km=manager, log=log, **waiting, **options)
        self._evaluation = evaluation
        self._listener = evaluation.listener
        self._manager = manager
        self._limits = OutputLimits()
        self._open_stream: NotebookNode | None = None
        self._open_parts: list[str] = []
        self._is_changed = False
        self._notified_at = time.monotonic()
        self._clock_offset_ns = time.time_ns() - time.monotonic_ns()

    async def evaluate(self) -> None:
        """Start the kernel, evaluate the cells up to the first that fails, end the kernel."""
        evaluation = self._evaluation
        is_complete = False
        notifier = asyncio.ensure_future(self._notify_regularly())
        try:
            await self._manager.start(
                evaluation.env, evaluation.path.parent, Path(self._manager.connection_file).parent
            )
            self._listener.kernel_started(self._manager.pid)
            self.kc = self._manager.client(context=self._manager.context)
            self.kc.start_channels()
            try:
                await self.kc.wait_for_ready()
            except DeadKernelError:
                self._note_dead_kernel(None)
            else:
                await self._evaluate_cells()
            # The kernel's exit handlers run while the listener is busy with the finished notebook.
            await self._manager.ask_to_end()
            self._notify()
            is_complete = True
        finally:
            notifier.cancel()
            await self._manager.end(now=not is_complete)
            if self.kc is not None:
                self.kc.stop_channels()
            await self._manager.cleanup_resources()
            with contextlib.suppress(asyncio.CancelledError):
                await notifier

    async def _evaluate_cells(self) -> None:
        for index, cell in enumerate(self.nb.cells):
            self.nb_man.cell_start(cell, index)
            has_ended = False
            try:
                if self._is_evaluated(cell):
                    has_ended = not await self._evaluate_cell(cell, index)
            finally:
                self.nb_man.cell_complete(cell, cell_index=index)
            if has_ended:
                return

    def _is_evaluated(self, cell: NotebookNode) -> bool:
        has_code = cell.cell_type == "code" and cell.source.strip() != ""
        return has_code and self.skip_cells_with_tag not in cell.metadata.get("tags", [])

    async def _evaluate_cell(self, cell: NotebookNode, index: int) -> bool:
        """Evaluate a cell; False if the notebook ends here."""
        line = self._evaluation.lines[index]
        start_ns = self._now_ns()
        self._listener.cell_started(index, line, start_ns)
        goes_on = True
        try:
            await self.async_execute_cell(cell, index)
        except CellExecutionError as error:
            goes_on = False
            # As in papermill: a notebook may end itself by sys.exit(0).
            if error.ename != "SystemExit" or error.evalue not in ("", "0", "None"):
                self._note_failure(cell, index, error)
        except DeadKernelError:
            goes_on = False
            self._note_dead_kernel(index)
        self._close_stream(is_final=True)
        self._put_marker(cell, index)
        self._listener.cell_ended(index, line, start_ns, self._now_ns(), self._evaluation.failure is not None)
        self._notify()
        return goes_on

    def _now_ns(self) -> int:
        return time.monotonic_ns() + self._clock_offset_ns

    def _note_failure(self, cell: NotebookNode, index: int, error: CellExecutionError) -> None:
        self.nb_man.cell_exception(cell, cell_index=index, exception=error)
        shown = [out for out in cell.outputs if out.output_type == "error"]
        traceback = shown[-1].traceback if shown else [f"{error.ename}: {error.evalue}"]
        self._evaluation.failure = cell_failure(
            error.ename,
            shortened(clean_text(error.evalue)),
            traceback,
            notebook=self.nb,
            cell_index=index,
            file=self._evaluation.name,
            lines=self._evaluation.lines,
        )

    def _note_dead_kernel(self, index: int | None) -> None:
        how = _how_it_ended(self._manager.exit_code)
        unexpected = KERNEL_DIED, f"the notebook's kernel ended before the notebook did: {how}"
        type, message = self._listener.why_ended() or unexpected
        tail = clean_text(self._manager.stderr_tail())
        traceback = [f"{type}: {message}", *tail.splitlines()]
        if index is not None:
            cell = self.nb.cells[index]
            self._close_stream(is_final=True)
            cell.outputs.append(new_output("error", ename=type, evalue=message, traceback=traceback))  # type: ignore[no-untyped-call]
            self.nb_man.cell_exception(cell, cell_index=index)
        self._evaluation.kernel_died = True
        self._evaluation.failure = cell_failure(
            type,
            message,
            traceback,
            notebook=self.nb,
            cell_index=index,
            file=self._evaluation.name,
            lines=self._evaluation.lines,
        )

    def output(
        self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str | None, cell_index: int
    ) -> NotebookNode | None:
        """Take an output of the kernel, within the notebook's limits; overrides a method of nbclient."""
        self._is_changed = True
        if self.output_hook_stack[msg["parent_header"].get("msg_id")]:
            return cast("NotebookNode | None", super().output(outs, msg, display_id, cell_index))
        if self.clear_before_next_output:
            self._clear(outs, cell_index)
        content = msg["content"]
        if msg["msg_type"] == "stream":
            self._take_stream(outs, content["name"], content["text"], cell_index)
            return None
        self._close_stream(is_final=True)
        content = msg["content"] = clean_content(content)
        if msg["msg_type"] == "error":
            content["evalue"] = shortened(content["evalue"])
            content["traceback"] = [shortened(line) for line in content["traceback"]]
        elif not self._limits.keeps_output(content):
            return None
        return cast("NotebookNode | None", super().output(outs, msg, display_id, cell_index))

    def _take_stream(self, outs: list[NotebookNode], name: Literal["stdout", "stderr"], text: str, index: int) -> None:
        kept = clean_text(self._limits.keep_of_stream(text))
        if not kept:
            return
        if self._open_stream is None or self._open_stream.name != name or self._open_stream not in outs[-1:]:
            self._close_stream(is_final=True)
            self._open_stream = new_output("stream", name=name, text="")  # type: ignore[no-untyped-call]
            outs.append(self._open_stream)
        # Joined only when someone looks: appending to one long text a million times would take forever.
        self._open_parts.append(kept)
        self._listener.output(name, kept, index)

    def _close_stream(self, *, is_final: bool) -> None:
        if self._open_stream is None:
            return
        self._open_stream["text"] += "".join(self._open_parts)
        self._open_parts.clear()
        if is_final:
            self._open_stream["text"] = without_overwritten(self._open_stream["text"])
            self._open_stream = None

    def clear_output(self, outs: list[NotebookNode], msg: dict[str, Any], cell_index: int) -> None:
        """Clear a cell's outputs now or before the next one; overrides a method of nbclient."""
        is_hooked = bool(self.output_hook_stack[msg["parent_header"].get("msg_id")])
        if is_hooked or msg["content"].get("wait"):
            super().clear_output(outs, msg, cell_index)
        else:
            self._clear(outs, cell_index)

    def _clear(self, outs: list[NotebookNode], cell_index: int) -> None:
        self._close_stream(is_final=True)
        self._limits.give_back(outs)
        outs[:] = []
        self.clear_display_id_mapping(cell_index)
        self.clear_before_next_output = False

    def _put_marker(self, cell: NotebookNode, index: int) -> None:
        """Say in the cell how much of its output was dropped."""
        marker = self._limits.marker()
        if marker:
            cell.outputs.append(new_output("stream", name="stderr", text=f"{marker}\n"))  # type: ignore[no-untyped-call]
            self._listener.output("stderr", f"\n{marker}\n", index)
            self._limits.forget_dropped()

    async def _notify_regularly(self) -> None:
        while True:
            await asyncio.sleep(NOTIFY_INTERVAL_S / 4)
            if self._is_changed and time.monotonic() - self._notified_at >= NOTIFY_INTERVAL_S:
                self._close_stream(is_final=False)
                self._notify()

    def _notify(self) -> None:
        self._is_changed = False
        self._listener.notebook_changed(self.nb)
        self._notified_at = time.monotonic()


def _how_it_ended(exit_code: int | None) -> str:
    if exit_code is None:
        return "how is not known"
    if exit_code < 0:
        try:
            name = signal.Signals(-exit_code).name
            return f"killed by {name}" + (", perhaps since memory ran out" if name == "SIGKILL" else "")
        except ValueError:
            return f"killed by signal {-exit_code}"
    return f"it exited with code {exit_code}"
