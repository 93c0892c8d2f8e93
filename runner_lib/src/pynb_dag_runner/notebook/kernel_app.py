"""The program that a kernel's process runs: ipykernel, without network ports, without a debugger, and quick to end.

Started as ``python -m pynb_dag_runner.notebook.kernel_app -f CONNECTION_FILE``; nothing else imports this module.
"""

from __future__ import annotations

import sys
from pathlib import Path

# As ipykernel's own launcher does: files beside the notebook must not stand in for modules that the kernel needs.
# IPython puts the folder back before the first cell.
if sys.path and (sys.path[0] == "" or Path(sys.path[0]) == Path.cwd()):
    del sys.path[0]

import atexit
import faulthandler
import os


def report_crashes() -> None:
    """Say where C code crashed: IPython captures the usual descriptor, and cannot pass on what comes from a crash."""
    faulthandler.enable(file=os.dup(2), all_threads=False)


report_crashes()

_is_over = False


def _leave() -> None:
    """Leave without tearing down the interpreter: with the usual scientific libraries that takes 0.4 s, for nothing."""
    if _is_over:
        os._exit(0)


# Exit handlers run in the reverse order of their registration: being the first, this one comes after all of the user's.
atexit.register(_leave)

from typing import Any  # noqa: E402

import zmq  # noqa: E402
from ipykernel import kernelapp  # noqa: E402
from ipykernel.iostream import IOPubThread  # noqa: E402
from zmq.eventloop.zmqstream import ZMQStream  # noqa: E402

from pynb_dag_runner.notebook.plain_text import clean_content  # noqa: E402


class _LocalIOPubThread(IOPubThread):
    """Takes what forked children print from a Unix socket; ipykernel opens a TCP port for that in each kernel."""

    pipe_address = ""

    def _setup_pipe_in(self) -> None:
        receiver = self.socket.context.socket(zmq.PULL)
        receiver.linger = 0
        receiver.bind(self.pipe_address)
        self._pipe_uuid = os.urandom(16)
        self._pipe_in = ZMQStream(receiver, self.io_loop)
        self._pipe_in.on_recv(self._handle_pipe_msg)

    def _setup_pipe_out(self) -> tuple[zmq.Context[Any], zmq.Socket[Any]]:
        context = zmq.Context()
        sender = context.socket(zmq.PUSH)
        sender.linger = 3000
        sender.connect(self.pipe_address)
        return context, sender


class NotebookKernelApp(kernelapp.IPKernelApp):
    """ipykernel's application as an evaluation needs it."""

    def init_iopub(self, context: Any) -> None:
        """Open the output channel, with our own way for children to print, and such that no output is lost."""
        pack = self.session.pack

        def pack_any_text(content: Any) -> bytes:
            try:
                return bytes(pack(content))
            except UnicodeEncodeError:  # half a surrogate pair; ipykernel would lose the text and all that follows
                return bytes(pack(clean_content(content)))

        self.session.pack = pack_any_text
        # Make whoever prints faster than the client reads wait; by default ZeroMQ drops messages then.
        context.setsockopt(zmq.XPUB_NODROP, 1)
        _LocalIOPubThread.pipe_address = f"ipc://{self.ip}-children"
        kernelapp.IOPubThread = _LocalIOPubThread  # type: ignore[attr-defined]
        super().init_iopub(context)  # type: ignore[no-untyped-call]

    def init_kernel(self) -> None:
        """Create the kernel; without its debugger, which nobody can reach and which takes a fifth of the start."""
        absent = "debugpy" not in sys.modules
        if absent:
            sys.modules["debugpy"] = None  # type: ignore[assignment]
        try:
            super().init_kernel()  # type: ignore[no-untyped-call]
        finally:
            if absent:
                del sys.modules["debugpy"]

    def start(self) -> None:
        """Serve until asked to end; then leave the user's exit handlers to Python, and the sockets to the system.

        ipykernel closes its sockets and threads one by one at exit, which now and then takes 10 s: the last flush of a
        captured stream waits for a thread that is gone.
        """
        global _is_over
        super().start()  # type: ignore[no-untyped-call]
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        self.reset_io()  # type: ignore[no-untyped-call]
        atexit.unregister(self.close)
        atexit.unregister(self.iopub_thread.stop)
        _is_over = True


if __name__ == "__main__":
    NotebookKernelApp.launch_instance()
