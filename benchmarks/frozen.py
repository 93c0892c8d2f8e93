"""The frozen demo as a project to run, and its tasks as a plan for those that know no ``pipeline.py``."""

from __future__ import annotations

import json
import runpy
import shutil
from pathlib import Path
from typing import Any

import jupytext

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
    """What other programs are to run, read from ``pipeline.py``; ``to`` gets a folder for each task."""
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


def prepare_for_ploomber(plan: Path) -> None:
    """Give each task of a plan a notebook of its own that ploomber takes.

    It sets no environment variables for a kernel, so a first cell does; and it wants a cell of parameters in every notebook.
    """
    tasks = json.loads(plan.read_text())
    folders = {task["id"]: task["folder"] for task in tasks}
    for task in tasks:
        folder = Path(task["folder"])
        folder.mkdir(parents=True)
        (folder / "task.json").write_text(json.dumps({"id": task["id"], "parameters": task["parameters"]}))
        variables = {
            "BENCHMARK_TASK": task["folder"],
            "BENCHMARK_NEEDS": json.dumps([folders[need] for need in task["needs"]]),
        }
        notebook = json.loads(Path(task["notebook"]).read_text())
        cells = [_code_cell("variables", f"import os\n\nos.environ.update({variables!r})", [])]
        if not any("parameters" in cell["metadata"].get("tags", []) for cell in notebook["cells"]):
            cells.append(_code_cell("parameters", "upstream = None", ["parameters"]))
        notebook["cells"] = [*cells, *notebook["cells"]]
        task["notebook"] = str(folder / "notebook.ipynb")
        Path(task["notebook"]).write_text(json.dumps(notebook))
    plan.write_text(json.dumps(tasks))


def _code_cell(id: str, source: str, tags: list[str]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": id,
        "metadata": {"tags": tags},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }
