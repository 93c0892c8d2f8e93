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

_STDIN = 0  # and not sys.stdin, which a module may replace
_ASKING_S = 0.05
_COMPLETE = object()

# What imported modules may have looked at: a kernel that is to see other values needs a process of its own.
_READ_AT_IMPORT = ("PYTHON*", "OMP_*", "OPENBLAS_*", "MKL_*", "LD_*", "LANG", "LC_*", "MPLCONFIGDIR", "XDG_*", "HOME")


Stages = list[tuple[int, list[str]]]
"""Descriptors of listening sockets, each with the modules that its kernels have imported, besides those of earlier stages."""


def main(stages: Stages) -> None:
    """Serve the listening sockets until standard input closes; in a forked process, be a kernel."""
    request = KernelServer(stages).serve()
    if request is None:
        os._exit(0)  # not waiting for a thread that a module has started
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

    def close(self) -> None:
        """Let go of the client, and of the descriptors that it has sent."""
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.connection.close()


class KernelServer:
    """Forks kernels and watches over them; no client can make another one wait."""

    def __init__(self, stages: Stages) -> None:
        self._stages = stages
        self._listeners = [socket.socket(fileno=descriptor) for descriptor, _ in stages]
        self._environment = dict(os.environ)
        self._is_importing = False
        self._clients: dict[int, socket.socket] = {}
        self._successor: int | None = None
        self._wake_up, self._waker = socket.socketpair()
        self._selector = selectors.DefaultSelector()

    def serve(self) -> KernelRequest | None:
        """Answer requests; returns None at the end, and in a forked process the request that it is to serve."""
        for end in (self._wake_up, self._waker):
            end.setblocking(False)
        with self._selector as selector:
            for source in (_STDIN, self._wake_up):
                selector.register(source, selectors.EVENT_READ)
            self._listen_for_ends()
            to_import = self._imports()
            is_complete = False
            while True:
                # Whoever asks is served before the next module is imported; who has come only just gets a moment to ask.
                ready = selector.select(None if is_complete else _ASKING_S if self._asking() else 0)
                if not ready and not is_complete:
                    is_complete = next(to_import, _COMPLETE) is _COMPLETE
                for key, _ in ready:
                    if key.fileobj == _STDIN:
                        if not os.read(_STDIN, 1):
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

    def _listen_for_ends(self) -> None:
        """Be woken when a kernel ends; while a module is imported, tell its client at once."""
        signal.signal(signal.SIGCHLD, lambda number, frame: self._report_ended() if self._is_importing else None)
        signal.set_wakeup_fd(self._waker.fileno())

    def _asking(self) -> list[_Asking]:
        """Clients whose requests are still arriving."""
        return [key.data for key in self._selector.get_map().values() if isinstance(key.data, _Asking)]

    def _imports(self) -> Iterator[None]:
        """Import one module after the other, and open the socket of each stage when its modules are there; yields in between."""
        for listener, (_, modules) in zip(list(self._listeners), self._stages, strict=True):
            for module in modules:
                self._import(module)
                if len(os.listdir("/proc/self/task")) > 1:
                    self._begin_anew_without(module)
                    return
                # Objects that will never be freed are not touched by the collector of a forked process: their pages stay shared.
                gc.freeze()
                yield
            self._selector.register(listener, selectors.EVENT_READ)
            yield

    def _import(self, module: str) -> None:
        self._is_importing = True
        # Whatever is wrong with a module is told by the notebook that imports it.
        with contextlib.suppress(Exception, SystemExit):
            importlib.import_module(module)
        self._is_importing = False
        self._listen_for_ends()  # the module may have handlers of its own

    def _begin_anew_without(self, module: str) -> None:
        """No fork survives a thread, and what started one cannot be un-imported: this program starts again, without the module.

        Kernels that were forked before are children of this process, which stays for them, and takes no further requests.
        """
        for asking in self._asking():
            # It gets a fresh kernel.
            self._selector.unregister(asking.connection)
            asking.close()
        if self._clients:
            self._successor = os.fork()
        if not self._successor:
            rest = [(listener, [other for other in modules if other != module]) for listener, modules in self._stages]
            os.execve(sys.executable, [sys.executable, "-m", __spec__.name, json.dumps(rest)], self._environment)
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
            # What a module has set when it was imported would be missing in the kernel.
            refusal = _difference(_looked_at(os.environ), _looked_at(as_interpreter_sees(request.environment)))
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
        for asking in self._asking():
            asking.close()
        for connection in (*self._clients.values(), *self._listeners, self._wake_up, self._waker):
            connection.close()

    def _report_ended(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._wake_up.recv(4096):
                pass
        for pid in list(self._clients):  # and no others: modules may wait for children that they have started
            with contextlib.suppress(ChildProcessError):
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    self._report(pid, status)

    def _report(self, pid: int, status: int) -> None:
        client = self._clients.pop(pid)
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
