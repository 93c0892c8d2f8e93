"""The notebooks of a project on a session of this runner that has run two of them before.

Usage: python our_notebooks.py PROJECT TIMES; ``pipeline.py`` builds as many tasks as its environment says.
"""

# ruff: noqa: T201 (what it prints is what it is for)

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from pynb_dag_runner.cli.progress.views import SilentProgress
from pynb_dag_runner.conventions import Result
from pynb_dag_runner.execution.run import RunOptions
from pynb_dag_runner.execution.session import Session
from pynb_dag_runner.project.load import load_pipeline

WARM_UP_TASKS = 2


def main(project: Path, times: int) -> None:
    """Two runs, of which the second is timed: from loading ``pipeline.py`` until its run log is closed."""
    os.chdir(project)
    with Session(project) as session:
        for tasks in (WARM_UP_TASKS, times):
            started = time.perf_counter()
            summary = session.run(load_pipeline(project, str(tasks)), RunOptions(), SilentProgress())
            seconds = time.perf_counter() - started
            if summary.result is not Result.SUCCESS or len(summary.results) != tasks:
                raise SystemExit("not all notebooks succeeded")
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
