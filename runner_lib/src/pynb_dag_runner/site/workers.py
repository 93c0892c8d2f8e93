"""Runs are written by several processes, since most of the work is compression; each holds one run at a time."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from pathlib import Path
from typing import TypeAlias

from pynb_dag_runner.errors import RunLogError
from pynb_dag_runner.site.logs import FoundLog
from pynb_dag_runner.site.run_files import Failure, RunSummary, write_run

Outcome: TypeAlias = "tuple[str, RunSummary | Failure]"

_WORTH_PROCESSES = 8
"""Fewer runs are written sooner than two processes are started."""
_MOST_PROCESSES = 4
_KILLED = Failure("the process that read it was killed: is there too little memory?", is_lasting=False)


def write_runs(logs: Mapping[str, FoundLog], site: Path, processes: int | None = None) -> Iterator[Outcome]:
    """Write the files of each run, by run id; yields its summary, or the reason why its log cannot be read.

    Raises:
        EngineError: a file of the site cannot be written.
    """
    count = processes or (_processors() if len(logs) >= _WORTH_PROCESSES else 1)
    if count == 1:
        for run_id, log in logs.items():
            yield _outcome(run_id, log, site)
        return
    waiting = dict(logs)
    try:
        for run_id, result in _in_processes(waiting, site, count):
            del waiting[run_id]
            yield run_id, result
    except BrokenProcessPool:
        # One by one, so that it is known which run log no process survives.
        for run_id, log in dict(waiting).items():
            try:
                yield from _in_processes({run_id: log}, site, 1)
            except BrokenProcessPool:
                yield run_id, _KILLED


def _in_processes(logs: Mapping[str, FoundLog], site: Path, count: int) -> Iterator[Outcome]:
    # A fork of a process with threads, such as one that shows progress, may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(count, len(logs)), context, _end_with_parent) as executor:
        futures = [executor.submit(_outcome, run_id, log, site) for run_id, log in logs.items()]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            executor.shutdown(wait=True, cancel_futures=True)


def _outcome(run_id: str, log: FoundLog, site: Path) -> Outcome:
    try:
        return run_id, write_run(log.path, run_id, site, log.origin)
    except (RunLogError, MemoryError, RecursionError, ValueError, TypeError, KeyError, OverflowError) as error:
        return run_id, Failure.of(error, log.path)


def _end_with_parent() -> None:
    """Without this, processes of a build that is killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait_and_end, args=(parent.sentinel,), daemon=True).start()


def _wait_and_end(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def _processors() -> int:
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(available, _MOST_PROCESSES)
