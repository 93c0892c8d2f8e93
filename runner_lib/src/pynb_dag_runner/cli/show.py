"""``pdr show``: what happened in a run."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from pynb_dag_runner.cli.arguments import Verbs, add_outputs, add_run_log, add_verb, program, stdout_console, write

if TYPE_CHECKING:
    from pynb_dag_runner.runlog.records import PipelineRun

_FORMATS = ("text", "markdown", "json", "mermaid-dag", "mermaid-gantt")

_DESCRIPTION = """\
Show what happened in a run: what failed and where, a table of tasks with
attempts, durations, results and metrics, and where to look next.

A run that still goes on is shown as far as it is: which tasks are waiting,
running, done. A run log that was cut off is shown as far as it goes and marked
interrupted. Neither is an error: the exit code tells whether the run log could
be read, not whether the run succeeded."""

_EXAMPLE = """\
  pdr show                                      the newest run
  pdr show --format markdown >> "$GITHUB_STEP_SUMMARY"
  pdr show pipeline-outputs/runs/ID.otlp.jsonl --format json"""


def register(verbs: Verbs) -> None:
    """Add the verb to the parser."""
    parser = add_verb(verbs, "show", show, _DESCRIPTION, _EXAMPLE)
    add_run_log(parser)
    parser.add_argument(
        "--format",
        choices=_FORMATS,
        default="text",
        metavar="FORMAT",
        help=f"{', '.join(_FORMATS[:-1])} or {_FORMATS[-1]} (default: %(default)s)",
    )
    add_outputs(parser)


def show(arguments: argparse.Namespace) -> int:
    """Print one run in the format that was asked for.

    Raises:
        RunLogError: the file is no run log, or one of a newer version.
        UsageError: there is no such run.
    """
    from pynb_dag_runner.runlog.reader import read_run, resolve_run_log

    run = read_run(resolve_run_log(arguments.run_log, arguments.outputs))
    now_ns = time.time_ns()
    if arguments.format == "text":
        from pynb_dag_runner.report.text import summary

        stdout_console().print(summary(run, now_ns, program()))
    else:
        write(rendered(run, arguments.format, now_ns))
    return 0


def rendered(run: PipelineRun, format: str, now_ns: int | None = None) -> str:
    """``run`` in one of the formats that are plain strings."""
    from pynb_dag_runner.report import document, markdown, mermaid

    if format == "markdown":
        return markdown.summary(run)
    if format == "json":
        return document.dumps(document.run_document(run))
    return mermaid.dag(run) if format == "mermaid-dag" else mermaid.gantt(run, now_ns)
