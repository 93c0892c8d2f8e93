"""``pdr site``: a static site of all runs."""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
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
be read is listed in the site, and is no error. A run that would get lost is
one: then nothing is changed.

--most-bytes removes heavy parts, first the run logs of pull requests (and with
them notebooks and figures), oldest first; every run keeps its page and metrics."""

_EXAMPLE = """\
  pdr site --runs pipeline-outputs/runs --to site
  pdr site --runs downloaded-artifacts --previous published --to site
  pdr site --runs collected --previous published --to site --most-bytes 800MB
  pdr site --runs collected --to site --drop 6513784201-1"""

_SIZE = re.compile(r"(\d{1,15})\s*([kmgKMG]?)(i?)[bB]?")
_UNITS = {"": 0, "k": 1, "m": 2, "g": 3}


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
    parser.add_argument(
        "--most-bytes",
        type=size_bytes,
        metavar="SIZE",
        help="remove heavy parts of old runs until the site is no larger: 800MB, 1GB, 500MiB (default: remove nothing)",
    )
    parser.add_argument(
        "--drop",
        action="append",
        default=[],
        metavar="RUN_ID",
        help="remove a run for good, whatever still holds it; several times for several",
    )


def size_bytes(text: str) -> int:
    """The number of bytes that ``text`` means: ``800MB``, ``1GB``, ``500MiB``, or a plain number.

    Raises:
        argparse.ArgumentTypeError: it is no size.
    """
    match = _SIZE.fullmatch(text.strip())
    size = 0
    if match is not None and (match[2] or not match[3]):
        size = int(match[1]) * (1024 if match[3] else 1000) ** _UNITS[match[2].lower()]
    if size == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no size: write 800MB, 1GB, 500MiB, or a number of bytes")
    return size


def site(arguments: argparse.Namespace) -> int:
    """Write the site and say what is new in it.

    Raises:
        UsageError: a folder is missing, or holds something else than a site; there is no run to drop.
        EngineError: a run would be lost, something cannot be written, or the front end is missing.
    """
    from pynb_dag_runner.site.build import build_site

    with _progress() as progress:
        report = build_site(
            arguments.runs,
            arguments.to,
            arguments.previous,
            most_bytes=arguments.most_bytes,
            drop=arguments.drop,
            progress=progress,
        )
    _print(report)
    _print_size(report)
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
        "dropped": len(report.dropped),
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
    for run_id in report.dropped:
        write(f"dropped: run {run_id} is removed for good")


def _print_size(report: SiteReport) -> None:
    from pynb_dag_runner.report.summary import size_text

    counts = Counter(report.pruned.values())
    for level, what in (("media", "run logs, notebooks and figures"), ("details", "outputs and details")):
        if counts[level]:
            runs = f"{counts[level]} {'run' if counts[level] == 1 else 'runs'}"
            write(f"pruned: {what} of {runs}, to keep the site within its size")
    if report.most_bytes is not None and report.budget_bytes > report.most_bytes:
        write(
            f"warning: the site has {size_text(report.budget_bytes)}, more than --most-bytes, and no heavy part is left to "
            "remove; runs are never removed by themselves, --drop RUN_ID removes one"
        )
    if report.most_bytes is None and report.size_bytes > _WARN_AT_BYTES:
        heaviest = ", ".join(f"{run_id} ({size_text(size)})" for run_id, size in report.heaviest[:_MOST_NAMED])
        write(
            f"warning: GitHub Pages takes 1 GB at most; the largest runs are {heaviest}; --most-bytes 800MB makes room"
        )
