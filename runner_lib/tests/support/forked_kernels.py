"""What tests of forked kernels share: an environment, a listener, and what a notebook printed."""

from __future__ import annotations

import os
import sys

from nbformat import NotebookNode

from pynb_dag_runner.notebook.execute import EvaluatedNotebook

ENVIRONMENT = {
    "PATH": os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"],
    "OMP_NUM_THREADS": "1",  # or numpy starts threads when it is imported, and cannot be imported beforehand
}


class Silent:
    """Hears nothing but the process id."""

    pid = 0

    def kernel_started(self, pid: int) -> None:
        self.pid = pid

    def why_ended(self) -> tuple[str, str] | None:
        return None

    def cell_started(self, index: int, line: int | None, start_ns: int) -> None: ...

    def cell_ended(self, index: int, line: int | None, start_ns: int, end_ns: int, failed: bool) -> None: ...

    def output(self, stream: str, text: str, cell_index: int) -> None: ...

    def notebook_changed(self, notebook: NotebookNode) -> None: ...


def printed(evaluated: EvaluatedNotebook) -> str:
    """What the first cell has printed."""
    assert evaluated.failure is None
    return "".join(out.text for out in evaluated.notebook.cells[0].outputs if out.output_type == "stream")
