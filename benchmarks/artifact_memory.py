"""Driver memory while a task logs an artifact of 300 MiB: how far it rises over what the idle driver takes."""

# ruff: noqa: T201 (it prints its findings)

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from measuring import MIB, pdr, row, sampled, surroundings

LIMIT_MIB = 64
IDLE_S = 3

PIPELINE = '''"""One task that logs a large artifact after a pause in which the driver is idle."""

import json
import os
import time
from pathlib import Path

from pynb_dag_runner import Pipeline, current_task


def log_artifact(size_mib: int, idle_s: float, marks: str) -> None:
    """Log random bytes: nothing that a compressor could make small."""
    path = Path(marks).with_name("artifact.bin")
    with path.open("wb") as file:
        for _ in range(size_mib):
            file.write(os.urandom(2**20))
    time.sleep(idle_s)
    started = time.time()
    current_task().log_artifact("artifact.bin", path)
    Path(marks).write_text(json.dumps([started, time.time()]))
    time.sleep(idle_s)


def build(environment: str = "dev") -> Pipeline:
    pipeline = Pipeline("artifact-memory")
    pipeline.function(log_artifact, parameters={parameters!r})
    return pipeline
'''


def main() -> None:
    """Run it once, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=300, help="size of the artifact")
    size_mib: int = parser.parse_args().mib

    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        marks = project / "marks.json"
        parameters = {"size_mib": size_mib, "idle_s": IDLE_S, "marks": str(marks)}
        (project / "pipeline.py").write_text(PIPELINE.format(parameters=parameters))
        _, samples = sampled([pdr(), "run"], project, project / "log.txt", interval_s=0.02)
        started, ended = json.loads(marks.read_text())

    idle = max(rss for at, rss in samples.driver_rss_bytes if started - IDLE_S / 2 < at < started)
    peak = max(rss for at, rss in samples.driver_rss_bytes if at >= started)
    growth_mib = (peak - idle) / MIB
    print(row(f"driver, while a task logs {size_mib} MiB", "resident memory"))
    print(row("---", "---"))
    print(row("idle", f"{idle / MIB:.0f} MiB"))
    print(row("peak", f"{peak / MIB:.0f} MiB"))
    print(row(f"growth (promised: at most {LIMIT_MIB} MiB)", f"{growth_mib:.0f} MiB"))
    print(row("time that log_artifact took", f"{ended - started:.1f} s"))
    print(f"\n{surroundings()}")


if __name__ == "__main__":
    main()
