"""Starts the process that forks kernels; whoever does needs none of Jupyter's own modules, which take a while to import."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_SERVER = "pynb_dag_runner.notebook.kernel_server"
_BACKLOG = 128

_END_LIMIT_S = 0.5
"""A server, or its successor, that is still importing does not hear that it is to end. Its kernels end with it."""


@contextlib.contextmanager
def kernel_server(
    folder: Path, stages: Sequence[Sequence[str]], environment: Mapping[str, str]
) -> Iterator[list[Path]]:
    """Start a server that imports the modules of one stage after another; yields a socket for each, which lies in ``folder``.

    Kernels that are asked for at the socket of a stage have its modules, and those of earlier stages, imported; they need not
    wait for later ones. The server ends, with every kernel of it, when the context is left or this process dies.
    ``environment`` is all that it sees; kernels get their own, and are refused where theirs differs in what imported modules may
    have looked at.
    """
    paths = [folder / f"kernels-{number}" for number in range(len(stages))]
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) for _ in paths]
        for listener, path in zip(listeners, paths, strict=True):
            listener.bind(str(path))
            listener.listen(_BACKLOG)
        descriptors = [listener.fileno() for listener in listeners]
        described = json.dumps(list(zip(descriptors, stages, strict=True)))
        server = subprocess.Popen(
            [sys.executable, "-m", _SERVER, described],
            # The backend must be known before pyplot is imported, or figures vanish silently.
            env={**environment, "MPLBACKEND": "module://matplotlib_inline.backend_inline"},
            cwd=folder,
            pass_fds=descriptors,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        yield paths
    finally:
        if server.stdin is not None:
            server.stdin.close()
        try:
            server.wait(timeout=_END_LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
        for path in paths:
            path.unlink(missing_ok=True)
