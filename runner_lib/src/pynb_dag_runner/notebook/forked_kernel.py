"""Forked kernels, seen from outside: the Jupyter provisioner that asks their server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
from typing import Any, cast

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Unicode

PROVISIONER = "pdr-forked"
"""Name of the entry point in the group ``jupyter_client.kernel_provisioners``."""

_ANSWER_LIMIT_S = 30.0
"""A server that imports for longer than this is not waited for; with all it preloads it takes seconds."""


class ForkedKernelProvisioner(LocalProvisioner):
    """Gets kernels from the server at ``socket_path``; where it cannot serve, starts them as usual."""

    socket_path = Unicode("").tag(config=True)

    async def launch_kernel(self, cmd: list[str], **options: Any) -> KernelConnectionInfo:
        """Fork the kernel whose command line is ``cmd``; the interpreter and module it names are the server's."""
        process = await asyncio.to_thread(forked_process, self.socket_path, cmd, options)
        if process is None:
            return await super().launch_kernel(cmd, **options)
        self.process = cast("subprocess.Popen[bytes]", process)
        self.pid = self.pgid = process.pid
        return self.connection_info


class ForkedProcess:
    """Stands in for ``subprocess.Popen`` of a process that is a child of the server, not ours."""

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket, pid: int) -> None:
        self._connection = connection
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, minus the signal's number for a killed process; None while it runs."""
        if self.returncode is None:
            try:
                self._note(self._connection.recv(4096, socket.MSG_DONTWAIT))
            except BlockingIOError:
                return None
            except OSError:
                self._note(b"")
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the process.

        Raises:
            subprocess.TimeoutExpired: it did not end within ``timeout`` seconds.
        """
        if self.returncode is None:
            self._connection.settimeout(timeout)
            try:
                message = self._connection.recv(4096)
            except TimeoutError:
                # Left as it is, the time limit would also hold for what must not wait at all.
                self._connection.settimeout(None)
                raise subprocess.TimeoutExpired("kernel", timeout or 0.0) from None
            except OSError:
                message = b""
            self._note(message)
        return self.returncode or 0

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the process."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the process to end."""
        self.send_signal(signal.SIGTERM)

    def _note(self, message: bytes) -> None:
        # Without a message the server itself has died, and its kernels with it.
        self.returncode = int(json.loads(message)["exit_code"]) if message else -signal.SIGKILL
        self._connection.close()


def forked_process(socket_path: str, command: list[str], options: dict[str, Any]) -> ForkedProcess | None:
    """A kernel from the server, None where it refuses, is gone, or does not answer in time."""
    arguments = command[command.index("-f") :]
    request = {"arguments": arguments, "environment": dict(options["env"]), "folder": options["cwd"]}
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with contextlib.ExitStack() as on_failure:
        on_failure.callback(connection.close)
        connection.settimeout(_ANSWER_LIMIT_S)
        try:
            connection.connect(socket_path)
            descriptors = [options["stdout"].fileno(), options["stderr"].fileno()]
            message = json.dumps(request).encode() + b"\n"
            connection.sendall(message[socket.send_fds(connection, [message], descriptors) :])
            answer = json.loads(_line(connection) or b"{}")
        except (OSError, ValueError):
            return None
        if "pid" not in answer:
            return None
        connection.settimeout(None)
        on_failure.pop_all()
    return ForkedProcess(connection, answer["pid"])


def _line(connection: socket.socket) -> bytes:
    """The next line and nothing after it: what follows says how the kernel ended."""
    line = bytearray()
    while not line.endswith(b"\n") and (piece := connection.recv(1)):
        line += piece
    return bytes(line)
