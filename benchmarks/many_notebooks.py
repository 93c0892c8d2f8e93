"""20 small notebooks beside a pool of two papermill processes: ones that do nothing, and ones that draw a figure.

Both sides are measured warm, as what 20 notebooks more cost: ours on a session whose Ray and kernel server are up,
papermill's in a pool whose processes have imported it. And both from start to end, with all that is needed once.
"""

# ruff: noqa: T201 (it prints its findings)

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import jupytext
from environments import PEERS, asked, compile_ours, our_python, peer_python, pinned
from measuring import peer_timed, timed
from results import Goal, Measurement, interleaved, table

OURS, POOL = "ours, in a session", "papermill, a warm pool of two processes"
OURS_COLD, POOL_COLD = "`pdr run`, Ray's start included", "papermill, a pool of two processes, from its start"
PARAMETERS = """# %% tags=["parameters"]
index: int = 0

# %%
"""
NOTEBOOKS = {
    "trivial": PARAMETERS + "print(index)\n",
    "figure": PARAMETERS
    + """import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

# %%
x = np.arange(50.0)
frame = pd.DataFrame({"x": x, "y": np.sin(x / 5) + index})
model = LinearRegression().fit(frame[["x"]], frame["y"])

# %%
figure, axes = plt.subplots()
axes.plot(frame["x"], frame["y"])
axes.plot(frame["x"], model.predict(frame[["x"]]))
plt.show()
""",
}
WANTED = {"trivial": 0.5, "figure": 0.3}
TITLES = {
    "trivial": "notebooks that print a number",
    "figure": "notebooks that import numpy, pandas, scikit-learn, matplotlib and draw a figure",
}
PIPELINE = '''"""One notebook many times, with different parameters."""

from pynb_dag_runner import Pipeline


def build(environment: str) -> Pipeline:
    """``environment`` is how many."""
    pipeline = Pipeline("many-notebooks")
    for index in range(int(environment)):
        pipeline.notebook("small", parameters={"index": index})
    return pipeline
'''


def make_project(folder: Path, kind: str) -> Path:
    """A project with one notebook; returns that as ``.ipynb``."""
    (folder / "notebooks").mkdir(parents=True)
    notebook = folder / "notebooks" / "small.py"
    notebook.write_text(NOTEBOOKS[kind])
    (folder / "pipeline.py").write_text(PIPELINE)
    converted = folder / "small.ipynb"
    jupytext.write(jupytext.read(notebook, fmt="py:percent"), converted)
    return converted


def sides_of(project: Path, notebook: Path, times: int) -> dict[str, Callable[[int], float]]:
    """Seconds of each side."""
    python = our_python()
    session = [python, str(PEERS / "our_notebooks.py"), str(project), str(times)]
    run = [python, "-m", "pynb_dag_runner", "run", "--environment", str(times)]
    log = project / "log.txt"

    def pool() -> list[str]:
        # Asked for within a round: where papermill cannot be installed, ours is measured all the same.
        return [peer_python("papermill"), str(PEERS / "papermill_pool.py"), str(notebook), str(times)]

    return {
        OURS: lambda round: float(asked(session, project, log)["seconds"]),
        POOL: lambda round: float(asked(pool(), project, log)["seconds"]),
        OURS_COLD: lambda round: timed(run, project, {}, log),
        POOL_COLD: lambda round: peer_timed([*pool(), "--cold"], project, {}, log),
    }


def main() -> None:
    """Measure both kinds, print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--notebooks", type=int, default=20)
    parser.add_argument("--kind", choices=NOTEBOOKS, action="append", help="may be repeated; default: both")
    arguments = parser.parse_args()
    times: int = arguments.notebooks

    compile_ours()
    for kind in arguments.kind or NOTEBOOKS:
        with tempfile.TemporaryDirectory() as folder:
            project = Path(folder)
            notebook = make_project(project, kind)
            values, left_out = interleaved(sides_of(project, notebook, times), arguments.rounds, OURS)
        found = Measurement(
            key=f"notebooks-{kind}",
            title=f"{times} {TITLES[kind]}",
            unit="s",
            digits=1,
            values=values,
            goals=[Goal(OURS, WANTED[kind], POOL), Goal(OURS_COLD, None, POOL_COLD)],
            left_out=left_out,
            versions=pinned(["papermill"]),
            notes=["Warm: two notebooks of the same kind have run before, on both sides."],
        )
        found.save()
        print(f"{table(found)}\n{found.taken_with}\n")


if __name__ == "__main__":
    main()
