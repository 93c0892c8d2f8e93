"""Notebooks written by a test, and a listener that notes what it hears."""

from __future__ import annotations

import copy
import itertools
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from forked_kernels import ENVIRONMENT, Silent
from nbformat import NotebookNode

from pynb_dag_runner.notebook.execute import EvaluatedNotebook, execute_notebook
from pynb_dag_runner.notebook.server_start import kernel_server


@dataclass
class NotingListener:
    """Notes all that happens; ``when_started`` is called with the kernel's process id."""

    when_started: Callable[[int], None] | None = None
    when_cell_started: Callable[[int], None] | None = None
    reason: tuple[str, str] | None = None
    pid: int = 0
    events: list[tuple[Any, ...]] = field(default_factory=list)
    printed: list[tuple[str, str, int]] = field(default_factory=list)
    copies: list[NotebookNode] = field(default_factory=list)

    def kernel_started(self, pid: int) -> None:
        self.pid = pid
        if self.when_started:
            self.when_started(pid)

    def why_ended(self) -> tuple[str, str] | None:
        return self.reason

    def cell_started(self, index: int, line: int | None, start_ns: int) -> None:
        self.events.append(("started", index, line))
        if self.when_cell_started:
            self.when_cell_started(self.pid)

    def cell_ended(self, index: int, line: int | None, start_ns: int, end_ns: int, failed: bool) -> None:
        assert end_ns >= start_ns > 0
        self.events.append(("ended", index, line, failed))

    def output(self, stream: str, text: str, cell_index: int) -> None:
        self.printed.append((stream, text, cell_index))

    def notebook_changed(self, notebook: NotebookNode) -> None:
        self.copies.append(copy.deepcopy(notebook))


@dataclass
class NotebookBench:
    """Evaluates notebooks in real kernels."""

    folder: Path
    kernel_server: Path | None = None

    def write(self, source: str) -> Path:
        """A notebook with this py:percent source."""
        path = self.folder / "notebooks" / "work.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(source, encoding="utf-8")
        return path

    def evaluate(
        self,
        source: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        listener: NotingListener | None = None,
        env: Mapping[str, str] | None = None,
    ) -> EvaluatedNotebook:
        """Evaluate a notebook with this source; no home folder, no variables but PATH."""
        return execute_notebook(
            self.write(source),
            parameters or {},
            env={**ENVIRONMENT, **(env or {})},
            socket_dir=self.folder / "s",
            listener=listener or NotingListener(),
            name="notebooks/work.py",
            kernel_server=self.kernel_server,
        )


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The socket of a server that forks kernels."""
    folder = Path(tempfile.mkdtemp(prefix="pdr-test-"))  # sockets need a short path
    with kernel_server(folder, [["numpy", "matplotlib.pyplot"]], ENVIRONMENT) as (socket,):
        yield socket
    folder.rmdir()


@pytest.fixture(params=["fresh", "forked"])
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> NotebookBench:
    """Every promise of a kernel holds for both kinds."""
    return NotebookBench(tmp_path, request.getfixturevalue("server") if request.param == "forked" else None)


@pytest.fixture
def listener() -> NotingListener:
    return NotingListener()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a path that is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="pdr-test-") as name:
        yield Path(name)


@pytest.fixture
def evaluate(tmp_path: Path) -> Callable[..., EvaluatedNotebook]:
    numbers = itertools.count()

    def run(source: str, server: Path, **environment: str) -> EvaluatedNotebook:
        path = tmp_path / f"work-{next(numbers)}.py"
        path.write_text(f"# %%\n{source}", encoding="utf-8")
        env = {**ENVIRONMENT, **environment}
        return execute_notebook(
            path, {}, env=env, socket_dir=tmp_path / "s", listener=Silent(), name="work.py", kernel_server=server
        )

    return run
