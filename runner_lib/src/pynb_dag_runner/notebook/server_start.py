"""Starts the process that forks kernels; whoever does needs none of Jupyter's own modules, which take a while to import."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_SERVER = "pynb_dag_runner.notebook.kernel_server"
_BACKLOG = 128

_END_LIMIT_S = 0.5
"""A server that is still importing does not hear that it is to end, and has no kernels yet."""


@contextlib.contextmanager
def kernel_server(folder: Path, modules: Sequence[str], environment: Mapping[str, str]) -> Iterator[Path]:
    """Start a server in whose kernels ``modules`` are imported; yields its socket, which lies in ``folder``.

    The server ends, with every kernel of it, when the context is left or this process dies. ``environment`` is all that it
    sees; kernels get their own, and are refused where theirs differs in what imported modules may have looked at.
    """
    socket_path = folder / "kernels"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(socket_path))
        listener.listen(_BACKLOG)
        server = subprocess.Popen(
            [sys.executable, "-m", _SERVER, str(listener.fileno()), *modules],
            # The backend must be known before pyplot is imported, or figures vanish silently.
            env={**environment, "MPLBACKEND": "module://matplotlib_inline.backend_inline"},
            cwd=folder,
            pass_fds=[listener.fileno()],
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
            server.wait(timeout=_END_LIMIT_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        socket_path.unlink(missing_ok=True)
