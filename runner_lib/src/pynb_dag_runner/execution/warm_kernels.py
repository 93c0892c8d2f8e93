"""Starts the kernel server of a local run, while Ray starts."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pynb_dag_runner.conventions import Variable
from pynb_dag_runner.execution.task_environment import allowed, with_sources

_PROGRAM = "pynb_dag_runner.notebook.kernel_server"
_BACKLOG = 128
_OWN_MODULES = ("pynb_dag_runner.tracking.task", "pynb_dag_runner.runlog.attempt_log", "pynb_dag_runner.runlog.writer")
"""Parts of this library that a notebook loads when it records something."""


@contextlib.contextmanager
def kernel_server(folder: Path, run_id: str, project_dir: Path, modules: Sequence[str]) -> Iterator[Path | None]:
    """A server that forks kernels which have ``modules`` imported; yields its socket in ``folder``.

    Yields None where forking is not safe: outside Linux. No secret gets into the server's environment.
    """
    if sys.platform != "linux":
        yield None
        return
    socket_path = folder / "kernels"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(socket_path))
        listener.listen(_BACKLOG)
        descriptor = listener.fileno()
        server = subprocess.Popen(
            [sys.executable, "-m", _PROGRAM, str(descriptor), *_OWN_MODULES, *modules],
            env=_environment(os.environ, run_id, project_dir),
            cwd=folder,
            pass_fds=[descriptor],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        yield socket_path
    finally:
        if server.stdin is not None:
            server.stdin.close()
        try:
            server.wait(timeout=2)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _environment(environment: Mapping[str, str], run_id: str, project_dir: Path) -> dict[str, str]:
    """As a task with one processor sees it, so that what is imported under it suits most notebooks."""
    return {
        # As Ray sets it for a task with one processor. It also keeps numerical libraries from starting threads.
        "OMP_NUM_THREADS": "1",
        **with_sources(allowed(environment), project_dir),
        # Before pyplot is imported, or figures vanish silently.
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        Variable.RUN_MARK: run_id,
    }
