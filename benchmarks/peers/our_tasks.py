"""Tasks that do nothing on a session of this runner: each size is a run of its own, with a run log of its own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from timing import measure

from pynb_dag_runner.cli.progress.views import SilentProgress
from pynb_dag_runner.conventions import Result
from pynb_dag_runner.execution.run import RunOptions
from pynb_dag_runner.execution.session import Session
from pynb_dag_runner.project.load import load_pipeline

PIPELINE = '''"""Tasks that do nothing."""

from pynb_dag_runner import Pipeline


def nothing(*before: None, index: int) -> None:
    """Do nothing."""


def build(environment: str) -> Pipeline:
    """``environment`` is the shape and the number of tasks."""
    shape, tasks = environment.split("-")
    pipeline = Pipeline("no-op-tasks")
    needs = []
    for index in range(int(tasks)):
        task = pipeline.function(nothing, needs=needs, parameters={"index": index})
        needs = [task] if shape == "chain" else []
    return pipeline
'''


def main() -> None:
    """As a project's folder has it: a ``pipeline.py`` that is loaded, outputs below it."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        os.chdir(project)
        (project / "pipeline.py").write_text(PIPELINE)
        with Session(project) as session:

            def run(shape: str, tasks: int) -> None:
                """Load, run, and make sure that it went well."""
                pipeline = load_pipeline(project, f"{shape}-{tasks}")
                summary = session.run(pipeline, RunOptions(), SilentProgress())
                if summary.result is not Result.SUCCESS or len(summary.results) != tasks:
                    raise SystemExit("not all tasks succeeded")

            measure("ray", run)


if __name__ == "__main__":
    main()
