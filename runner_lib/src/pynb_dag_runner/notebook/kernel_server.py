"""A process that has imported the kernel and what notebooks import, and forks a kernel for each notebook (Linux).

Started as ``python -m pynb_dag_runner.notebook.kernel_server DESCRIPTOR MODULE ...`` by ``notebook.forked_kernel``, which
passes on a listening Unix socket: a client that comes early waits instead of starting a kernel of its own. The process has
one thread, no ZeroMQ context and none of the project's own code. Each connection is one kernel: the client sends one message
(JSON, with the descriptors for stdout and stderr), gets ``{"pid": ...}`` or ``{"refused": why}``, and later
``{"exit_code": ...}``. When the client goes away, its kernel is killed; when standard input closes, so are all of them.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pynb_dag_runner.notebook import kernel_app

MAX_MESSAGE_BYTES = 1024 * 1024

# What imported modules may have looked at: a kernel that is to see other values needs a process of its own.
_READ_AT_IMPORT = ("PYTHON*", "OMP_*", "OPENBLAS_*", "MKL_*", "LD_*", "LANG", "LC_*", "MPLCONFIGDIR", "XDG_*", "HOME")
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class KernelRequest:
    """What a new kernel needs to know; ``descriptors`` become its stdout and stderr."""

    arguments: list[str]
    environment: dict[str, str]
    folder: str
    descriptors: tuple[int, int]


def main(descriptor: int, modules: Sequence[str]) -> None:
    """Serve the listening socket ``descriptor`` until standard input closes; in a forked process, be a kernel."""
    preload(modules)
    with socket.socket(fileno=descriptor) as listener:
        request = KernelServer(listener).serve()
    if request is not None:
        become_kernel(request)


def preload(modules: Sequence[str]) -> None:
    """Import what can be imported without side effects that a fork would break.

    A module that starts a thread cannot be un-imported, so the process starts again without it.
    """
    for module in modules:
        # Whatever is wrong with a module is told by the notebook that imports it.
        with contextlib.suppress(Exception, SystemExit):
            importlib.import_module(module)
        if len(os.listdir("/proc/self/task")) > 1:
            rest = [other for other in modules if other != module]
            os.execv(sys.executable, [sys.executable, "-m", __spec__.name, sys.argv[1], *rest])
    # Objects that will never be freed are not touched by the collector of a forked process, so their pages stay shared.
    gc.collect()
    gc.freeze()


class KernelServer:
    """Forks kernels and watches over them."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._environment = _looked_at(os.environ)
        self._clients: dict[int, socket.socket] = {}
        self._wake_up, self._waker = socket.socketpair()

    def serve(self) -> KernelRequest | None:
        """Answer requests; returns None at the end, and in a forked process the request that it is to serve."""
        for end in (self._wake_up, self._waker):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self._waker.fileno())
        with selectors.DefaultSelector() as selector:
            selector.register(sys.stdin, selectors.EVENT_READ, "end")
            selector.register(self._wake_up, selectors.EVENT_READ, "child")
            selector.register(self._listener, selectors.EVENT_READ, "client")
            while True:
                for key, _ in selector.select():
                    if key.data == "end" and not os.read(sys.stdin.fileno(), 1):
                        self._kill_all()
                        return None
                    if key.data == "child":
                        self._report_ended(selector)
                    if key.data == "client":
                        request = self._accept(selector)
                        if request is not None:
                            return request
                    if isinstance(key.data, int):
                        self._client_gone(key.data, selector)

    def _accept(self, selector: selectors.BaseSelector) -> KernelRequest | None:
        """Fork a kernel for the next client; returns its request in the new process, None in this one."""
        client, _ = self._listener.accept()
        try:
            request = _receive(client)
            difference = _difference(self._environment, _looked_at(_as_interpreter_sees(request.environment)))
            if difference:
                _send(client, {"refused": difference})
                client.close()
                return None
            pid = os.fork()
        except (OSError, ValueError, KeyError) as error:
            with contextlib.suppress(OSError):
                _send(client, {"refused": str(error)})
            client.close()
            return None
        if pid == 0:
            client.close()
            return request
        for descriptor in request.descriptors:
            os.close(descriptor)
        self._clients[pid] = client
        selector.register(client, selectors.EVENT_READ, pid)
        with contextlib.suppress(OSError):
            _send(client, {"pid": pid})
        return None

    def _report_ended(self, selector: selectors.BaseSelector) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._wake_up.recv(4096):
                pass
        while self._clients:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            client = self._clients.pop(pid)
            selector.unregister(client)
            with contextlib.suppress(OSError):
                _send(client, {"exit_code": os.waitstatus_to_exitcode(status)})
            client.close()

    def _client_gone(self, pid: int, selector: selectors.BaseSelector) -> None:
        """Clients send nothing after their request: what can be read is the end of the connection."""
        if pid in self._clients and not _is_open(self._clients[pid]):
            selector.unregister(self._clients[pid])
            _kill_session(pid)

    def _kill_all(self) -> None:
        for pid in self._clients:
            _kill_session(pid)


def become_kernel(request: KernelRequest) -> None:
    """Turn this forked process into what a newly started kernel would be, and run it."""
    os.setsid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        # Where memory runs out, take this process first, as what Ray starts, and not the one that records its end.
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    for source, target in zip((nowhere, *request.descriptors), (0, 1, 2), strict=True):
        os.dup2(source, target)
        os.close(source)
    environment = _as_interpreter_sees(request.environment)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(request.folder)
    _reseed()
    sys.argv = ["ipykernel", *request.arguments]
    kernel_app.report_crashes()
    kernel_app.NotebookKernelApp.launch_instance(request.arguments)


def _reseed() -> None:
    """Python's own generator does this by itself after a fork; numpy's global one would repeat itself in every kernel."""
    random = sys.modules.get("numpy.random")
    if random is not None:
        random.seed()


def _receive(client: socket.socket) -> KernelRequest:
    client.settimeout(10)
    message, descriptors, _, _ = socket.recv_fds(client, MAX_MESSAGE_BYTES, 2)
    while not message.endswith(b"\n"):
        piece = client.recv(MAX_MESSAGE_BYTES)
        if not piece:
            raise ValueError("the request is torn")
        message += piece
    client.settimeout(None)
    data: dict[str, Any] = json.loads(message)
    stdout, stderr = descriptors
    return KernelRequest(data["arguments"], data["environment"], data["folder"], (stdout, stderr))


def _send(client: socket.socket, message: dict[str, Any]) -> None:
    client.sendall(json.dumps(message).encode() + b"\n")


def _is_open(client: socket.socket) -> bool:
    try:
        return bool(client.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK))
    except BlockingIOError:
        return True
    except OSError:
        return False


def _kill_session(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _as_interpreter_sees(environment: dict[str, str]) -> dict[str, str]:
    """In the C locale Python sets LC_CTYPE for itself as it starts (PEP 538): what a new interpreter would do."""
    coerced = os.environ.get("LC_CTYPE")
    is_ours = coerced is not None and not {"LC_ALL", "LC_CTYPE", "LANG"} & environment.keys()
    return {**environment, "LC_CTYPE": coerced} if is_ours and coerced else environment


def _looked_at(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if any(fnmatchcase(name, pattern) for pattern in _READ_AT_IMPORT)
    }


def _difference(ours: dict[str, str], theirs: dict[str, str]) -> str:
    names = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
    return f"its environment differs in {', '.join(names)}" if names else ""


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
