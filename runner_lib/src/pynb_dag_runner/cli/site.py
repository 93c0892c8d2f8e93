"""``pdr site``: a static site of all runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pynb_dag_runner.cli.arguments import Verbs, add_verb, write
from pynb_dag_runner.conventions import RUN_LOG_SUFFIX
from pynb_dag_runner.errors import EngineError

if TYPE_CHECKING:
    from pynb_dag_runner.site.build import Progress, SiteReport

_WARN_AT_BYTES = 700 * 1024 * 1024
_MOST_NAMED = 5

_DESCRIPTION = """\
Write a static site of the runs whose run logs are in --runs: all runs to list,
filter and compare, each with its DAG, notebooks, metrics and logs. It needs no
server: open index.html, or publish the folder, at any address.

Runs that --to or --previous hold already stay, also when their run logs are
gone; those whose run logs are unchanged are not read again. A file that cannot
be read is listed in the site, and is no error."""

_EXAMPLE = """\
  pdr site --runs pipeline-outputs/runs --to site
  pdr site --runs downloaded-artifacts --previous published --to site"""


def register(verbs: Verbs) -> None:
    """Add the verb to the parser."""
    parser = add_verb(verbs, "site", site, _DESCRIPTION, _EXAMPLE)
    parser.add_argument(
        "--runs", type=Path, required=True, metavar="DIR", help="folder with run logs, also in folders below it"
    )
    parser.add_argument(
        "--to",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder of the site: a new one, or one to bring up to date",
    )
    parser.add_argument(
        "--previous",
        type=Path,
        metavar="DIR",
        help="an earlier site, whose runs the new one has, too; it stays as it is",
    )


def site(arguments: argparse.Namespace) -> int:
    """Write the site and say what is new in it.

    Raises:
        UsageError: a folder is missing, or holds something else than a site.
        EngineError: something cannot be written, or the front end is missing.
    """
    from pynb_dag_runner.site.build import build_site

    with _progress() as progress:
        report = build_site(arguments.runs, arguments.to, arguments.previous, progress=progress)
    _print(report)
    if not report.has_front_end:
        raise EngineError("the data is written, but this installation of pdr has no front end: install it again")
    write(f"Next: open {report.folder / 'index.html'}")
    return 0


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """A line on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("reading run logs"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("", total=None)
        yield lambda done, of: shown.update(task, completed=done, total=of)


def _print(report: SiteReport) -> None:
    from pynb_dag_runner.report.escaping import one_line
    from pynb_dag_runner.report.summary import size_text

    counts = {
        "added": report.added,
        "replaced": report.replaced,
        "unchanged": report.unchanged,
        "unreadable": len(report.unreadable),
    }
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    runs = f"{report.total} {'run' if report.total == 1 else 'runs'}"
    write(f"{report.folder}: {runs}{f' ({told})' if told else ''}, {size_text(report.size_bytes)} of data")
    if report.total == 0 and not report.unreadable:
        write(f"no run logs: --runs and the folders below it hold no file that ends in {RUN_LOG_SUFFIX}")
    for one in report.unreadable[:_MOST_NAMED]:
        write(f"unreadable: {one_line(one.file)}: {one_line(one.reason, 300)}")
    if len(report.unreadable) > _MOST_NAMED:
        write(f"and {len(report.unreadable) - _MOST_NAMED} more, which the site lists")
    for run_id in report.damaged:
        write(f"damaged: the files of run {run_id} in the earlier site; with its run log, pdr site mends them")
    if report.size_bytes > _WARN_AT_BYTES:
        heaviest = ", ".join(f"{run_id} ({size_text(size)})" for run_id, size in report.heaviest[:_MOST_NAMED])
        write(f"warning: GitHub Pages takes 1 GB at most; the largest runs are {heaviest}")
