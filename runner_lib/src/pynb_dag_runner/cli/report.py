"""``pdr report``: a run as one HTML file."""

from __future__ import annotations

import argparse
import shlex
import time
from pathlib import Path

from pynb_dag_runner.cli.arguments import Verbs, add_outputs, add_run_log, add_verb, stdout_console

_DESCRIPTION = """\
Write one HTML file that tells all about a run: why it failed, tasks, graph,
time, metrics, figures, evaluated notebooks. It holds no script and loads
nothing, so that it opens anywhere: from a mail, from an unzipped artifact, on a
phone, on GitHub.

What would make the file larger than about 8 MB is left out, and the page says
what that is. An earlier report of the same name is replaced."""

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
    add_outputs(parser)


def report(arguments: argparse.Namespace) -> int:
    """Write the page of one run and say where it is.

    Raises:
        RunLogError: the file is no run log, or one of a newer version.
        UsageError: there is no such run, or the page cannot go where it should.
    """
    from rich.text import Text

    from pynb_dag_runner.report.escaping import printable
    from pynb_dag_runner.report.filenames import safe_name
    from pynb_dag_runner.report.page.page import write_report
    from pynb_dag_runner.report.summary import size_text
    from pynb_dag_runner.runlog.reader import read_run, resolve_run_log

    run = read_run(resolve_run_log(arguments.run_log, arguments.outputs))
    to = arguments.to or arguments.outputs / "reports" / f"{safe_name(run.run_id)}.html"
    written = write_report(run, to, time.time_ns())
    console = stdout_console()
    for warning in run.warnings:
        console.print(Text.assemble(("warning: ", "yellow"), printable(warning)), soft_wrap=True)
    parts = len(written.left_out)
    missing = f", {parts} part{'' if parts == 1 else 's'} left out for want of room" if parts else ""
    size = size_text(to.stat().st_size)
    console.print(Text(printable(f"{to}: {len(run.tasks)} tasks, {size}{missing}")), soft_wrap=True)
    console.print(Text.assemble(("  open it   ", "dim"), printable(_opening(to))), soft_wrap=True)
    return 0


def _opening(path: Path) -> str:
    """The file's address for a browser, which a terminal makes a link of."""
    try:
        return path.absolute().as_uri()
    except UnicodeEncodeError:
        return shlex.quote(str(path))
