"""The site as it was published before: it carries the history, so a new one must never be made without it.

It is read from the newest ``github-pages`` artifact that can be trusted, since that has no delay; what that lacks, from the
live site. Files are known by their digests, so it does not matter which of both they come from.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from pynb_dag_runner.errors import EngineError
from pynb_dag_runner.github.answers import items
from pynb_dag_runner.github.api import Api
from pynb_dag_runner.github.artifacts import Artifact, list_attempts
from pynb_dag_runner.github.live_site import LiveSite
from pynb_dag_runner.github.problems import HostileError, RateLimitError, StatusError
from pynb_dag_runner.github.published_archive import MOST_ARCHIVE_BYTES, extract, read_state
from pynb_dag_runner.github.published_copy import check_place, put, reuse, staged
from pynb_dag_runner.github.repositories import PagesSite, Repository
from pynb_dag_runner.github.runs import read_attempt
from pynb_dag_runner.site.logs import sha256_of
from pynb_dag_runner.site.names import STATE
from pynb_dag_runner.site.published import known_runs, published_files

SITE_ARTIFACT = "github-pages"
ENVIRONMENT = "github-pages"
PUBLISHING_WORKFLOW = ".github/workflows/publish.yml"

_MOST_CHECKED = 30
"""Artifacts of that name by others, which anybody with a branch here can upload; then the live site is asked."""
_MOST_LIVE_S = 900
_EXPIRED = "earlier sites were kept as artifacts, which have expired; what only they held is gone"


@dataclass
class PreviousSite:
    """A copy of the site that was published, or that there was none.

    Attributes:
        source: Where it came from, for people; None where there is no earlier site.
        state: Its ``data/state.json``.
        missing: Files that could not be had, or are not what they should be.
        notes: What did not work on the way.
    """

    source: str | None = None
    state: bytes | None = None
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def known(self) -> frozenset[str]:
        """Runs that need not be collected again: all their files are there, or they were dropped for good."""
        if self.state is None:
            return frozenset()
        return known_runs(self.state) - {run for name in self.missing if (run := _run_of(name)) is not None}


def publishing_workflow(environment: Mapping[str, str], repository: Repository) -> str:
    """Path of the workflow that publishes: this job's own where it is one, else the usual one."""
    path = environment.get("GITHUB_WORKFLOW_REF", "").partition("@")[0]
    start = f"{repository.name}/".lower()
    is_ours = environment.get("GITHUB_ACTIONS") == "true" and path.lower().startswith(start)
    return path[len(start) :] if is_ours and len(path) > len(start) else PUBLISHING_WORKFLOW


def fetch_previous(api: Api, repository: Repository, pages: PagesSite, place: Path, workflow: str) -> PreviousSite:
    """Make ``place`` a copy of the site that was published; nothing lies there where there is no such site.

    Args:
        api: GitHub.
        repository: Whose site.
        pages: Whether Pages is on, and where its site is.
        place: Folder of the copy; an earlier copy there is replaced.
        workflow: Path of the workflow that publishes.

    Raises:
        EngineError: there is such a site, but it cannot be had; ``place`` is as it was before.
        UsageError: something else is at ``place``.
    """
    check_place(place)
    with staged(place) as folder:
        fetch = _Fetch(api, repository, pages, place, folder)
        try:
            previous = fetch.run(workflow)
        except OSError as error:
            raise EngineError(f"{error.filename or place}: cannot be written: {error.strerror or error}") from error
        put(folder / "site" if previous.state is not None else None, place)
    return previous


