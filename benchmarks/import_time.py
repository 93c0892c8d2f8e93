"""What ``import pynb_dag_runner`` adds to the start of an interpreter."""

# ruff: noqa: T201 (it prints its findings)

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

from measuring import row, summary, surroundings

PROGRAMS = {
    "bare interpreter": "pass",
    "import pynb_dag_runner": "import pynb_dag_runner",
    "from pynb_dag_runner import current_task": "from pynb_dag_runner import current_task",
    "from pynb_dag_runner import Pipeline": "from pynb_dag_runner import Pipeline",
}
WARM_UP_ROUNDS = 2


def start_ms(program: str) -> float:
    """Milliseconds from the start to the end of an interpreter that runs ``program``."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)
    return 1000 * (time.perf_counter() - started)


def main() -> None:
    """Measure all programs in turn, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    rounds: int = parser.parse_args().rounds

    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for round in range(WARM_UP_ROUNDS + rounds):
        for name, program in PROGRAMS.items():
            duration_ms = start_ms(program)
            if round >= WARM_UP_ROUNDS:
                times[name].append(duration_ms)

    bare = statistics.median(times["bare interpreter"])
    print(row("program", "median ms", "spread ms", "over the bare interpreter, ms"))
    print(row("---", "---", "---", "---"))
    for name, values in times.items():
        print(row(name, *summary(values), f"{statistics.median(values) - bare:.1f}"))
    print(f"\n{rounds} rounds, in turn. {surroundings()}")


if __name__ == "__main__":
    main()
