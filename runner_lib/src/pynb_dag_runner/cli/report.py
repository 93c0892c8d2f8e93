"""``pdr report``: a run as one HTML file."""

from __future__ import annotations

import argparse
import os
import shlex
import time
from pathlib import Path

from pynb_dag_runner.cli.arguments import Verbs, add_outputs, add_run_log, add_verb, stdout_console
from pynb_dag_runner.errors import UsageError

_DESCRIPTION = """\
Write one HTML file that tells all about a run: why it failed, tasks, graph,
time, metrics, figures, evaluated notebooks. It holds no script and loads
nothing, so that it opens anywhere: from a mail, from an unzipped artifact, on a
phone, on GitHub.

What would make the file larger than about 8 MB is left out, and the page says
what that is. An earlier report of the same name is replaced.

Inside GitHub Actions it links to the run's page in the tracker, which is there
once the run is published; elsewhere --tracker says where that is."""

_EXAMPLE = """\
  pdr report                       the newest run, to pipeline-outputs/reports
  pdr report RUN_ID --to report.html"""


def register(verbs: Verbs) -> None:
    """Add the verb to the parser."""
    parser = add_verb(verbs, "report", report, _DESCRIPTION, _EXAMPLE)
    add_run_log(parser)
    parser.add_argument(
        "--to", type=Path, metavar="FILE", help="where to write (default: reports/RUN_ID.html below --outputs)"
    )
    parser.add_argument(
        "--tracker", metavar="URL", help="address of the tracker to link to (default: this repository's, on GitHub)"
    )
    add_outputs(parser)


def report(arguments: argparse.Namespace) -> int:
    """Write the page of one run and say where it is.

    Raises:
        RunLogError: the file is no run log, or one of a newer version.
        UsageError: there is no such run, the page cannot go where it should, or the tracker's address is none.
    """
    from rich.text import Text

    from pynb_dag_runner.github.links import job_links, tracker_links
    from pynb_dag_runner.report.escaping import printable
    from pynb_dag_runner.report.filenames import safe_name
    from pynb_dag_runner.report.page.elements import safe_href
    from pynb_dag_runner.report.page.page import write_report
    from pynb_dag_runner.report.summary import counted, size_text
    from pynb_dag_runner.runlog.reader import read_run, resolve_run_log

    run = read_run(resolve_run_log(arguments.run_log, arguments.outputs))
    to = arguments.to or arguments.outputs / "reports" / f"{safe_name(run.run_id)}.html"
    if arguments.tracker is None:
        links = job_links(run, os.environ)
    elif not arguments.tracker.lower().startswith("http") or safe_href(arguments.tracker) is None:
        raise UsageError(f"--tracker {arguments.tracker!r}: give an address, such as https://OWNER.github.io/NAME/")
    else:
        links = tracker_links(run, arguments.tracker)
    written = write_report(run, to, time.time_ns(), links)
    console = stdout_console()
    for warning in run.warnings:
        console.print(Text.assemble(("warning: ", "yellow"), printable(warning)), soft_wrap=True)
    parts = len(written.left_out)
    missing = f", {counted(parts, 'part')} left out for want of room" if parts else ""
    size = size_text(to.stat().st_size)
    console.print(Text(printable(f"{to}: {counted(len(run.tasks), 'task')}, {size}{missing}")), soft_wrap=True)
    console.print(Text.assemble(("  open it   ", "dim"), printable(_opening(to))), soft_wrap=True)
    return 0


def _opening(path: Path) -> str:
    """The file's address for a browser, which a terminal makes a link of."""
    try:
        return path.absolute().as_uri()
    except UnicodeEncodeError:
        return shlex.quote(str(path))
