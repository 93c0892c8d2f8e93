"""A process that has imported the kernel and what notebooks import, and forks a kernel for each notebook (Linux).

Started as ``python -m pynb_dag_runner.notebook.kernel_server STAGES`` by ``notebook.server_start``; STAGES is JSON, a list of a
listening Unix socket's descriptor and the modules to import before it is served. A client that comes early waits instead of
starting a kernel of its own; the first notebook need not wait for what only the last one imports. The process has one thread,
no ZeroMQ context and none of the project's own code. Each connection is one kernel: the client sends one message
(JSON, with the descriptors for stdout and stderr), gets ``{"pid": ...}`` or ``{"refused": why}``, and later
``{"exit_code": ...}``. When the client goes away, its kernel is killed; when standard input closes, so are all of them.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from pynb_dag_runner.notebook.kernel_fork import KernelRequest, as_interpreter_sees, become_kernel

MAX_MESSAGE_BYTES = 1024 * 1024

# What imported modules may have looked at: a kernel that is to see other values needs a process of its own.
_READ_AT_IMPORT = ("PYTHON*", "OMP_*", "OPENBLAS_*", "MKL_*", "LD_*", "LANG", "LC_*", "MPLCONFIGDIR", "XDG_*", "HOME")


Stages = list[tuple[int, list[str]]]
"""Descriptors of listening sockets, each with the modules that its kernels have imported, besides those of earlier stages."""


def main(stages: Stages) -> None:
    """Serve the listening sockets until standard input closes; in a forked process, be a kernel."""
    request = KernelServer(stages).serve()
    if request is not None:
        become_kernel(request)


@dataclass
class _Asking:
    """A client whose request is still arriving."""

    connection: socket.socket
    message: bytes = b""
    descriptors: list[int] = field(default_factory=list)

    def request(self) -> KernelRequest:
        """The whole request.

        Raises:
            ValueError: it is torn.
            KeyError: a part is missing.
        """
        data: dict[str, Any] = json.loads(self.message)
        stdout, stderr = self.descriptors
        return KernelRequest(data["arguments"], data["environment"], data["folder"], (stdout, stderr))


class KernelServer:
    """Forks kernels and watches over them; no client can make another one wait."""

    def __init__(self, stages: Stages) -> None:
        self._stages = stages
        self._listeners = [socket.socket(fileno=descriptor) for descriptor, _ in stages]
        self._environment = _looked_at(os.environ)
        self._clients: dict[int, socket.socket] = {}
        self._successor: int | None = None
        self._wake_up, self._waker = socket.socketpair()
        self._selector = selectors.DefaultSelector()

    def serve(self) -> KernelRequest | None:
        """Answer requests; returns None at the end, and in a forked process the request that it is to serve."""
        for end in (self._wake_up, self._waker):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self._waker.fileno())
        with self._selector as selector:
            for source in (sys.stdin, self._wake_up):
                selector.register(source, selectors.EVENT_READ)
            to_import = self._imports()
            is_importing = True
            while True:
                # Whoever can be served is, before the next module is imported.
                ready = selector.select(0 if is_importing else None)
                if not ready:
                    is_importing = next(to_import, False) is None
                for key, _ in ready:
                    if key.fileobj is sys.stdin:
                        if not os.read(0, 1):
                            self._kill_all()
                            return None
                    elif key.fileobj is self._wake_up:
                        self._report_ended()
                    elif key.fileobj in self._listeners:
                        self._accept(key.fileobj)
                    elif isinstance(key.data, _Asking):
                        request = self._read(key.data)
                        if request is not None:
                            return request
                    else:
                        self._client_gone(key.data)

    def _imports(self) -> Iterator[None]:
        """Import one module after the other, and open the socket of each stage when its modules are there; yields in between."""
        for listener, (_, modules) in zip(list(self._listeners), self._stages, strict=True):
            for module in modules:
                # Whatever is wrong with a module is told by the notebook that imports it.
                with contextlib.suppress(Exception, SystemExit):
                    importlib.import_module(module)
                if len(os.listdir("/proc/self/task")) > 1:
                    self._begin_anew_without(module)
                    return
                # Objects that will never be freed are not touched by the collector of a forked process: their pages stay shared.
                gc.freeze()
                yield
            self._selector.register(listener, selectors.EVENT_READ)
            yield

    def _begin_anew_without(self, module: str) -> None:
        """No fork survives a thread, and what started one cannot be un-imported: this program starts again, without the module.

        Kernels that were forked before are children of this process, which stays for them, and takes no further requests.
        """
        if self._clients:
            self._successor = os.fork()
        if not self._successor:
            rest = [(listener, [other for other in modules if other != module]) for listener, modules in self._stages]
            os.execv(sys.executable, [sys.executable, "-m", __spec__.name, json.dumps(rest)])
        for listener in self._listeners:
            with contextlib.suppress(KeyError):  # its stage was not reached
                self._selector.unregister(listener)
            listener.close()
        self._listeners = []

    def _accept(self, listener: Any) -> None:
        # The client may have gone again.
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            connection.setblocking(False)
            self._selector.register(connection, selectors.EVENT_READ, _Asking(connection))

    def _read(self, asking: _Asking) -> KernelRequest | None:
        """Take what has arrived of a request; returns it in the new process that it leads to, None in this one."""
        try:
            piece, descriptors, _, _ = socket.recv_fds(asking.connection, MAX_MESSAGE_BYTES, 2)
        except BlockingIOError:
            return None
        except OSError:
            piece, descriptors = b"", []
        asking.message += piece
        asking.descriptors += descriptors
        if piece and not asking.message.endswith(b"\n"):
            return None
        self._selector.unregister(asking.connection)
        return self._answer(asking)

    def _answer(self, asking: _Asking) -> KernelRequest | None:
        """Fork a kernel, or refuse; a client that gave up waiting gets neither."""
        connection = asking.connection
        pid = None
        try:
            request = asking.request()
            refusal = _difference(self._environment, _looked_at(as_interpreter_sees(request.environment)))
            if not refusal and _is_open(connection):
                pid = os.fork()
        except (OSError, ValueError, KeyError) as error:
            refusal = str(error)
        if pid == 0:
            connection.close()
            self._let_go()
            return request
        for descriptor in asking.descriptors:
            os.close(descriptor)
        if pid is None:
            _send(connection, {"refused": refusal})
            connection.close()
        else:
            self._clients[pid] = connection
            self._selector.register(connection, selectors.EVENT_READ, pid)
            _send(connection, {"pid": pid})
        return None

    def _let_go(self) -> None:
        """In a forked process: close what belongs to the server and to other clients, who would wait for its end."""
        signal.set_wakeup_fd(-1)
        for key in list(self._selector.get_map().values()):
            if isinstance(key.data, _Asking):
                for descriptor in key.data.descriptors:
                    os.close(descriptor)
                key.data.connection.close()
        for connection in (*self._clients.values(), *self._listeners, self._wake_up, self._waker):
            connection.close()

    def _report_ended(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._wake_up.recv(4096):
                pass
        # No child is left, or none that has ended.
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                self._report(*ended)

    def _report(self, pid: int, status: int) -> None:
        client = self._clients.pop(pid, None)
        if client is None:
            return  # started by an imported module
        with contextlib.suppress(KeyError):  # not registered any more if the client went first
            self._selector.unregister(client)
        _send(client, {"exit_code": os.waitstatus_to_exitcode(status)})
        client.close()

    def _client_gone(self, pid: int) -> None:
        """Clients send nothing after their request: what can be read is the end of the connection."""
        if pid in self._clients and not _is_open(self._clients[pid]):
            self._selector.unregister(self._clients[pid])
            _kill_session(pid)

    def _kill_all(self) -> None:
        for pid in self._clients:
            _kill_session(pid)
        if self._successor is not None:
            # It sees the end of standard input, too.
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._successor, 0)


def _send(client: socket.socket, message: dict[str, Any]) -> None:
    # Whoever does not listen any more needs no answer.
    with contextlib.suppress(OSError):
        client.sendall(json.dumps(message).encode() + b"\n")


def _is_open(client: socket.socket) -> bool:
    try:
        return bool(client.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK))
    except BlockingIOError:
        return True
    except OSError:
        return False


def _kill_session(pid: int) -> None:
    # A kernel that was forked this very moment leads no group yet. It is a child of ours, so the id is not reused.
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


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
    main(json.loads(sys.argv[1]))
