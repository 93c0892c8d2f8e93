"""``pdr collect``: run logs from the build artifacts of a GitHub repository, and its published site."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pynb_dag_runner.cli.arguments import DEFAULT_OUTPUTS, Verbs, add_verb, write
from pynb_dag_runner.errors import EngineError

if TYPE_CHECKING:
    from pynb_dag_runner.github.collect import Report
    from pynb_dag_runner.github.repositories import PagesSite

_COLLECTED = DEFAULT_OUTPUTS / "collected"
_MOST_NAMED = 5

_DESCRIPTION = """\
Fetch from GitHub what a tracker is made of: the run logs that workflows uploaded
as build artifacts, each with what GitHub knows of its run, and the site that is
published, which holds the runs whose artifacts have expired. What is here already
is not fetched again.

It needs a token that may read: GITHUB_TOKEN, or that of gh auth login. What cannot
be had of single runs is told, and is no error. Where the published site cannot be
had, it ends with exit code 1, since a new site without it would lose its history."""

_EXAMPLE = """\
  pdr collect
  pdr collect --repository OWNER/NAME --published pipeline-outputs/published
  pdr site --runs pipeline-outputs/collected --previous pipeline-outputs/published --to site"""


def register(verbs: Verbs) -> None:
    """Add the verb to the parser."""
    parser = add_verb(verbs, "collect", collect, _DESCRIPTION, _EXAMPLE)
    parser.add_argument(
        "--repository", metavar="OWNER/NAME", help="the repository (default: this job's, or where this was cloned from)"
    )
    parser.add_argument(
        "--to", type=Path, default=_COLLECTED, metavar="DIR", help="folder for run logs (default: %(default)s)"
    )
    parser.add_argument(
        "--published", type=Path, metavar="DIR", help="fetch the site that is published into this folder, too"
    )
    parser.add_argument(
        "--start-over", action="store_true", help="begin a new history: leave the published site where it is"
    )
    parser.add_argument(
        "--pull-requests",
        choices=("all", "same-repository", "none"),
        default="all",
        help="runs of which pull requests are wanted (default: %(default)s)",
    )
    parser.add_argument("--most", type=_count, metavar="N", help="fetch N run logs at most; a later call goes on")


def collect(arguments: argparse.Namespace) -> int:
    """Fetch, and say what came.

    Raises:
        UsageError: no repository is known, or a folder cannot be used.
        EngineError: the published site cannot be had, or GitHub cannot be reached.
    """
    from pynb_dag_runner.github import collect as work
    from pynb_dag_runner.github.connection import connect, find_repository
    from pynb_dag_runner.github.run_logs import PullRequestRuns

    name = find_repository(arguments.repository, os.environ, Path.cwd())
    api = connect(os.environ)
    request = work.Request(
        arguments.to,
        arguments.published,
        arguments.start_over,
        PullRequestRuns(arguments.pull_requests),
        work.MOST_RUNS if arguments.most is None else arguments.most,
    )
    report = work.collect(api, name, request, os.environ)
    _print(report, arguments.to)
    _tell_github(report, os.environ)
    return 0


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number")
    return int(text)


def _print(report: Report, to: Path) -> None:
    from pynb_dag_runner.report.escaping import one_line

    previous, collected = report.previous, report.collected
    if previous is not None:
        for note in previous.notes:
            write(f"note: {one_line(note, 300)}")
        if previous.source is None:
            write(f"{report.repository.name}: no earlier site: this is the first one")
        else:
            write(
                f"{report.repository.name}: the earlier site, from {previous.source}, has {_runs(len(previous.known))}"
            )
        for name in previous.missing[:_MOST_NAMED]:
            write(
                f"damaged: {name} of the earlier site could not be had; pdr site mends it where the run log is at hand"
            )
        if len(previous.missing) > _MOST_NAMED:
            write(f"and {len(previous.missing) - _MOST_NAMED} more of its files")
    counts = {
        "known already": report.known,
        "of runs that go on": collected.going_on,
        "of pull requests that are not wanted": collected.unwanted,
        "expired": report.expired + collected.gone,
        "refused before": report.refused_before,
    }
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    write(
        f"{to}: {len(collected.fetched)} new run {'log' if len(collected.fetched) == 1 else 'logs'}{f' ({told})' if told else ''}"
    )
    for refusal in collected.refusals[:_MOST_NAMED]:
        write(f"unreadable: {refusal.file}, run {refusal.address}: {one_line(refusal.reason, 300)}")
    if len(collected.refusals) > _MOST_NAMED:
        write(f"and {len(collected.refusals) - _MOST_NAMED} more, listed in {to / 'unreadable.json'}")
    if collected.left:
        write(f"left for the next call: {collected.left} ({one_line(collected.left_because or '', 300)})")


def _runs(count: int) -> str:
    return f"{count} {'run' if count == 1 else 'runs'}"


def _tell_github(report: Report, environment: Mapping[str, str]) -> None:
    """Outputs for the workflow, and the click that is missing where Pages is off."""
    pages = report.pages
    _append(environment, "GITHUB_OUTPUT", f"pages={'on' if pages.is_on else 'off'}\ntracker={_address(pages)}\n")
    if pages.is_on:
        return
    address = f"{report.repository.url}/settings/pages"
    what = "GitHub Pages is off, so the tracker is built but not shown"
    click = 'under "Build and deployment", set "Source" to "GitHub Actions"'
    if environment.get("GITHUB_ACTIONS") == "true":
        write(f"::notice title=GitHub Pages is off::{what}. Open {address} and {click}; the next run publishes it.")
        summary = (
            f"### GitHub Pages is off\n\n{what}. Open [{address}]({address}) and {click}; the next run publishes it.\n"
        )
        _append(environment, "GITHUB_STEP_SUMMARY", summary)
    else:
        write(f"{what}: open {address} and {click}")


def _address(pages: PagesSite) -> str:
    """In one line: it ends up in a file of lines."""
    return "".join((pages.url or "").split())


def _append(environment: Mapping[str, str], variable: str, text: str) -> None:
    path = environment.get(variable)
    if not path:
        return
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise EngineError(f"{variable}={path}: cannot be written: {error.strerror or error}") from error
