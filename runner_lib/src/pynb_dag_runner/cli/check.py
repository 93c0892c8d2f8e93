"""``pdr check``: what is wrong with the pipeline and its notebooks, without running anything."""

from __future__ import annotations

import argparse
from pathlib import Path

from pynb_dag_runner.cli.arguments import Verbs, add_verb, write
from pynb_dag_runner.errors import PipelineError

_DESCRIPTION = """\
Check this folder's pipeline.py and the notebooks, functions and commands it
names, without running any: missing notebooks, syntax errors, parameters that a
notebook does not declare, values of a wrong type, programs that are not there.

Each problem is one line, FILE:LINE: error: MESSAGE; the exit code is then 2."""

_EXAMPLE = """\
  pdr check
  pdr check --environment ci"""


def register(verbs: Verbs) -> None:
    """Add the verb to the parser."""
    parser = add_verb(verbs, "check", check, _DESCRIPTION, _EXAMPLE)
    parser.add_argument(
        "--environment", default="dev", metavar="NAME", help="which sizes to build with (default: %(default)s)"
    )


def check(arguments: argparse.Namespace) -> int:
    """Print all problems and return 2, or that there are none and return 0."""
    from pynb_dag_runner.project.check import check_pipeline
    from pynb_dag_runner.project.load import load_pipeline
    from pynb_dag_runner.report.summary import counted

    project_dir = Path.cwd()
    try:
        pipeline = load_pipeline(project_dir, arguments.environment)
        problems = check_pipeline(pipeline, project_dir)
    except PipelineError as error:
        problems = [error]
    for problem in problems:
        write(str(problem))
    if problems:
        return 2
    nr_edges = sum(len(task.needs) for task in pipeline)
    write(f"OK: {counted(len(pipeline), 'task')}, {counted(nr_edges, 'edge')}")
    return 0
