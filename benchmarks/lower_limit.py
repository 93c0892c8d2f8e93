"""A lower limit for a runner on Ray: Ray's start, then the notebooks' bare code, and nothing else.

Usage: python lower_limit.py PLAN.json STARTED SECONDS.json, where STARTED is when it was called, in seconds since 1970.
How long it took, but for ending Ray, goes to SECONDS.json.

Everything that the notebooks import is imported once; each notebook is then its code cells in a process forked from
that, two at a time, in DAG order. No kernel, no record, no notebook is written.
"""

from __future__ import annotations

import ast
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

PROCESSES = 2
RAY = """
import logging, sys, ray
ray.init(
    address="local", include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR, _temp_dir=sys.argv[1]
)
print("up", flush=True)
sys.stdin.read()
"""


def code_of(task: dict[str, Any]) -> str:
    """The code cells of a notebook, with the parameters of a task after those that the notebook declares."""
    cells = []
    for cell in json.loads(Path(task["notebook"]).read_text())["cells"]:
        if cell["cell_type"] != "code":
            continue
        cells.append("".join(cell["source"]))
        if "parameters" in cell["metadata"].get("tags", []):
            cells += [f"{name} = {value!r}" for name, value in task["parameters"].items()]
    return "\n".join(cells)


def import_once(sources: list[str]) -> None:
    """Import what the sources import, and what the project's modules import inside of functions.

    onnxruntime is left to the forks, as the runner does it: it starts threads, which no fork survives.
    """
    seen: set[str] = set()
    while sources:
        for node in ast.walk(ast.parse(sources.pop())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            else:
                continue
            for name in names:
                if name in seen or name.partition(".")[0] in ("onnxruntime", "pynb_dag_runner"):
                    continue
                seen.add(name)
                try:
                    module = importlib.import_module(name)
                except ImportError:
                    continue  # no module, but something within one
                if name.startswith("frozen_digits") and module.__file__:
                    sources.append(Path(module.__file__).read_text())


def start(task: dict[str, Any], code: str, need_folders: list[str]) -> int:
    """Fork a process that runs a notebook's code; returns its id."""
    child = os.fork()
    if child:
        return child
    # A child leaves by _exit: what its parent would do at its end is not its affair.
    try:
        folder = Path(task["folder"])
        folder.mkdir(parents=True)
        os.environ["BENCHMARK_TASK"] = str(folder)
        os.environ["BENCHMARK_NEEDS"] = json.dumps(need_folders)
        (folder / "task.json").write_text(json.dumps({"id": task["id"], "parameters": task["parameters"]}))
        exec(compile(code, task["notebook"], "exec"), {"__name__": "__main__"})
    except BaseException:  # noqa: BLE001 (whatever a notebook raises, the exit code tells of it)
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main(plan: Path, started_s: float, to: Path) -> None:
    """Start Ray, then each notebook as soon as those it needs are done."""
    ray_folder = tempfile.mkdtemp(prefix="limit-")
    ray = subprocess.Popen([sys.executable, "-c", RAY, ray_folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert ray.stdout is not None
    if ray.stdout.readline().strip() != b"up":
        raise SystemExit("Ray did not start")
    waiting: dict[str, dict[str, Any]] = {task["id"]: task for task in json.loads(plan.read_text())}
    folders = {id: task["folder"] for id, task in waiting.items()}
    codes = {id: code_of(task) for id, task in waiting.items()}
    import_once(list(codes.values()))
    done: set[str] = set()
    running: dict[int, str] = {}
    while waiting or running:
        for id in [id for id, task in waiting.items() if done.issuperset(task["needs"])]:
            if len(running) < PROCESSES:
                task = waiting.pop(id)
                running[start(task, codes[id], [folders[need] for need in task["needs"]])] = id
        child, status = os.wait()
        if child == ray.pid or status != 0:
            ray.kill()
            raise SystemExit(f"{running.get(child, 'Ray')} ended with status {status}")
        done.add(running.pop(child))
    to.write_text(json.dumps(time.time() - started_s))
    ray.communicate()
    shutil.rmtree(ray_folder, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]))
