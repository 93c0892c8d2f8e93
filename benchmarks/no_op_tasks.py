"""Runs of 1,000 and of 10,000 function tasks that do nothing: memory of the driver, and whether a task costs more among many."""

# ruff: noqa: T201 (it prints its findings)

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from environments import compile_ours
from measuring import MIB, pdr, sampled
from results import Goal, Measurement, interleaved, table

from pynb_dag_runner.runlog.reader import read_run

RSS_AT_MOST_MIB = 300
COST_AT_MOST = 1.5
PIPELINE = '''"""Tasks that do nothing."""

from pynb_dag_runner import Pipeline


def nothing(index: int) -> None:
    """Do nothing."""


def build(environment: str = "dev") -> Pipeline:
    pipeline = Pipeline("no-op-tasks")
    for index in range({nr_tasks}):
        pipeline.function(nothing, parameters={{"index": index}})
    return pipeline
'''


def run(nr_tasks: int, figures: dict[str, dict[str, list[float]]]) -> float:
    """One ``pdr run``; returns milliseconds for each task, and adds the other figures to ``figures``."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "pipeline.py").write_text(PIPELINE.format(nr_tasks=nr_tasks))
        duration_s, samples = sampled([pdr(), "run"], project, project / "log.txt", interval_s=0.2)
        (run_log,) = (project / "pipeline-outputs" / "runs").glob("*.otlp.jsonl")
        log_bytes = run_log.stat().st_size
        recorded = read_run(run_log)
        # Ray's start is in no figure for a task; what the run does after its last task is.
        first_ns = min(attempt.start_ns for task in recorded for attempt in task.attempts if attempt.start_ns)
        assert recorded.end_ns is not None
    name = label(nr_tasks)
    for figure, value in {
        "whole": duration_s,
        "driver": max(rss for _, rss in samples.driver_rss_bytes) / MIB,
        "all": samples.peak_rss_bytes / MIB,
        "log": log_bytes / MIB,
        "processes": samples.peak_processes,
    }.items():
        figures.setdefault(figure, {}).setdefault(name, []).append(value)
    return (recorded.end_ns - first_ns) / 1e6 / nr_tasks


def label(nr_tasks: int) -> str:
    """How a run is called in tables."""
    return f"{nr_tasks:,} tasks"


def main() -> None:
    """Measure both sizes in turn, print a table for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tasks", type=int, nargs="+", default=[1000, 10_000])
    arguments = parser.parse_args()

    compile_ours()
    figures: dict[str, dict[str, list[float]]] = {}

    def side(nr_tasks: int) -> float:
        return run(nr_tasks, figures)

    sides = {label(size): lambda round, size=size: side(size) for size in arguments.tasks}
    values, _ = interleaved(sides, arguments.rounds, digits=2, unit="ms")
    few, many = label(min(arguments.tasks)), label(max(arguments.tasks))
    found = [Measurement("no-op-cost", "each of so many tasks that do nothing, in one `pdr run`", "ms", 2, values)]
    found[0].notes.append("From the start of the first task to the end of the run.")
    if few != many:
        found[0].goals.append(Goal(many, COST_AT_MOST, few))
    for key, title, unit, digits in (
        ("driver", "the driver's resident memory, at most", "MiB", 0),
        ("all", "resident memory of all processes, shared memory counted in each, at most", "MiB", 0),
        ("processes", "processes, at most", "number", 0),
        ("log", "run log", "MiB", 1),
        ("whole", "the whole `pdr run`, Ray's start included", "s", 1),
    ):
        found.append(Measurement(f"no-op-{key}", title, unit, digits, figures[key]))
    found[1].goals.append(Goal(many, RSS_AT_MOST_MIB))
    for measurement in found:
        measurement.save()
        print(f"{table(measurement)}\n")
    print(found[0].taken_with)


if __name__ == "__main__":
    main()
