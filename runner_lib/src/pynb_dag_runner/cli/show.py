"""``pdr show``: what happened in a run."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pynb_dag_runner.cli.arguments import Verbs, add_outputs, add_run_log, add_verb, program, stdout_console, write
from pynb_dag_runner.errors import UsageError

if TYPE_CHECKING:
    from pynb_dag_runner.report.comparison import Comparison, NoComparison
    from pynb_dag_runner.report.links import Links
    from pynb_dag_runner.runlog.records import PipelineRun

_PUBLISHED = "tracker"
_HTTP = ("http://", "https://")
_COMPARING = ("text", "markdown", "json")
_FORMATS = ("text", "markdown", "json", "mermaid-dag", "mermaid-gantt")

_DESCRIPTION = """\
Show what happened in a run: what failed and where, a table of tasks with
attempts, durations, results and metrics, and where to look next.

A run that still goes on is shown as far as it is: which tasks are waiting,
running, done. A run log that was cut off is shown as far as it goes and marked
interrupted. Neither is an error: the exit code tells whether the run log could
be read, not whether the run succeeded.

With --against, the run is also compared with the newest ones of the main branch
in a tracker: metrics, durations, results, parameters, and whether a value lies
outside of what is usual. A tracker that cannot be read is no error either: the
output says why there is no comparison. Without --against nothing is fetched."""

_EXAMPLE = """\
  pdr show                                      the newest run
  pdr show --against pipeline-outputs/published
  pdr show --format markdown --against tracker >> "$GITHUB_STEP_SUMMARY"
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
    parser.add_argument(
        "--against",
        metavar="SITE",
        help="compare with main in this tracker: its folder, its address (http or https), or the word tracker for the one "
        "that this repository publishes (known inside GitHub Actions, or from PDR_TRACKER_URL); for text, markdown, json",
    )
    parser.add_argument(
        "--main",
        metavar="BRANCH",
        help="the main branch (default: as the tracker decides: main or master, else the branch of the most runs)",
    )
    add_outputs(parser)


def show(arguments: argparse.Namespace) -> int:
    """Print one run in the format that was asked for.

    Raises:
        RunLogError: the file is no run log, or one of a newer version.
        UsageError: there is no such run, or the format has no comparison.
    """
    if arguments.against is not None and arguments.format not in _COMPARING:
        raise UsageError(f"--against: {arguments.format} shows no comparison: leave one of both out")
    from pynb_dag_runner.runlog.reader import read_run, resolve_run_log

    run = read_run(resolve_run_log(arguments.run_log, arguments.outputs))
    now_ns = time.time_ns()
    comparison = None
    if arguments.against is not None:
        comparison = compared(run, arguments.against, arguments.main, os.environ)
    if arguments.format == "text":
        from pynb_dag_runner.report.text import summary

        stdout_console().print(summary(run, now_ns, program(), comparison))
    else:
        write(rendered(run, arguments.format, now_ns, comparison, _links(run, arguments.against)))
    return 0


def compared(
    run: PipelineRun, site: str, main: str | None, environment: Mapping[str, str]
) -> Comparison | NoComparison:
    """How ``run`` differs from main in the tracker ``site``: a folder, an address, or ``tracker``."""
    from pynb_dag_runner.github.addresses import tracker_url
    from pynb_dag_runner.github.tracker_files import http_reader
    from pynb_dag_runner.report.comparison import NoComparison, compare
    from pynb_dag_runner.report.run_facts import facts_of
    from pynb_dag_runner.site.baseline import folder_reader, read_baseline

    address = tracker_url(environment) if site == _PUBLISHED else site
    if address is None:
        return NoComparison("The address of the tracker is not known: set PDR_TRACKER_URL to it.")
    head = facts_of(run)
    reader = http_reader(address) if address.lower().startswith(_HTTP) else folder_reader(Path(address))
    baseline = read_baseline(reader, head, main)
    return baseline if isinstance(baseline, NoComparison) else compare(head, baseline)


def rendered(
    run: PipelineRun,
    format: str,
    now_ns: int | None = None,
    comparison: Comparison | NoComparison | None = None,
    links: Links | None = None,
) -> str:
    """``run`` in one of the formats that are plain strings."""
    from pynb_dag_runner.report import document, markdown, mermaid
    from pynb_dag_runner.report.comparison_document import comparison_document
    from pynb_dag_runner.report.links import NO_LINKS

    if format == "markdown":
        return markdown.summary(run, links or NO_LINKS, comparison, now_ns)
    if format == "json":
        more = {} if comparison is None else {"comparison": comparison_document(comparison)}
        return document.dumps({**document.run_document(run), **more})
    return mermaid.dag(run) if format == "mermaid-dag" else mermaid.gantt(run, now_ns)


def _links(run: PipelineRun, site: str | None) -> Links:
    """Links of a run that this job of GitHub Actions made; none elsewhere."""
    from pynb_dag_runner.github.links import job_links

    is_address = site is not None and site.lower().startswith(_HTTP)
    return job_links(run, os.environ, f"{site.rstrip('/')}/" if site is not None and is_address else None)
