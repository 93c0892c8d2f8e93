"""Ends real processes, also those that do not want to end."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from pynb_dag_runner.conventions import Variable
from pynb_dag_runner.execution.processes import end_marked, end_tree

_IGNORES = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"
)
_SPAWNS = f"""
import os, subprocess, sys, time
{{}}
child = subprocess.Popen([sys.executable, "-c", {_IGNORES!r}], stdout=subprocess.PIPE, text=True, start_new_session=True)
child.stdout.readline()
print(child.pid, flush=True)
if {{stays}}:
    time.sleep(600)
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def mark() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def start(mark: str) -> Iterator[Start]:
    """``start(code)`` runs Python code, marked, until it has printed a line; all is ended after the test."""
    started: list[subprocess.Popen[str]] = []

    def start_python(code: str, marked_as: str = mark) -> subprocess.Popen[str]:
        environment = {**os.environ, Variable.ATTEMPT_MARK: marked_as}
        process = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start_python
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    for left in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if left.environ().get(Variable.ATTEMPT_MARK, "").startswith(mark):
                left.kill()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_ends_a_process_that_ignores_sigterm(start: Start) -> None:
    process = start(_IGNORES)
    assert _line(process) == "ready"
    end_tree(process.pid)
    assert not _is_running(process.pid)


def test_ends_grandchildren_in_sessions_of_their_own(start: Start) -> None:
    process = start(_SPAWNS.format("", stays=True))
    grandchild = int(_line(process))
    assert _is_running(grandchild)
    end_tree(process.pid)
    assert not _is_running(process.pid)
    assert not _is_running(grandchild)


def test_a_process_that_is_gone_is_no_error(start: Start) -> None:
    process = start("print('done')")
    process.wait()
    end_tree(process.pid)


def test_finds_by_its_mark_a_daemon_whose_parents_are_gone(start: Start, mark: str) -> None:
    process = start(_SPAWNS.format("", stays=False), f"{mark}/task/1")
    daemon = int(_line(process))
    process.wait()
    assert _is_running(daemon)
    assert end_marked(f"{mark}/task/1") == 1
    assert not _is_running(daemon)


@pytest.mark.parametrize(
    ("marked_as", "is_ended"),
    [("{}", True), ("{}/task", True), ("{}/task/2", True), ("{}2", False), ("{}-other/task", False)],
)
def test_ends_what_lies_below_a_mark_and_nothing_beside_it(
    start: Start, mark: str, marked_as: str, is_ended: bool
) -> None:
    process = start("print('ready', flush=True); import time; time.sleep(600)", marked_as.format(mark))
    _line(process)
    end_marked(mark)
    assert _is_running(process.pid) is not is_ended


def test_never_ends_itself_or_its_parent(tmp_path: Path, mark: str) -> None:
    script = tmp_path / "marked.py"
    script.write_text("from pynb_dag_runner.execution.processes import end_marked\n" f"print(end_marked({mark!r}))\n")
    environment = {**os.environ, Variable.ATTEMPT_MARK: mark}
    result = subprocess.run(
        ["sh", "-c", f"'{sys.executable}' '{script}'; echo parent"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "0\nparent\n"
