"""What the benchmarks share: running a command, looking at its processes, printing what was found."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil
from environments import PeerFailedError, measured_environment, without_paths

MIB = 2**20
PACKAGES = ("ray", "papermill", "ipykernel", "jupytext", "numpy", "matplotlib", "scikit-learn", "onnxruntime")


@dataclass
class Samples:
    """A command as seen from outside, sampled every ``interval_s`` seconds.

    ``driver_rss_bytes`` holds (seconds since the epoch, resident memory of the command's own process). Peaks are over
    the command with everything it started; memory that processes share is counted in each of them.
    """

    driver_rss_bytes: list[tuple[float, int]] = field(default_factory=list)
    peak_processes: int = 0
    peak_rss_bytes: int = 0


def pdr() -> str:
    """The ``pdr`` of the environment that runs the benchmark."""
    return str(Path(sys.executable).parent / "pdr")


def timed(command: Sequence[str], cwd: Path, environment: Mapping[str, str], log: Path) -> float:
    """Seconds that a command takes from start to end; its output goes to ``log``.

    Raises:
        SystemExit: it did not succeed.
    """
    with log.open("wb") as output:
        started = time.perf_counter()
        code = subprocess.run(
            command, cwd=cwd, env=measured_environment(environment), stdout=output, stderr=subprocess.STDOUT
        ).returncode
        duration_s = time.perf_counter() - started
    require_success(code, command, log)
    return duration_s


def peer_timed(command: Sequence[str], cwd: Path, environment: Mapping[str, str], log: Path) -> float:
    """As :func:`timed`, for a peer: the benchmark goes on without one that fails.

    Raises:
        PeerFailedError: it did not succeed.
    """
    try:
        return timed(command, cwd, environment, log)
    except SystemExit as error:
        print(error, file=sys.stderr)  # noqa: T201 (the whole story is for the terminal)
        raise PeerFailedError(without_paths(str(error).splitlines()[-1])) from error


def sampled(command: Sequence[str], cwd: Path, log: Path, interval_s: float) -> tuple[float, Samples]:
    """As :func:`timed`, with samples of memory and processes."""
    samples = Samples()
    with log.open("wb") as output:
        started = time.perf_counter()
        driver = psutil.Popen(command, cwd=cwd, env=measured_environment(), stdout=output, stderr=subprocess.STDOUT)
        while driver.poll() is None:
            _sample(driver, samples)
            time.sleep(interval_s)
        duration_s = time.perf_counter() - started
    require_success(driver.returncode, command, log)
    return duration_s, samples


def _sample(driver: psutil.Popen, samples: Samples) -> None:
    try:
        samples.driver_rss_bytes.append((time.time(), driver.memory_info().rss))
        processes = [driver, *driver.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    rss_bytes = 0
    for process in processes:
        try:
            rss_bytes += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    samples.peak_processes = max(samples.peak_processes, len(processes))
    samples.peak_rss_bytes = max(samples.peak_rss_bytes, rss_bytes)


def require_success(code: int, command: Sequence[str], log: Path) -> None:
    """End the benchmark, with the last lines of the output, if a command did not succeed."""
    if code != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
        raise SystemExit(f"{' '.join(command)}: exit code {code}; the end of its output:\n{tail}")


def row(*cells: object) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def summary(values: Sequence[float], digits: int = 1) -> tuple[str, str]:
    """Median, and lowest to highest, as text."""
    return f"{statistics.median(values):.{digits}f}", f"{min(values):.{digits}f} to {max(values):.{digits}f}"


def surroundings() -> str:
    """One line: what the numbers were taken with."""
    packages = []
    for name in PACKAGES:
        try:
            packages.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"Python {platform.python_version()}, {', '.join(packages)}; {platform.system()}, {cores} cores."
