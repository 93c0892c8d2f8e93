"""What the programs of function tasks share: which sizes to run, and how they say how long each took.

It runs in the environments of all peers, so it needs the standard library alone.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version

INDEPENDENT, CHAIN = "independent", "chain"
WORKERS = 2
_WARM_UP_TASKS = 10


def measure(package: str, run: Callable[[str, int], None]) -> None:
    """Call ``run(shape, number of tasks)`` for each size asked for, warm, and print the seconds as one line of JSON.

    The time of a size counts from before the tasks are defined until all of them are done and recorded.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--shape", choices=[INDEPENDENT, CHAIN], default=INDEPENDENT)
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 1200])
    arguments = parser.parse_args()

    # Imports, caches, connections and worker processes that come up with the first tasks belong to no size.
    run(arguments.shape, _WARM_UP_TASKS)
    seconds = {}
    for size in arguments.sizes:
        started = time.perf_counter()
        run(arguments.shape, size)
        seconds[size] = time.perf_counter() - started
    # To where the process began to write, since some engines redirect; flushed, since some end their process abruptly.
    said = json.dumps({"seconds": seconds, "version": version(package)})
    print(f"\n{said}", file=sys.__stdout__, flush=True)