class _Fetch:
    def __init__(self, api: Api, repository: Repository, pages: PagesSite, place: Path, folder: Path) -> None:
        self._api = api
        self._repository = repository
        self._place = place
        self._archive = folder / "archive"
        self._to = folder / "site"
        self._is_on = pages.is_on
        self._live = LiveSite(api.web, pages.url) if pages.is_on and pages.url is not None else None
        self._result = PreviousSite()

    def run(self, workflow: str) -> PreviousSite:
        """Do all of it."""
        live = self._live_state()
        artifact, has_expired = _newest_trusted(self._api, self._repository, workflow)
        archived = None if artifact is None else self._archived_state(artifact)
        is_stale = live is not None and archived is not None and _is_behind(archived, live)
        if is_stale:
            self._note("the newest artifact is older than the live site: its files are used, the live site counts")
        state = live if archived is None or is_stale else archived
        if state is None:
            if artifact is not None or self._was_deployed():
                raise EngineError(self._refusal())
            # What was not found was not to be expected.
            return PreviousSite(notes=[_EXPIRED] if has_expired else [])
        is_live = state is live
        self._result.source = self._live.url if is_live and self._live is not None else f"artifact {SITE_ARTIFACT}"
        self._result.state = state
        self._copy(state, archived is not None)
        return self._result

    def _live_state(self) -> bytes | None:
        if self._live is None:
            return None
        try:
            state = self._live.read_state()
            if state is None:
                self._note(f"{self._live.url} has no {STATE}")
                return None
            known_runs(state), published_files(state)
        except EngineError as error:
            self._note(str(error))
            return None
        return state

    def _archived_state(self, artifact: Artifact) -> bytes | None:
        try:
            self._download(artifact)
            state = read_state(self._archive)
            known_runs(state), published_files(state)
        except RateLimitError:
            raise
        except EngineError as error:
            self._note(f"artifact {artifact.name} ({artifact.id}): {error}")
            return None
        return state

    def _download(self, artifact: Artifact) -> None:
        if artifact.size_bytes > MOST_ARCHIVE_BYTES:
            raise HostileError(f"it has {artifact.size_bytes} bytes, more than any host of pages takes")
        path = f"{self._repository.api_path}/actions/artifacts/{artifact.id}/zip"
        with self._archive.open("wb") as file:
            self._api.download(path, file, MOST_ARCHIVE_BYTES)
        if artifact.sha256 not in (None, sha256_of(self._archive)):
            raise HostileError("its digest is not the one that GitHub tells")

    def _copy(self, state: bytes, has_archive: bool) -> None:
        files = published_files(state)
        self._to.mkdir()
        found = reuse(self._place, files, self._to)
        if has_archive:
            try:
                found |= extract(self._archive, {name: files[name] for name in files.keys() - found}, self._to)
            except HostileError as error:
                self._note(f"artifact {SITE_ARTIFACT}: {error}")
        rest = {name: files[name] for name in files if name not in found}
        if rest and self._live is not None:
            found |= self._live.fetch(rest, self._to, time.monotonic() + _MOST_LIVE_S)
        self._result.missing = sorted(name for name in files if name not in found)
        (self._to / STATE).parent.mkdir(exist_ok=True)
        (self._to / STATE).write_bytes(state)

    def _was_deployed(self) -> bool:
        """Whether Pages shows something that this could be a build of."""
        if not self._is_on:
            return False
        path = f"{self._repository.api_path}/deployments?{urlencode({'environment': ENVIRONMENT, 'per_page': 1})}"
        return bool(items(self._api.get(path)))

    def _refusal(self) -> str:
        notes = "".join(f"\n  {note}" for note in self._result.notes)
        return (
            "the site that is published cannot be had, and a new one without it would lose its history; nothing was"
            f" written to {self._place}{notes}\nWait some minutes and call again. To begin a new history instead, of the"
            " run logs that GitHub still has: pdr collect --start-over"
        )

    def _note(self, text: str) -> None:
        self._result.notes.append(text)


def _newest_trusted(api: Api, repository: Repository, workflow: str) -> tuple[Artifact | None, bool]:
    """The newest site that the publishing workflow itself uploaded, and whether there were others that have expired.

    Whatever else bears its name is passed over.
    """
    listed = [artifact for artifact in list_attempts(api, repository, _site_artifact) if not artifact.is_of_fork]
    at_hand = [artifact for artifact in listed if not artifact.is_expired]
    for artifact in sorted(at_hand, key=lambda artifact: artifact.id, reverse=True)[:_MOST_CHECKED]:
        try:
            run = read_attempt(api, repository, artifact.run_id, None)
        except StatusError as error:
            if error.status == 404:
                continue
            raise
        is_own = run.head_repository is not None and run.head_repository.lower() == repository.name.lower()
        is_published = run.workflow == workflow and run.head_branch == repository.default_branch
        if is_own and is_published and not run.is_pull_request:
            return artifact, False
    return None, len(at_hand) < len(listed)


def _site_artifact(attempt: int) -> str:
    """What an attempt of the publishing workflow calls it: GitHub takes no two of one name for one run."""
    return SITE_ARTIFACT if attempt == 1 else f"{SITE_ARTIFACT}-{attempt}"


def _is_behind(state: bytes, other: bytes) -> bool:
    """Whether ``other`` knows of runs, or of runs that were dropped, that ``state`` does not."""
    return not known_runs(other) <= known_runs(state) or not _dropped(other) <= _dropped(state)


def _dropped(state: bytes) -> set[str]:
    return set(json.loads(state).get("dropped", []))


def _run_of(name: str) -> str | None:
    """The run that a file of the site belongs to."""
    parts = name.split("/")
    if parts[0] == "r":
        return parts[1]
    return parts[2] if parts[:2] == ["data", "runs"] else None
