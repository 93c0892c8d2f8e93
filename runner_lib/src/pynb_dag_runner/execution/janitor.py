"""A small process that outlives the driver for a moment and ends whatever the driver could not.

The driver holds the other end of this process's standard input. When that end closes, by an orderly exit or by a
SIGKILL, the processes that still carry the run's mark are ended and the run's temporary folders are removed. A driver
that makes several runs writes the id of each, a line each, before it begins.
"""

from __future__ import annotations

import collections
import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_ROUNDS = 3
_PAUSE_S = 0.5
_NEWEST_RUNS = 3


def start_janitor(run_mark: str, ray_folder: str) -> subprocess.Popen[bytes]:
    """Start the janitor of a run; closing its ``stdin`` makes it clean up and end."""
    return subprocess.Popen(
        [sys.executable, "-m", __name__, run_mark, ray_folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@contextlib.contextmanager
def janitor(run_mark: str, ray_folder: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """A janitor that cleans up when the context is left, or when this process dies."""
    process = start_janitor(run_mark, ray_folder)
    try:
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()


def note_run(janitor: subprocess.Popen[bytes], run_id: str) -> None:
    """Tell the janitor of one more run, whose id is the mark of its attempts."""
    # Somebody may have ended it: the run is worth more.
    with contextlib.suppress(OSError):
        if janitor.stdin is not None:
            janitor.stdin.write(f"{run_id}\n".encode())
            janitor.stdin.flush()


def main(run_mark: str, ray_folder: str) -> None:
    """Wait for the driver's end, then clean up."""
    marks = [run_mark, *_noted_runs()]
    from pynb_dag_runner.conventions import Variable
    from pynb_dag_runner.execution.processes import end_marked, end_ray_agents

    for round in range(_ROUNDS):
        # What was just starting when its parent died may only show up a moment later.
        found = end_marked(run_mark, Variable.RUN_MARK) + sum(end_marked(mark) for mark in marks)
        if ray_folder:
            found += end_ray_agents(Path(ray_folder))
        if not found and round > 0:
            break
        time.sleep(_PAUSE_S)
    for mark in marks:
        remove_temporary_folders(mark)
    if ray_folder:
        shutil.rmtree(ray_folder, ignore_errors=True)


def _noted_runs() -> list[str]:
    """The newest runs that the driver told of, read until it ends: older ones have been cleaned up by itself."""
    return [line.decode().strip() for line in collections.deque(sys.stdin.buffer, maxlen=_NEWEST_RUNS)]


def remove_temporary_folders(run_id: str) -> None:
    """Remove the folders for temporary files that killed processes of a run left."""
    from pynb_dag_runner.execution.requests import temporary_prefix

    for folder in Path(tempfile.gettempdir()).glob(f"{temporary_prefix(run_id)}*"):
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
