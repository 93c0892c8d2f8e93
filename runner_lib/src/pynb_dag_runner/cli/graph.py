"""``pdr graph``: the DAG as Mermaid or JSON, without running it."""

from __future__ import annotations

import argparse
from pathlib import Path

from pynb_dag_runner.cli.arguments import Verbs, add_verb, write

_DESCRIPTION = """\
Print the pipeline of this folder's pipeline.py, without running anything: as a
Mermaid flowchart, which GitHub shows inside Markdown and https://mermaid.live
draws, or as JSON with parameters and options of every task."""

_EXAMPLE = """\
  pdr graph
  pdr graph --environment ci --format json"""


def register(verbs: Verbs) -> None:
    """Add the verb to the parser."""
    parser = add_verb(verbs, "graph", graph, _DESCRIPTION, _EXAMPLE)
    parser.add_argument(
        "--environment", default="dev", metavar="NAME", help="which sizes to build with (default: %(default)s)"
    )
    parser.add_argument(
        "--format",
        choices=("mermaid", "json"),
        default="mermaid",
        metavar="FORMAT",
        help="mermaid or json (default: %(default)s)",
    )


def graph(arguments: argparse.Namespace) -> int:
    """Print the graph.

    Raises:
        PipelineError: there is no ``pipeline.py`` here, or it is broken.
    """
    from pynb_dag_runner.project.load import load_pipeline
    from pynb_dag_runner.report import document, mermaid

    pipeline = load_pipeline(Path.cwd(), arguments.environment)
    if arguments.format == "json":
        write(document.dumps(document.pipeline_document(pipeline, arguments.environment)))
    else:
        write(mermaid.dag(pipeline))
    return 0
