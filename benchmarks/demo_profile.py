"""Where the time of one demo run goes: until Ray is there, in kernels, in the notebooks' own code, in records, at the end."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from environments import compile_ours
from frozen import SWITCHED_OFF, make_project
from measuring import pdr, row, summary, surroundings, timed
from results import PROFILE, save_page

from pynb_dag_runner.runlog.reader import find_run_logs, read_run
from pynb_dag_runner.runlog.records import Timed

SLOTS = 2
WHOLE = "**the whole run**"
PARTS = {
    "interpreter, `pipeline.py` loaded and checked": "until the run log begins",
    "Ray's start, and the kernel server's imports beside it": "until the first attempt begins",
    "code of the notebooks": "cells, of both processors, halved",
    "kernels": "from the start of an attempt to its first cell, halved; the first waits for the server's imports",
    "results of the notebooks": "from the last cell to the end of an attempt, halved: the notebook is recorded",
    "idle processors": "nothing may run: a task waits for another, or Ray hands one over; halved",
    "the end": "from the last attempt: the run log is closed, Ray ended, the table shown, the interpreter left",
}


def profile(project: Path) -> dict[str, float]:
    """Seconds of each part of one run, which add up to the whole."""
    called_s = time.time()
    switches = [f"--set={name}={value}" for name, value in SWITCHED_OFF.items()]
    whole_s = timed([pdr(), "run", *switches], project, {"PYTHONPATH": str(project / "src")}, project / "log.txt")
    run = read_run(find_run_logs(project / "pipeline-outputs")[0])
    attempts = [attempt for task in run for attempt in task.attempts]
    began_s = run.start_ns / 1e9
    first_s, last_s = min(map(_start_s, attempts)), max(map(_end_s, attempts))
    cells_s = sum(_end_s(cell) - _start_s(cell) for attempt in attempts for cell in attempt.cells)
    kernels_s = sum(_start_s(attempt.cells[0]) - _start_s(attempt) for attempt in attempts)
    after_s = sum(_end_s(attempt) - _end_s(attempt.cells[-1]) for attempt in attempts)
    used_s = cells_s / SLOTS, kernels_s / SLOTS, after_s / SLOTS
    idle_s = last_s - first_s - sum(used_s)
    seconds = (began_s - called_s, first_s - began_s, *used_s, idle_s, called_s + whole_s - last_s)
    return {**dict(zip(PARTS, seconds, strict=True)), WHOLE: whole_s}


def _start_s(part: Timed) -> float:
    assert part.start_ns is not None
    return part.start_ns / 1e9


def _end_s(part: Timed) -> float:
    assert part.end_ns is not None
    return part.end_ns / 1e9


def main() -> None:
    """Profile a few runs, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds: int = parser.parse_args().rounds
    compile_ours()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        make_project(project)
        found = [profile(project) for _ in range(rounds)]
    lines = [
        row("part", "median, s", "lowest to highest", "share", "what is in it"),
        row("---", "---:", "---:", "---:", "---"),
    ]
    whole_s = statistics.median(run[WHOLE] for run in found)
    for part in (*PARTS, WHOLE):
        values = [run[part] for run in found]
        share = f"{100 * statistics.median(values) / whole_s:.0f} %"
        lines.append(row(part, *summary(values, 2), share, PARTS.get(part, "")))
    page = "\n".join([*lines, "", f"Medians of {rounds} runs. {surroundings()}"])
    save_page(PROFILE, page)


if __name__ == "__main__":
    main()
