"""One run with 1,000 independent function tasks that do nothing: what the runner itself costs."""

# ruff: noqa: T201 (it prints its findings)

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from measuring import MIB, pdr, row, sampled, surroundings

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


def main() -> None:
    """Run it once, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=1000)
    nr_tasks: int = parser.parse_args().tasks

    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "pipeline.py").write_text(PIPELINE.format(nr_tasks=nr_tasks))
        duration_s, samples = sampled([pdr(), "run"], project, project / "log.txt", interval_s=0.2)
        (run_log,) = (project / "pipeline-outputs" / "runs").glob("*.otlp.jsonl")
        log_bytes = run_log.stat().st_size

    print(row(f"{nr_tasks} no-op function tasks", ""))
    print(row("---", "---"))
    print(row("whole run", f"{duration_s:.1f} s"))
    print(row("per task", f"{1000 * duration_s / nr_tasks:.1f} ms"))
    print(row("driver, peak resident memory", f"{max(rss for _, rss in samples.driver_rss_bytes) / MIB:.0f} MiB"))
    print(row("all processes, peak resident memory", f"{samples.peak_rss_bytes / MIB:.0f} MiB"))
    print(row("processes, at most", samples.peak_processes))
    print(row("run log", f"{log_bytes / MIB:.1f} MiB"))
    print(f"\n{surroundings()}")


if __name__ == "__main__":
    main()
