"""What one function task costs that does nothing, beside the same on plain Ray, prefect, dagster, luigi and kedro.

The cost of a task is a slope: the time of many tasks less that of few, by how many more there are. What an engine needs
once, to start or for a run, is in neither. Every side runs in a process of its own each round, warm before it is timed.
"""

# ruff: noqa: T201 (it prints its findings)

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from environments import PEERS, asked, compile_ours, peer_python
from results import Goal, Measurement, interleaved, table

OURS = "ours, in a session"
PLAIN_RAY = "plain Ray, records nothing"
SIDES = {
    OURS: ("", "our_tasks.py"),
    PLAIN_RAY: ("ray", "ray_tasks.py"),
    "luigi, two workers": ("luigi", "luigi_tasks.py"),
    "prefect, two threads, own server": ("prefect", "prefect_tasks.py"),
    "dagster, one process": ("dagster", "dagster_tasks.py"),
    "kedro, ParallelRunner, two processes": ("kedro", "kedro_tasks.py"),
}
SIZES = {"independent": (200, 1200), "chain": (50, 350)}
FEW = {"kedro": (20, 120)}
PREFECT = {
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",  # it makes its database first
}
TITLES = {
    "independent": "one more of many independent function tasks that do nothing",
    "chain": "one more of a chain of function tasks that do nothing",
}


def cost_ms(peer: str, program: str, shape: str, sizes: tuple[int, int], versions: dict[str, str]) -> float:
    """Milliseconds for one task more."""
    python = peer_python(peer) if peer else sys.executable
    few, many = sizes
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        said = asked(
            [python, str(PEERS / program), "--shape", shape, "--sizes", str(few), str(many)],
            home,
            home / "log.txt",
            # What peers keep between runs starts empty, and nothing of the person's own is read or written.
            {"HOME": folder, **PREFECT, "PREFECT_HOME": folder} if peer else {},
        )
    versions[peer or "ray"] = said["version"]
    return 1000 * float(said["seconds"][str(many)] - said["seconds"][str(few)]) / (many - few)


def measured(shape: str, rounds: int, sizes: tuple[int, int] | None, chosen: list[str]) -> Measurement:
    """All sides in one shape."""
    versions: dict[str, str] = {}

    def side(peer: str, program: str) -> Callable[[int], float]:
        return lambda round: cost_ms(peer, program, shape, sizes or FEW.get(peer, SIZES[shape]), versions)

    sides = {name: side(*SIDES[name]) for name in chosen}
    values, left_out = interleaved(sides, rounds, OURS, digits=2, unit="ms")
    goals = [Goal(OURS, 3.0 if name == PLAIN_RAY else 1.0, name) for name in sides if name != OURS]
    few, many = sizes or SIZES[shape]
    notes = [
        f"From {few} to {many} tasks, in one process after ten tasks to warm up; tasks are defined within the time."
    ]
    if sizes is None:
        notes.append(
            f"kedro from {FEW['kedro'][0]} to {FEW['kedro'][1]}: the time that its runner takes is not linear."
        )
    return Measurement(
        f"function-tasks-{shape}", TITLES[shape], "ms", 2, values, goals, left_out, dict(versions), notes
    )


def main() -> None:
    """Measure both shapes, print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shape", choices=SIZES, action="append", help="may be repeated; default: both")
    parser.add_argument("--sizes", type=int, nargs=2, help="other sizes, for all sides")
    parser.add_argument("--peer", action="append", choices=[peer for peer, _ in SIDES.values() if peer])
    arguments = parser.parse_args()

    compile_ours()
    chosen = [name for name, (peer, _) in SIDES.items() if not peer or not arguments.peer or peer in arguments.peer]
    sizes = tuple(arguments.sizes) if arguments.sizes else None
    for shape in arguments.shape or SIZES:
        found = measured(shape, arguments.rounds, sizes, chosen)
        found.save()
        print(f"{table(found)}\n{found.taken_with}\n")


if __name__ == "__main__":
    main()
