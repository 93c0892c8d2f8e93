"""What a process that the kernel server has forked does to become a kernel like one that was started."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from pynb_dag_runner.conventions import Variable
from pynb_dag_runner.notebook import kernel_app

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class KernelRequest:
    """What a new kernel needs to know; ``descriptors`` become its stdout and stderr."""

    arguments: list[str]
    environment: dict[str, str]
    folder: str
    descriptors: tuple[int, int]


def become_kernel(request: KernelRequest) -> None:
    """Turn this forked process into what a newly started kernel would be, and run it."""
    os.setsid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        # Where memory runs out, take this process first, as what Ray starts, and not the one that records its end.
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    for source, target in zip((nowhere, *request.descriptors), (0, 1, 2), strict=True):
        os.dup2(source, target)
        os.close(source)
    environment = as_interpreter_sees(request.environment)
    os.environ.clear()
    os.environ.update(environment)
    _show_mark(environment.get(Variable.ATTEMPT_MARK, ""))
    time.tzset()
    os.chdir(request.folder)
    _reseed()
    sys.argv = ["ipykernel", *request.arguments]
    kernel_app.report_crashes()
    kernel_app.NotebookKernelApp.launch_instance(request.arguments)


def _show_mark(mark: str) -> None:
    """Let the system show this process with the mark of its attempt.

    Whoever ends an attempt looks for the mark in the environments that the system shows. Those are the memory that a
    process was started with, here the server's, and children of a fork inherit it; ``os.environ`` lies elsewhere.
    """
    if sys.platform != "linux" or not mark:
        return
    shown = Path("/proc/self/environ").read_bytes()
    run_mark = next((pair for pair in shown.split(b"\0") if pair.startswith(f"{Variable.RUN_MARK}=".encode())), b"")
    marks = b"\0".join([f"{Variable.ATTEMPT_MARK}={mark}".encode(), run_mark])
    # After the name in parentheses; proc(5) counts from 1 and the name is number 2.
    fields = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()
    start, end = int(fields[50 - 3]), int(fields[51 - 3])
    if start and len(marks) < end - start:
        ctypes.memmove(start, marks.ljust(end - start, b"\0"), end - start)


def _reseed() -> None:
    """Python's own generator does this by itself after a fork; numpy's global one would repeat itself in every kernel."""
    random = sys.modules.get("numpy.random")
    if random is not None:
        random.seed()


def as_interpreter_sees(environment: dict[str, str]) -> dict[str, str]:
    """In the C locale Python sets LC_CTYPE for itself as it starts (PEP 538): what a new interpreter would do."""
    coerced = os.environ.get("LC_CTYPE")
    is_ours = coerced is not None and not {"LC_ALL", "LC_CTYPE", "LANG"} & environment.keys()
    return {**environment, "LC_CTYPE": coerced} if is_ours and coerced else environment
