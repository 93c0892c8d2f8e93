"""``pdr collect``: the site that is published, and the run logs that it lacks, come from GitHub to this machine."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pynb_dag_runner.errors import EngineError, GitHubError, UsageError
from pynb_dag_runner.github.api import Api
from pynb_dag_runner.github.archives import Caps
from pynb_dag_runner.github.artifacts import Artifact, list_run_logs
from pynb_dag_runner.github.previous_site import PreviousSite, fetch_previous, publishing_workflow
from pynb_dag_runner.github.published_copy import check_place, put
from pynb_dag_runner.github.repositories import PagesSite, Repository, read_pages, read_repository
from pynb_dag_runner.github.run_logs import Collected, PullRequestRuns, RunLogCollector, clean, has_log
from pynb_dag_runner.github.runs import pull_request_runs
from pynb_dag_runner.runlog.refusals import Refusal, read_refusals, write_refusals

MOST_RUNS = 300
"""Run logs per call: three requests each stay below the 1,000 an hour that a job's token has."""

_REQUESTS_PER_RUN = 3
_REQUESTS_KEPT = 40
"""For other calls within the hour."""
_MOST_BYTES = 4 * 1024**3
"""Of downloads per call: a machine of GitHub has 14 GB."""
_MOST_S = 600
"""After this long no further download begins; a publishing job has 20 minutes."""
_NO_TOKEN = "GitHub gives them only to who is logged in: set GITHUB_TOKEN, or call gh auth login"


@dataclass(frozen=True)
class Request:
    """What is asked for; ``published`` is where the earlier site goes, None where it is not wanted."""

    to: Path
    published: Path | None = None
    start_over: bool = False
    wanted: PullRequestRuns = PullRequestRuns.ALL
    most: int = MOST_RUNS
    caps: Caps = field(default_factory=Caps)


@dataclass
class Report:
    """What came.

    Attributes:
        repository: Whose run logs.
        pages: Whether GitHub Pages shows a site, and where.
        previous: The earlier site, None where it was not asked for.
        collected: What became of the run logs that were new.
        known: How many run logs were here already.
        expired: How many artifacts are past their time.
        refused_before: How many were refused by an earlier call already.
    """

    repository: Repository
    pages: PagesSite
    previous: PreviousSite | None
    collected: Collected
    known: int
    expired: int
    refused_before: int


def collect(api: Api, name: str, request: Request, environment: Mapping[str, str]) -> Report:
    """Fetch the earlier site, then the run logs that neither it nor ``request.to`` holds.

    Args:
        api: GitHub.
        name: ``OWNER/NAME``.
        request: What is asked for.
        environment: Says which workflow publishes, and where the tracker is.

    Raises:
        UsageError: a folder cannot be used.
        EngineError: the earlier site cannot be had, GitHub cannot be reached, or a folder cannot be written.
    """
    _check_folders(request)
    until = time.monotonic() + _MOST_S
    with _locked(request.to):
        clean(request.to)
        repository = read_repository(api, name)
        pages = read_pages(api, repository, environment)
        previous = _previous(api, repository, pages, request, environment)
        listed = list_run_logs(api, repository)
        known = previous.known if previous is not None else frozenset()
        refused = _refused_before(request.to, previous)
        new = [
            artifact
            for artifact in listed.artifacts
            if artifact.address not in known
            and artifact.id not in refused
            and not has_log(request.to, artifact.address)
        ]
        new, unwanted = _wanted(new, request.wanted, api, repository)
        there = {artifact.id for artifact in listed.artifacts}
        refused = {number: one for number, one in refused.items() if number in there}
        chosen, reason = _within_limits(new, request.most, api)
        if new and not api.has_token:
            chosen, reason = [], _NO_TOKEN
            if previous is None or previous.state is None:
                raise GitHubError(f"run logs are there ({len(new)}), but {_NO_TOKEN}")
        collector = RunLogCollector(api, repository, request.to, request.wanted, request.caps, until)
        try:
            collected = collector.collect(chosen)
        finally:
            _write(request.to, [*refused.values(), *collector.refusals])
        collected.unwanted += unwanted
        if len(chosen) < len(new):
            collected.left += len(new) - len(chosen)
            collected.left_because = collected.left_because or reason
    here = len(listed.artifacts) - len(new) - unwanted - len(refused)
    return Report(repository, pages, previous, collected, here, listed.expired, len(refused))


def _check_folders(request: Request) -> None:
    """The copy of the site takes its folder for itself."""
    if request.published is not None:
        to, published = request.to.resolve(), request.published.resolve()
        if to == published or to in published.parents or published in to.parents:
            raise UsageError("--to and --published: two folders are needed, none within the other")


def _previous(
    api: Api, repository: Repository, pages: PagesSite, request: Request, environment: Mapping[str, str]
) -> PreviousSite | None:
    if request.published is None:
        return None
    if request.start_over:
        check_place(request.published)
        put(None, request.published)
        return PreviousSite()
    workflow = publishing_workflow(environment, repository)
    return fetch_previous(api, repository, pages, request.published, workflow)


def _refused_before(folder: Path, previous: PreviousSite | None) -> dict[int, Refusal]:
    """Artifacts never change: what was refused for what is in it need not be fetched again."""
    known = {one.artifact_id: one for one in read_refusals(folder) if one.is_lasting}
    if previous is not None and previous.state is not None:
        said = json.loads(previous.state).get("refused")
        for number, one in said.items() if isinstance(said, dict) else ():
            if number.isdecimal() and isinstance(one, dict):
                reason, address = str(one.get("reason", ""))[:300], one.get("address")
                refusal = Refusal(int(number), str(one.get("name", ""))[:100], address, reason, is_lasting=True)
                known.setdefault(refusal.artifact_id, refusal)
    return known


def _wanted(
    new: list[Artifact], wanted: PullRequestRuns, api: Api, repository: Repository
) -> tuple[list[Artifact], int]:
    """What is left of ``new``, and how many are not wanted: they stay new for ever, so they must not count as work."""
    if wanted is PullRequestRuns.ALL or not new:
        return new, 0
    others = pull_request_runs(api, repository) if wanted is PullRequestRuns.NONE else set()
    left = [artifact for artifact in new if not artifact.is_of_fork and artifact.run_id not in others]
    return left, len(new) - len(left)


def _within_limits(new: list[Artifact], most: int, api: Api) -> tuple[list[Artifact], str]:
    """The first of ``new`` that this call can take, and why not all."""
    reason = f"--most {most}"
    if api.requests_left is not None:
        affordable = max(0, (api.requests_left - _REQUESTS_KEPT) // _REQUESTS_PER_RUN)
        if affordable < min(most, len(new)):
            most, reason = affordable, "GitHub's limit of requests an hour"
    chosen: list[Artifact] = []
    left_bytes = _MOST_BYTES
    for artifact in new[:most]:
        if artifact.size_bytes > left_bytes:
            return chosen, "one call takes no more bytes"
        left_bytes -= artifact.size_bytes
        chosen.append(artifact)
    return chosen, reason


def _write(folder: Path, refusals: list[Refusal]) -> None:
    try:
        write_refusals(folder, refusals)
    except OSError as error:
        raise EngineError(f"{error.filename or folder}: cannot be written: {error.strerror or error}") from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """The right to write into the folder, which ends with the process."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise EngineError(f"{error.filename or folder}: cannot be written: {error.strerror or error}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise UsageError(f"--to {folder}: another pdr collect is at work there; wait for it") from error
    finally:
        os.close(descriptor)
