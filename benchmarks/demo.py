"""The demo pipeline by ``pdr run``, beside the same notebooks by papermill, by ploomber, and by bare forks (a lower limit)."""

# ruff: noqa: T201 (it prints its findings)

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from environments import PEERS, compile_ours, peer_python, pinned
from frozen import HERE, SWITCHED_OFF, make_project, prepare_for_ploomber, write_plan
from measuring import pdr, peer_timed, timed
from results import Goal, Measurement, interleaved, table

OURS = "`pdr run`, Ray's start included"
BARE = "papermill, a bare loop of two processes"
SEQUENTIAL = "papermill, one after another"
PLOOMBER = "ploomber, Parallel executor, two processes"
LIMIT = "lower limit: Ray's start, then bare code in forks"
SIDES = {"ours": OURS, "bare": BARE, "sequential": SEQUENTIAL, "ploomber": PLOOMBER, "limit": LIMIT}
PINNED = {"papermill": BARE, "ploomber": PLOOMBER}
GOALS = [Goal(OURS, 0.45, BARE), Goal(OURS, 1.4, LIMIT), Goal(OURS, None, SEQUENTIAL), Goal(OURS, None, PLOOMBER)]


def ours_s(project: Path, environment: str, round: int) -> float:
    """Seconds of ``pdr run``, Ray's start and everything else included."""
    switches = [f"--set={name}={value}" for name, value in SWITCHED_OFF.items()]
    command = [pdr(), "run", "--environment", environment, *switches]
    return timed(command, project, {"PYTHONPATH": str(project / "src")}, project / f"ours-{round}.txt")


def planned_s(project: Path, environment: str, side: str, round: int, command: list[str]) -> float:
    """Seconds of a program that gets the plan; whatever is made ready for it is made before the clock starts.

    Raises:
        PeerFailedError: it did not succeed.
    """
    folder = project / f"{side}-{round}"
    folder.mkdir()
    plan = write_plan(project, environment, folder)
    if side == "ploomber":
        prepare_for_ploomber(plan)
    command = [*command[:2], str(plan), *command[2:]]
    own_seconds = folder / "seconds.json"
    if side == "limit":
        command += [str(time.time()), str(own_seconds)]
    seconds = peer_timed(command, folder, {"PYTHONPATH": str(project / "src")}, folder / "log.txt")
    # How long Ray takes to end is no part of the limit: only its own program knows when the last notebook was done.
    return float(own_seconds.read_text()) if side == "limit" else seconds


def sides_of(project: Path, environment: str) -> dict[str, Callable[[int], float]]:
    """What each side does in a round."""

    def by_plan(side: str, peer: str, *command: str) -> Callable[[int], float]:
        def seconds(round: int) -> float:
            python = peer_python(peer) if peer else sys.executable
            return planned_s(project, environment, side, round, [python, *command])

        return seconds

    return {
        "ours": lambda round: ours_s(project, environment, round),
        "bare": by_plan("bare", "papermill", str(HERE / "bare_loop.py"), "2"),
        "sequential": by_plan("sequential", "papermill", str(HERE / "bare_loop.py"), "1"),
        "ploomber": by_plan("ploomber", "ploomber", str(PEERS / "ploomber_demo.py")),
        "limit": by_plan("limit", "", str(HERE / "lower_limit.py")),
    }


def main() -> None:
    """Measure all sides in turn, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--environment", default="dev")
    parser.add_argument("--side", choices=SIDES, action="append", help="may be repeated; default: all")
    arguments = parser.parse_args()

    compile_ours()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        make_project(project)
        sides = sides_of(project, arguments.environment)
        chosen = {SIDES[name]: sides[name] for name in SIDES if name in (arguments.side or SIDES)}
        values, left_out = interleaved(chosen, arguments.rounds, OURS)
    found = Measurement(
        key=f"demo-{arguments.environment}",
        title=f"the demo, `{arguments.environment}`, from start to end",
        unit="s",
        digits=1,
        values=values,
        goals=GOALS,
        left_out=left_out,
        versions=pinned([peer for peer, side in PINNED.items() if side in values]),
        notes=["Notebooks are turned into `.ipynb`, and those of ploomber prepared, before the clock starts."],
    )
    found.save()
    print(f"{table(found)}\n{found.taken_with}")


if __name__ == "__main__":
    main()
