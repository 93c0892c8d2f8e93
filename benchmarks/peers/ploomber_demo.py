"""The notebooks of a plan by ploomber, with its Parallel executor and two processes.

Usage: python ploomber_demo.py PLAN.json, as ``prepare_for_ploomber`` left it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ploomber import DAG
from ploomber.executors import Parallel
from ploomber.products import File
from ploomber.tasks import NotebookRunner

PROCESSES = 2


def main(plan: Path) -> None:
    """Make the DAG and build it; a notebook that fails ends the program with an error."""
    dag = DAG(executor=Parallel(processes=PROCESSES))
    tasks = {}
    for task in json.loads(plan.read_text()):
        tasks[task["id"]] = NotebookRunner(
            Path(task["notebook"]),
            File(str(Path(task["folder"]) / "evaluated.ipynb")),
            dag=dag,
            name=task["id"],
            params=task["parameters"],
            static_analysis="disable",
        )
        for need in task["needs"]:
            tasks[need] >> tasks[task["id"]]
    dag.build()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
