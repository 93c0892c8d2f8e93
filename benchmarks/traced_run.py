"""``pdr run``, with a note of when each of its parts began and ended: python traced_run.py MOMENTS.json [arguments of pdr run].

Moments are seconds since 1970. Parts overlap: most of them go on while Ray starts.
"""

from __future__ import annotations

import functools
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from pynb_dag_runner.cli import main as cli
from pynb_dag_runner.cli import run as cli_run
from pynb_dag_runner.execution import ray_cluster, recorder, warm, workers

_SERVER = "pynb_dag_runner.notebook.kernel_server"
_IDLE_S = 0.3

moments: dict[str, list[float]] = {}


def began(name: str) -> None:
    """Note the first time that something begins."""
    moments.setdefault(name, [time.time()])


def ended(name: str) -> None:
    """Note the first time that it ends."""
    if len(moments[name]) == 1:
        moments[name].append(time.time())


def noted(owner: Any, method: str, name: str) -> None:
    """From now on calls of ``owner.method`` are noted."""
    wrapped: Callable[..., Any] = getattr(owner, method)

    @functools.wraps(wrapped)
    def call(*arguments: Any, **options: Any) -> Any:
        began(name)
        try:
            return wrapped(*arguments, **options)
        finally:
            ended(name)

    setattr(owner, method, call)


def note_ray() -> None:
    """Ray's import ends where ``ray.init`` begins."""
    start, lean = ray_cluster.RayCluster._start, ray_cluster.lean_ray

    def noted_start(self: ray_cluster.RayCluster) -> None:
        began("import ray")
        start(self)

    @contextmanager
    def noted_lean(is_unwanted: Callable[[], bool]) -> Iterator[None]:
        ended("import ray")
        began("ray.init")
        with lean(is_unwanted):
            yield
        ended("ray.init")

    setattr(ray_cluster.RayCluster, "_start", noted_start)  # noqa: B010 (a class is no place to assign to)
    setattr(ray_cluster, "lean_ray", noted_lean)  # noqa: B010


def note_kernel_server() -> None:
    """Its start returns at once; it has imported everything when it needs the processor no more."""
    server = warm.kernel_server

    @contextmanager
    def noted_server(*arguments: Any) -> Iterator[list[Path]]:
        began("kernel server imports")
        with server(*arguments) as sockets:
            threading.Thread(target=_until_idle, daemon=True).start()
            yield sockets

    setattr(warm, "kernel_server", noted_server)  # noqa: B010


def _until_idle() -> None:
    (process,) = (child for child in psutil.Process().children() if _SERVER in child.cmdline())
    used_s, last = 0.0, time.time()
    while time.time() - last < _IDLE_S:
        times = process.cpu_times()
        if times.user + times.system > used_s:
            used_s, last = times.user + times.system, time.time()
        time.sleep(0.005)
    moments["kernel server imports"].append(last)


def main() -> None:
    """Run, then write the moments down."""
    to, *arguments = sys.argv[1:]
    moments["interpreter, command line"] = [psutil.Process().create_time(), time.time()]
    noted(cli_run, "checked_pipeline", "load and check the pipeline")
    noted(warm.WarmParts, "__enter__", "janitor")
    noted(recorder.RunRecorder, "run_started", "run log begins")
    noted(workers.RayWorkers, "submit", "submit")
    note_ray()
    note_kernel_server()
    code = cli.main(["run", *arguments])
    Path(to).write_text(json.dumps(moments), encoding="utf-8")
    sys.exit(code)


if __name__ == "__main__":
    main()
