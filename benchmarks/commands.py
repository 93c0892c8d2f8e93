"""What a person waits for at the keyboard: quick verbs on the frozen demo, and how long `pdr run` takes to reach a task."""

# ruff: noqa: T201 (it prints its findings)

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from environments import compile_ours
from frozen import SWITCHED_OFF, make_project
from measuring import pdr, timed
from results import Goal, Measurement, interleaved, table

VERBS = {"--help": 0.2, "check": 1.0, "show": 0.5}
NOTE = "Byte-compiled; the run that `pdr show` tells of was made before."
FUNCTION_PIPELINE = '''"""One task, whose first line says when it runs."""

import time
from pathlib import Path

from pynb_dag_runner import Pipeline


def first(to: str) -> None:
    """Write down the time."""
    Path(to).write_text(repr(time.time()))


def build(environment: str = "dev") -> Pipeline:
    pipeline = Pipeline("first-line")
    pipeline.function(first, parameters={parameters!r})
    return pipeline
'''
NOTEBOOK_PIPELINE = '''"""One notebook, whose first line says when it runs."""

from pynb_dag_runner import Pipeline


def build(environment: str = "dev") -> Pipeline:
    pipeline = Pipeline("first-line")
    pipeline.notebook("first", parameters={parameters!r})
    return pipeline
'''
NOTEBOOK = """# %% tags=["parameters"]
to: str = ""

# %%
import time
from pathlib import Path

Path(to).write_text(repr(time.time()))
"""


def make_first(project: Path, pipeline: str) -> None:
    """A project of one task."""
    (project / "notebooks").mkdir(parents=True)
    (project / "notebooks" / "first.py").write_text(NOTEBOOK)
    (project / "pipeline.py").write_text(pipeline.format(parameters={"to": str(project / "time.txt")}))


def first_line_s(project: Path) -> float:
    """Seconds from the call of ``pdr run`` to the first line of its first task."""
    started = time.time()
    timed([pdr(), "run"], project, {}, project / "log.txt")
    return float((project / "time.txt").read_text()) - started


def verbs(rounds: int, project: Path) -> Measurement:
    """The quick verbs, where one run of the frozen demo has been made."""
    environment = {"PYTHONPATH": str(project / "src")}
    switches = [f"--set={name}={value}" for name, value in SWITCHED_OFF.items()]
    timed([pdr(), "run", *switches], project, environment, project / "log.txt")

    def side(verb: str) -> Callable[[int], float]:
        return lambda round: timed([pdr(), verb], project, environment, project / "log.txt")

    values, _ = interleaved({f"`pdr {verb}`": side(verb) for verb in VERBS}, rounds, digits=3)
    goals = [Goal(f"`pdr {verb}`", limit_s) for verb, limit_s in VERBS.items()]
    return Measurement("commands", "quick verbs, the demo", "s", 3, values, goals, notes=[NOTE])


def first_lines(rounds: int, folder: Path) -> Measurement:
    """From the call to user code, Ray's start included."""
    for kind, pipeline in (("function", FUNCTION_PIPELINE), ("notebook", NOTEBOOK_PIPELINE)):
        make_first(folder / kind, pipeline)
    sides: dict[str, Callable[[int], float]] = {
        "a function": lambda round: first_line_s(folder / "function"),
        "a notebook": lambda round: first_line_s(folder / "notebook"),
    }
    values, _ = interleaved(sides, rounds, digits=2)
    title = "from the call of `pdr run` to the first line of the first task"
    return Measurement("first-line", title, "s", 2, values)


def main() -> None:
    """Measure all, print two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="of the quick verbs; a third of that for runs")
    rounds: int = parser.parse_args().rounds

    compile_ours()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "demo").mkdir()
        make_project(folder / "demo")
        for found in (verbs(rounds, folder / "demo"), first_lines(max(1, rounds // 3), folder)):
            found.save()
            print(f"{table(found)}\n{found.taken_with}\n")


if __name__ == "__main__":
    main()
