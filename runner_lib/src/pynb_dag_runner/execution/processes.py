"""Ends what a task started, to the last grandchild, also where it left its session or its parent died."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil

from pynb_dag_runner.conventions import Variable

_GRACE_S = 1.0
_KILL_TIMEOUT_S = 1.0
_RAY_TITLE = "ray::"
_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Make this process the parent of orphaned descendants, so that daemons of a task stay in sight (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def has_children() -> bool:
    """Whether this process has children, be they dead and not waited for; one call where the operating system has it."""
    if not hasattr(os, "waitid"):
        return bool(psutil.Process().children())
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def end_children() -> None:
    """End every descendant of this process."""
    _end(psutil.Process().children(recursive=True))


def end_tree(pid: int) -> None:
    """End a process and its descendants; one that is gone is no error."""
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        _end([*root.children(recursive=True), root])


def end_marked(mark: str, variable: str = Variable.ATTEMPT_MARK, grace_s: float = _GRACE_S) -> int:
    """End every process whose environment says that it belongs to ``mark``, or to something below it; returns how many.

    A mark stays with a process whatever becomes of its parents and its session. ``grace_s`` is the time between the
    polite request and the kill; 0 where the attempt's main process has had its time already.
    """
    marked = []
    own = {os.getpid(), os.getppid()}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            value = process.environ().get(variable, "") if process.pid not in own else ""
            if value == mark or value.startswith(f"{mark}/"):
                marked.append(process)
    _end(marked, grace_s)
    return len(marked)


def end_ray_agents(folder: Path) -> int:
    """End those processes of Ray that no longer carry a mark, by the files that they have open below Ray's own folder.

    Ray's workers, and agents, write a new title over their environment, and may live on without their raylet. Returns how many.
    """
    agents = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            is_of_ray = process.pid != os.getppid() and "".join(process.cmdline()[:1]).startswith(_RAY_TITLE)
            if is_of_ray and any(file.startswith(f"{folder}/") for file in _open_files(process)):
                agents.append(process)
    _end(agents)
    return len(agents)


def _open_files(process: psutil.Process) -> Iterator[str]:
    """Paths of the files that a process has open, also of those that are deleted, where the operating system tells."""
    descriptors = Path(f"/proc/{process.pid}/fd")
    if not descriptors.is_dir():
        yield from (file.path for file in process.open_files())
        return
    for descriptor in descriptors.iterdir():
        with contextlib.suppress(OSError):  # closed by now
            yield os.readlink(descriptor)


def _end(processes: Iterable[psutil.Process], grace_s: float = _GRACE_S) -> None:
    """Ask politely, then insist; a process that neither hears is left to the operating system."""
    alive = list(processes)
    if not alive:
        return
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, alive = psutil.wait_procs(alive, timeout=grace_s)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=_KILL_TIMEOUT_S)
