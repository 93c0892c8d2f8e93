"""A small process that outlives the driver for a moment and ends whatever the driver could not.

The driver holds the other end of this process's standard input. When that end closes, by an orderly exit or by a
SIGKILL, the processes that still carry the run's mark are ended and the run's temporary folders are removed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_ROUNDS = 3
_PAUSE_S = 0.5


def start_janitor(run_mark: str, ray_folder: str) -> subprocess.Popen[bytes]:
    """Start the janitor of a run; closing its ``stdin`` makes it clean up and end."""
    return subprocess.Popen(
        [sys.executable, "-m", __name__, run_mark, ray_folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def main(run_mark: str, ray_folder: str) -> None:
    """Wait for the driver's end, then clean up."""
    sys.stdin.buffer.read()
    from pynb_dag_runner.conventions import Variable
    from pynb_dag_runner.execution.processes import end_marked
    from pynb_dag_runner.execution.requests import temporary_prefix

    for round in range(_ROUNDS):
        # What was just starting when its parent died may only show up a moment later.
        found = end_marked(run_mark, Variable.RUN_MARK) + end_marked(run_mark)
        if not found and round > 0:
            break
        time.sleep(_PAUSE_S)
    left = Path(tempfile.gettempdir()).glob(f"{temporary_prefix(run_mark)}*")
    for folder in [*left, *([Path(ray_folder)] if ray_folder else [])]:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
