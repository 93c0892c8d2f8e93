"""From a save to the start of the first task: on the warm session of ``pdr watch``, and by ``pdr run --resume latest``."""

# ruff: noqa: T201 (it prints its findings)

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from frozen import make_project
from measuring import pdr, row, summary, surroundings

from pynb_dag_runner.runlog.reader import find_run_logs, read_run

_NOTEBOOK = "notebooks/summary.py"
_WAITS = "waits for a save"
_LIMIT_S = 600.0


def main() -> None:
    """Measure both sides in turn, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    warm, cold = [], []
    with tempfile.TemporaryDirectory(prefix="pdr-benchmark-") as folder:
        project = Path(folder)
        make_project(project)
        log = project / "watch.log"
        for number in range(rounds):
            with log.open("w") as output:
                watch = subprocess.Popen([pdr(), "watch"], cwd=project, stdout=output, stderr=subprocess.STDOUT)
            try:
                # The first save finds Ray still starting: it is the second that a person waits for all day.
                _wait_until_it_waits(log, watch)
                _save(project, f"warming {number}")
                _wait_until_it_waits(log, watch, 2)
                saved_s = _save(project, f"warm {number}")
                _wait_until_it_waits(log, watch, 3)
                warm.append(_first_start_s(project) - saved_s)
            finally:
                watch.send_signal(signal.SIGINT)
                watch.wait()
            saved_s = _save(project, f"cold {number}")
            subprocess.run([pdr(), "run", "--resume", "latest"], cwd=project, stdout=subprocess.DEVNULL, check=True)
            cold.append(_first_start_s(project) - saved_s)
    print(row("from a save to the start of the first task", "median s", "lowest to highest"))
    print(row("---", "---:", "---:"))
    print(row("`pdr watch`, warm", *summary(warm, 2)))
    print(row("`pdr run --resume latest`", *summary(cold, 2)))
    ratios = [one / other for one, other in zip(warm, cold, strict=True)]
    print(row("ratio", *summary(ratios, 2)))
    print(f"\n{surroundings()} {rounds} rounds, in turn, the frozen demo, {_NOTEBOOK} saved.")


def _save(project: Path, text: str) -> float:
    """Write a notebook anew; returns when, in seconds since 1970."""
    path = project / _NOTEBOOK
    kept = path.read_text(encoding="utf-8").partition("\n# benchmark")[0]
    path.write_text(f"{kept}\n# benchmark: {text}\n", encoding="utf-8")
    return os.stat(path).st_mtime


def _first_start_s(project: Path) -> float:
    """When the first attempt of the newest run began, in seconds since 1970."""
    run = read_run(find_run_logs(project / "pipeline-outputs")[0])
    return min(attempt.start_ns for task in run for attempt in task.attempts if attempt.start_ns) / 1e9


def _wait_until_it_waits(log: Path, watch: subprocess.Popen[bytes], times: int = 1) -> None:
    deadline_s = time.monotonic() + _LIMIT_S
    while log.read_text(errors="replace").count(_WAITS) < times:
        if watch.poll() is not None or time.monotonic() > deadline_s:
            raise SystemExit(f"pdr watch does not wait:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
