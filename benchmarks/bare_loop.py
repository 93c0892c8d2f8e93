"""The yardstick: the notebooks of a pipeline in a few processes with papermill, in DAG order, recording nothing.

Usage: python bare_loop.py PLAN.json PROCESSES, where PLAN is a list of {"id", "notebook", "needs", "parameters", "folder"}.
"""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path
from typing import Any


def execute(task: dict[str, Any], need_folders: list[str]) -> str:
    """Run one notebook in a kernel of its own; return the id of its task."""
    # Imported here, so that each worker process imports papermill, once, and the parent does not.
    import papermill

    folder = Path(task["folder"])
    folder.mkdir(parents=True)
    os.environ["BENCHMARK_TASK"] = str(folder)
    os.environ["BENCHMARK_NEEDS"] = json.dumps(need_folders)
    (folder / "task.json").write_text(json.dumps({"id": task["id"], "parameters": task["parameters"]}))
    papermill.execute_notebook(
        task["notebook"],
        str(folder / "evaluated.ipynb"),
        parameters=task["parameters"],
        kernel_name="python3",
        language="python",
        progress_bar=False,
    )
    return str(task["id"])


def main(plan: Path, processes: int) -> None:
    """Start each notebook as soon as those it needs are done."""
    waiting: dict[str, dict[str, Any]] = {task["id"]: task for task in json.loads(plan.read_text())}
    folders = {id: task["folder"] for id, task in waiting.items()}
    done: set[str] = set()
    running: set[Future[str]] = set()
    with ProcessPoolExecutor(processes) as pool:
        while waiting or running:
            for id in [id for id, task in waiting.items() if done.issuperset(task["needs"])]:
                task = waiting.pop(id)
                running.add(pool.submit(execute, task, [folders[need] for need in task["needs"]]))
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            done.update(future.result() for future in finished)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
