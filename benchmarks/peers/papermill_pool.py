"""One notebook many times by papermill in a pool of two processes; only the parameter differs.

Usage: python papermill_pool.py NOTEBOOK.ipynb TIMES [--cold]. It prints the seconds as JSON. They count on a pool that
has papermill imported and has run a notebook in each process, unless it is ``--cold``: then there is nothing before.
"""

# ruff: noqa: T201 (what it prints is what it is for)

from __future__ import annotations

import json
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path

PROCESSES = 2


def execute(notebook: str, index: int, folder: str) -> None:
    """Run the notebook in a kernel of its own."""
    import papermill  # in each process of the pool, once, and not in their parent

    papermill.execute_notebook(
        notebook,
        str(Path(folder) / f"{index}.ipynb"),
        parameters={"index": index},
        kernel_name="python3",
        language="python",
        progress_bar=False,
    )


def main(notebook: str, times: int, is_cold: bool) -> None:
    """Run them, two at a time."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(PROCESSES) as pool:

        def run(numbers: range) -> None:
            list(pool.map(execute, [notebook] * len(numbers), numbers, [folder] * len(numbers)))

        if not is_cold:
            run(range(-PROCESSES, 0))
            started = time.perf_counter()
        run(range(times))
        seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "version": version("papermill")}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), "--cold" in sys.argv[3:])
