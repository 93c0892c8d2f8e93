"""The demo pipeline by ``pdr run`` against a bare two-process papermill loop over the same notebooks."""

# ruff: noqa: T201 (it prints its findings)

from __future__ import annotations

import argparse
import json
import runpy
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import jupytext
from measuring import pdr, row, summary, surroundings, timed

HERE = Path(__file__).parent
SWITCHED_OFF = {"failing_attempts": 0}


def make_project(folder: Path) -> None:
    """A project folder out of the frozen notebooks; each also as ``.ipynb``, for papermill."""
    shutil.copy(HERE / "pipeline.py", folder)
    for name in ("notebooks", "src"):
        shutil.copytree(HERE / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "bare").mkdir()
    for notebook in (folder / "notebooks").glob("*.py"):
        jupytext.write(jupytext.read(notebook, fmt="py:percent"), folder / "bare" / f"{notebook.stem}.ipynb")


def write_plan(project: Path, environment: str, to: Path) -> Path:
    """What the bare loop is to run, read from ``pipeline.py``; ``to`` gets a folder for each task."""
    build = runpy.run_path(str(project / "pipeline.py"))["build"]
    plan = [
        {
            "id": task.id,
            "notebook": str(project / "bare" / f"{task.name}.ipynb"),
            "needs": [need.id for need in task.needs],
            "parameters": {**task.parameters, **(SWITCHED_OFF if task.name == "ingest" else {})},
            "folder": str(to / task.folder),
        }
        for task in build(environment)
    ]
    path = to / "plan.json"
    path.write_text(json.dumps(plan))
    return path


def bare_s(project: Path, environment: str, round: int) -> float:
    """Seconds of the bare loop."""
    folder = project / f"bare-{round}"
    folder.mkdir()
    plan = write_plan(project, environment, folder)
    command = [sys.executable, str(HERE / "bare_loop.py"), str(plan)]
    return timed(command, project, {"PYTHONPATH": str(project / "src")}, folder / "log.txt")


def ours_s(project: Path, environment: str, round: int) -> float:
    """Seconds of ``pdr run``, Ray's start and everything else included."""
    switches = [f"--set={name}={value}" for name, value in SWITCHED_OFF.items()]
    command = [pdr(), "run", "--environment", environment, *switches]
    return timed(command, project, {"PYTHONPATH": str(project / "src")}, project / f"ours-{round}.txt")


def main() -> None:
    """Measure both sides in turn, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--environment", default="dev")
    parser.add_argument("--side", choices=["both", "bare", "ours"], default="both")
    arguments = parser.parse_args()

    sides = {"bare": bare_s, "ours": ours_s}
    chosen = [name for name in sides if arguments.side in (name, "both")]
    seconds: dict[str, list[float]] = {name: [] for name in chosen}
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        make_project(project)
        for round in range(arguments.rounds):
            for name in chosen:
                seconds[name].append(sides[name](project, arguments.environment, round))
                print(f"round {round + 1}, {name}: {seconds[name][-1]:.1f} s", file=sys.stderr, flush=True)

    names = {"bare": "papermill in a bare two-process loop", "ours": "`pdr run`"}
    print(row(f"demo, {arguments.environment}", "median s", "spread s"))
    print(row("---", "---", "---"))
    for name in chosen:
        print(row(names[name], *summary(seconds[name])))
    if len(chosen) == len(sides):
        ratio = statistics.median(seconds["ours"]) / statistics.median(seconds["bare"])
        print(row("ratio ours / bare", f"{ratio:.2f}", ""))
    print(f"\n{arguments.rounds} rounds, in turn. {surroundings()}")


if __name__ == "__main__":
    main()
