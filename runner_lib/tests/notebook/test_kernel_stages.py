"""A kernel server that imports more and more: whom it serves meanwhile, and what a module that starts a thread leads to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from forked_kernels import ENVIRONMENT, printed
from waiting import HANG_S, wait_until

from pynb_dag_runner.notebook import forked_kernel
from pynb_dag_runner.notebook.execute import EvaluatedNotebook
from pynb_dag_runner.notebook.server_start import kernel_server

Evaluate = Callable[..., EvaluatedNotebook]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Released when a client has sent its request, and waits for the answer."""
    asked = threading.Semaphore(0)
    answer = forked_kernel._line

    def waited(connection: socket.socket) -> bytes:
        asked.release()
        return answer(connection)

    monkeypatch.setattr(forked_kernel, "_line", waited)
    return asked


class Gates:
    """Files for which code waits: of modules that are imported, and of notebooks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.environment = {"PYTHONPATH": str(folder)}
        self.server_environment = {**ENVIRONMENT, **self.environment}

    def module(self, name: str, source: str = "") -> None:
        """A module with this source."""
        (self._folder / f"{name}.py").write_text(source)

    def waiting(self, gate: str) -> str:
        """Source that goes on when the gate is open."""
        return f"import os, time\nwhile not os.path.exists({str(self._folder / gate)!r}):\n    time.sleep(0.01)\n"

    def opening(self, gate: str) -> str:
        """Source that opens the gate."""
        return f"open({str(self._folder / gate)!r}, 'w').close()\n"

    def open(self, gate: str) -> None:
        """Open it."""
        (self._folder / gate).touch()

    def wait_for(self, gate: str) -> None:
        """Wait until it is open."""
        wait_until((self._folder / gate).exists)


@pytest.fixture
def gates(tmp_path: Path) -> Gates:
    """Modules and gates of a test."""
    (tmp_path / "modules").mkdir()
    return Gates(tmp_path / "modules")


THREAD = "import threading, time\nthreading.Thread(target=time.sleep, args=[9]).start()\n"


def test_a_kernel_waits_for_the_modules_of_its_stage_alone(
    folder: Path, evaluate: Evaluate, asked: threading.Semaphore, gates: Gates
) -> None:
    gates.module("early", gates.waiting("asked"))
    gates.module("late")
    source = "import sys; print('early' in sys.modules, 'late' in sys.modules)"
    with kernel_server(
        folder, [["early"], ["late"]], gates.server_environment
    ) as sockets, ThreadPoolExecutor() as pool:
        evaluations = [pool.submit(evaluate, source, server, **gates.environment) for server in sockets]
        for _ in sockets:
            assert asked.acquire(timeout=HANG_S)
        gates.open("asked")
        first, second = (printed(evaluation.result()).split() for evaluation in evaluations)
    assert first == ["True", "False"]
    assert second == ["True", "True"]


def test_the_end_of_a_kernel_is_told_while_a_later_module_is_imported(
    folder: Path, evaluate: Evaluate, asked: threading.Semaphore, gates: Gates
) -> None:
    gates.module("early", gates.waiting("asked"))
    gates.module("late", gates.waiting("the kernel has ended"))
    with kernel_server(
        folder, [["early"], ["late"]], gates.server_environment
    ) as sockets, ThreadPoolExecutor() as pool:
        first = pool.submit(evaluate, "import sys; print('early' in sys.modules)", sockets[0], **gates.environment)
        assert asked.acquire(timeout=HANG_S)
        gates.open("asked")
        try:
            assert printed(first.result(timeout=HANG_S)).strip() == "True"
        finally:
            gates.open("the kernel has ended")


def test_a_thread_of_a_later_module_does_no_harm_to_kernels_that_run(
    folder: Path, evaluate: Evaluate, asked: threading.Semaphore, gates: Gates
) -> None:
    gates.module("early", gates.waiting("asked"))
    gates.module("threaded", gates.waiting("a kernel runs") + THREAD)
    gates.module("late")
    stages = [["early"], ["threaded", "late"]]
    with kernel_server(folder, stages, gates.server_environment) as sockets, ThreadPoolExecutor() as pool:
        running = gates.opening("a kernel runs") + gates.waiting("end") + "print('whole')"
        first = pool.submit(evaluate, running, sockets[0], **gates.environment)
        assert asked.acquire(timeout=HANG_S)
        gates.open("asked")
        gates.wait_for("a kernel runs")
        source = "import os, sys\nprint(*(name in sys.modules for name in ('early', 'threaded', 'late')), os.getppid())"
        *later, successor = printed(evaluate(source, sockets[1], **gates.environment)).split()
        *earlier, _ = printed(evaluate(source, sockets[0], **gates.environment)).split()
        gates.open("end")
        assert printed(first.result()).strip() == "whole"
    assert later == earlier == ["True", "False", "True"]
    assert not psutil.pid_exists(int(successor))


def test_a_successor_that_still_imports_ends_with_its_server(
    folder: Path, evaluate: Evaluate, asked: threading.Semaphore, gates: Gates
) -> None:
    gates.module("early", gates.waiting("asked"))
    gates.module("threaded", gates.waiting("a kernel runs") + THREAD)
    gates.module("endless", gates.opening("the successor imports") + gates.waiting("never"))
    stages = [["early"], ["threaded", "endless"]]
    with kernel_server(folder, stages, gates.server_environment) as sockets, ThreadPoolExecutor() as pool:
        source = "import os\nserver = os.getppid()\n" + gates.opening("a kernel runs") + gates.waiting("end")
        first = pool.submit(evaluate, f"{source}print(server)", sockets[0], **gates.environment)
        assert asked.acquire(timeout=HANG_S)
        gates.open("asked")
        gates.wait_for("the successor imports")
        gates.open("end")
        server = psutil.Process(int(printed(first.result())))
        (successor,) = server.children()
    assert not server.is_running()
    wait_until(lambda: not successor.is_running() or successor.status() == psutil.STATUS_ZOMBIE)
