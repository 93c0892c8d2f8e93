"""How a notebook's kernel starts and ends: the one place that decides it.

The kernel is the interpreter of this process with ipykernel, whatever kernels the user's home has. It speaks over Unix
sockets in a private folder, so no network port is opened, and sees the given environment and nothing else. Where there is
a kernel server (``notebook.kernel_server``) it is forked from that, which spares it every import.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from queue import Empty

import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from traitlets import Unicode

from pynb_dag_runner.errors import EngineError
from pynb_dag_runner.notebook.forked_kernel import PROVISIONER
from pynb_dag_runner.notebook.socket_folder import LONGEST_SOCKET_PATH, short_temporary_folder

START_LIMIT_S = 120.0
"""How long a kernel may take to answer for the first time; a busy machine is slow, a dead kernel is noticed at once."""

END_LIMIT_S = 2.0
"""How long a kernel's exit handlers may take before it is killed."""

_KERNEL_SOCKET_BYTES = 20  # a folder's random name, and k-1
_POLL_S = 0.005
_RECONNECT_MS = 10
_STDERR_TAIL_BYTES = 4000

log = logging.getLogger(__name__)
log.addHandler(logging.NullHandler())
# What the Jupyter libraries say about a kernel that died is said better in the notebook that comes back.
log.propagate = False


class NotebookKernelClient(AsyncKernelClient):
    """A client that connects no more channels than an evaluation needs, and is ready as soon as the kernel is."""

    def start_channels(
        self, shell: bool = True, iopub: bool = True, stdin: bool = False, hb: bool = False, control: bool = False
    ) -> None:
        """Open the channels; the heartbeat (a thread) is left out, since the manager watches the process itself."""
        super().start_channels(shell=shell, iopub=iopub, stdin=stdin, hb=hb, control=control)

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers on the shell channel and is heard on the output channel.

        The method of the base class polls once per second and then waits for 0.2 s of silence: needless here, since
        messages that belong to no cell are ignored anyway.

        Raises:
            DeadKernelError: the process ended.
            EngineError: no answer within ``timeout`` seconds.
        """
        deadline = time.monotonic() + (START_LIMIT_S if timeout is None else timeout)
        asked_at = 0.0
        has_replied = is_heard = False
        while not (has_replied and is_heard):
            # Asked again, since what the kernel says before the output channel is connected is lost.
            if not asked_at or (has_replied and time.monotonic() - asked_at > 0.2):
                self.kernel_info()
                asked_at = time.monotonic()
            with contextlib.suppress(Empty):
                if not has_replied:
                    await self.shell_channel.get_msg(timeout=0.1)
                    has_replied = True
                await self.iopub_channel.get_msg(timeout=0.05)
                is_heard = True
            if not has_replied and isinstance(self.parent, AsyncKernelManager) and not await self.parent.is_alive():
                raise DeadKernelError("the kernel ended before it was ready")
            if time.monotonic() > deadline:
                raise EngineError(f"a notebook's kernel did not answer within {START_LIMIT_S:g} s of its start")


class NotebookKernelManager(AsyncKernelManager):
    """Starts and ends one kernel; use :func:`new_kernel_manager`."""

    server_path = Unicode("")

    @property
    def kernel_spec(self) -> KernelSpec:
        """The same in every process, never one that is installed in the user's home."""
        name, options = "local-provisioner", {}
        if self.server_path:
            name, options = PROVISIONER, {"socket_path": self.server_path}
        return KernelSpec(
            argv=[sys.executable, "-m", "pynb_dag_runner.notebook.kernel_app", "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
            metadata={"kernel_provisioner": {"provisioner_name": name, "config": options}},
        )

    @property
    def pid(self) -> int:
        """Id of the kernel's process, which leads a process group and a session of its own."""
        pid: int | None = getattr(self.provisioner, "pid", None)
        if pid is None:
            raise EngineError("the kernel has not been started")
        return pid

    @property
    def exit_code(self) -> int | None:
        """How the kernel's process ended: minus the number of a signal, or what it returned; None while it runs."""
        process: subprocess.Popen[bytes] | None = getattr(self.provisioner, "process", None)
        return None if process is None else process.poll()

    @property
    def stderr_path(self) -> Path:
        """What the kernel wrote before IPython took over its streams, and what a crash left."""
        return Path(self.connection_file).with_suffix(".err")

    def stderr_tail(self) -> str:
        """The end of what the process wrote outside of any cell, in whole lines: half a secret could not be redacted."""
        try:
            written = self.stderr_path.read_bytes()
        except OSError:
            return ""
        tail = written[-_STDERR_TAIL_BYTES:]
        whole = tail if tail == written else tail.partition(b"\n")[2]
        return whole.decode("utf-8", "replace").strip()

    async def start(self, env: Mapping[str, str], cwd: Path, connection_folder: Path) -> None:
        """Start the process in ``cwd`` with ``env`` as its whole environment."""
        environment = {
            **env,
            # Where an ordinary kernel draws to; a value from outside would lose figures silently.
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            # IPython's profile of the user (start-up files!) must not change what a notebook does.
            "IPYTHONDIR": str(connection_folder / "ipython"),
            "JUPYTER_RUNTIME_DIR": str(connection_folder),
        }
        with self.stderr_path.open("wb") as stderr, open(os.devnull, "wb") as stdout:
            arguments = ["--HistoryManager.enabled=False"]
            await self.start_kernel(
                env=environment, cwd=str(cwd), extra_arguments=arguments, stdout=stdout, stderr=stderr
            )

    async def ask_to_end(self) -> None:
        """Ask the kernel to run its exit handlers and end."""
        if await self.is_alive():
            await self.request_shutdown()

    async def end(self, *, now: bool) -> None:
        """End the process and what it left in its process group; at once, or after its exit handlers."""
        if self.provisioner is None or not self.provisioner.has_process:
            return
        deadline = time.monotonic() + (0.0 if now else END_LIMIT_S)
        while await self.is_alive() and time.monotonic() < deadline:
            await asyncio.sleep(_POLL_S)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        while await self.is_alive():
            await asyncio.sleep(_POLL_S)
        await self.provisioner.wait()


@contextlib.contextmanager
def kernel_folder(socket_dir: Path) -> Iterator[Path]:
    """A private folder for one kernel inside ``socket_dir``, removed in the end.

    Where the path would be too long for a socket, the folder is made in the system's folder for temporary files.
    """
    socket_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = socket_dir / uuid.uuid4().hex[:8]
    if len(os.fsencode(folder / "k-0")) <= LONGEST_SOCKET_PATH:
        folder.mkdir(mode=0o700)
    else:
        folder = Path(tempfile.mkdtemp(prefix="pdr-", dir=short_temporary_folder(_KERNEL_SOCKET_BYTES)))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def new_kernel_manager(socket_dir: Path, kernel_server: Path | None = None) -> Iterator[NotebookKernelManager]:
    """A manager whose kernel will speak over sockets in a private folder; sockets and folder go in the end.

    ``kernel_server`` is the socket of a server that forks kernels; without one they are started.
    """
    context = zmq.asyncio.Context()
    # The client knocks before the kernel listens; the default of 100 ms between two knocks would be lost time.
    context.setsockopt(zmq.RECONNECT_IVL, _RECONNECT_MS)
    try:
        with kernel_folder(socket_dir) as folder:
            yield NotebookKernelManager(
                transport="ipc",
                ip=str(folder / "k"),
                connection_file=str(folder / "kernel.json"),
                context=context,
                client_factory=NotebookKernelClient,
                server_path=str(kernel_server or ""),
                log=log,
            )
    finally:
        context.destroy(linger=0)
