"""Run logs come out of a repository's artifacts into a folder, each with its origin; one that is bad harms no other."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from threading import Lock

from pynb_dag_runner.conventions import PARTIAL_SUFFIX, RUN_LOG_SUFFIX
from pynb_dag_runner.errors import EngineError, GitHubError
from pynb_dag_runner.github.api import Api
from pynb_dag_runner.github.archives import Caps, unpack_log
from pynb_dag_runner.github.artifacts import Artifact
from pynb_dag_runner.github.problems import HostileError, NetworkError, RateLimitError, SizeError, StatusError
from pynb_dag_runner.github.repositories import Repository
from pynb_dag_runner.github.runs import PullRequests, check_claim, make_origin, read_attempt
from pynb_dag_runner.runlog.origin import Origin, origin_path, write_origin
from pynb_dag_runner.runlog.refusals import Refusal

TEMPORARY = ".collecting-"
"""Starts the names of files on their way; what a killed call left is removed by the next one."""

_AT_ONCE = 4
_BROKEN_IN_A_ROW = 5
"""Downloads that fail one after another: then it is the network or GitHub, and more tries only take time."""
_BLOCK_BYTES = 1024 * 1024
_MOST_DOWNLOAD_S = 300
"""For one run log."""


class PullRequestRuns(Enum):
    """Runs of which pull requests are wanted."""

    ALL = "all"
    SAME_REPOSITORY = "same-repository"
    NONE = "none"


@dataclass
class Collected:
    """What became of the artifacts that were asked for.

    Attributes:
        fetched: Origins of the run logs that came.
        refusals: Artifacts that hold no run log, or could not be had.
        gone: How many GitHub has deleted meanwhile.
        going_on: How many are of runs that have not ended: a later call takes them.
        unwanted: How many are of pull requests that are not wanted.
        left: How many a later call has to take.
        left_because: Why.
    """

    fetched: list[Origin] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    gone: int = 0
    going_on: int = 0
    unwanted: int = 0
    left: int = 0
    left_because: str | None = None


class RunLogCollector:
    """Fetches run logs into ``folder``, a few at a time."""

    def __init__(
        self,
        api: Api,
        repository: Repository,
        folder: Path,
        wanted: PullRequestRuns = PullRequestRuns.ALL,
        caps: Caps | None = None,
        until: float | None = None,
    ) -> None:
        self._api = api
        self._repository = repository
        self._folder = folder
        self._wanted = wanted
        self._caps = caps or Caps()
        self._until = until
        self._pull_requests = PullRequests(api, repository)
        self._lock = Lock()
        self._result = Collected()
        self._broken = 0
        self._ending: EngineError | None = None

    def collect(self, artifacts: Iterable[Artifact]) -> Collected:
        """Fetch the run logs of ``artifacts``.

        Raises:
            GitHubError: the token is refused.
            EngineError: the folder cannot be written.
        """
        with ThreadPoolExecutor(_AT_ONCE, "collect") as threads, self._api.web.stopping():
            list(threads.map(self._take, artifacts))
        if self._ending is not None:
            raise self._ending
        return self._result

    @property
    def refusals(self) -> list[Refusal]:
        """So far; also where :meth:`collect` ended with an error."""
        return self._result.refusals

    def _take(self, artifact: Artifact) -> None:
        """One artifact: whatever is wrong with it is noted, and the next one follows."""
        if self._is_over():
            with self._lock:
                self._result.left += 1
            return
        result = self._result
        try:
            origin = self._fetch(artifact)
        except HostileError as error:
            self._refuse(artifact, error, is_lasting=True)
        except RateLimitError as error:
            self._leave(str(error))
        except StatusError as error:
            self._note_status(artifact, error)
        except NetworkError as error:
            self._refuse(artifact, error, is_lasting=False)
            self._note_broken()
        except GitHubError as error:
            self._refuse(artifact, error, is_lasting=False)
        except OSError as error:
            with self._lock:
                self._ending = EngineError(
                    f"{error.filename or self._folder}: cannot be written: {error.strerror or error}"
                )
        else:
            if origin is not None:
                with self._lock:
                    result.fetched.append(origin)
                    self._broken = 0

    def _fetch(self, artifact: Artifact) -> Origin | None:
        """None where the run has not ended, or is not wanted."""
        if artifact.size_bytes > self._caps.archive_bytes:
            raise HostileError(f"it has {artifact.size_bytes} bytes, where {self._caps.archive_bytes} are the most")
        if artifact.is_of_fork and self._wanted is not PullRequestRuns.ALL:
            self._count("unwanted")
            return None
        try:
            attempt = read_attempt(self._api, self._repository, artifact.run_id, artifact.attempt)
        except StatusError as error:
            if error.status == 404:
                raise HostileError(f"its run has no attempt {artifact.attempt}, which its name claims") from error
            raise
        if attempt.is_pull_request and (
            self._wanted is PullRequestRuns.NONE
            or (self._wanted is PullRequestRuns.SAME_REPOSITORY and attempt.head_repository != self._repository.name)
        ):
            self._count("unwanted")
            return None
        if attempt.ended is None:
            self._count("going_on")
            return None
        check_claim(artifact, attempt)
        download = self._folder / f"{TEMPORARY}{artifact.id}.download"
        unpacked = self._folder / f"{TEMPORARY}{artifact.id}.log"
        try:
            self._download(artifact, download)
            log = unpack_log(download, unpacked, self._caps)
            pull_request = self._pull_requests.of(attempt)
            origin = make_origin(self._repository, artifact, attempt, pull_request, (log.size_bytes, log.sha256))
            final = log_path(self._folder, origin.address, log.is_partial)
            # The origin comes first: a log without one would count as a run of this machine.
            write_origin(final, origin)
            os.replace(unpacked, final)
        finally:
            download.unlink(missing_ok=True)
            unpacked.unlink(missing_ok=True)
        return origin

    def _download(self, artifact: Artifact, to: Path) -> None:
        path = f"{self._repository.api_path}/actions/artifacts/{artifact.id}/zip"
        # Once more where the digest differs: it may have been the way.
        for _ in range(2):
            with to.open("w+b") as file:
                try:
                    self._api.download(path, file, self._caps.archive_bytes, _MOST_DOWNLOAD_S)
                except SizeError as error:
                    raise HostileError(f"it has more than {self._caps.archive_bytes} bytes") from error
                digest = hashlib.sha256()
                file.seek(0)
                while block := file.read(_BLOCK_BYTES):
                    digest.update(block)
            if artifact.sha256 in (None, digest.hexdigest()):
                return
        raise HostileError("its digest is not the one that GitHub tells")

    def _is_over(self) -> bool:
        if self._until is not None and time.monotonic() > self._until:
            self._leave("there was no time for more", count=0)
        return self._ending is not None or self._result.left_because is not None

    def _leave(self, reason: str, count: int = 1) -> None:
        with self._lock:
            self._result.left += count
            self._result.left_because = self._result.left_because or reason

    def _count(self, name: str) -> None:
        with self._lock:
            setattr(self._result, name, getattr(self._result, name) + 1)

    def _note_status(self, artifact: Artifact, error: StatusError) -> None:
        if error.status == 401:
            with self._lock:
                self._ending = error
        elif error.status in (404, 410):
            self._count("gone")
        else:
            self._refuse(artifact, error, is_lasting=False)
            if error.status >= 500:
                self._note_broken()

    def _note_broken(self) -> None:
        with self._lock:
            self._broken += 1
        if self._broken >= _BROKEN_IN_A_ROW:
            self._leave("GitHub, or the way to it, is not well: call again later", count=0)

    def _refuse(self, artifact: Artifact, error: GitHubError, *, is_lasting: bool) -> None:
        with self._lock:
            refusal = Refusal(artifact.id, artifact.name, artifact.address, str(error), is_lasting)
            self._result.refusals.append(refusal)


def log_path(folder: Path, address: str, is_partial: bool) -> Path:
    """Where a collected run log lies."""
    return folder / f"{address}{RUN_LOG_SUFFIX}{PARTIAL_SUFFIX if is_partial else ''}"


def has_log(folder: Path, address: str) -> bool:
    """Whether a run log lies there already, and its origin beside it."""
    logs = [log_path(folder, address, is_partial) for is_partial in (False, True)]
    return any(log.is_file() and origin_path(log).is_file() for log in logs)


def clean(folder: Path) -> None:
    """Remove what a killed call left."""
    for path in folder.glob(f"{TEMPORARY}*"):
        path.unlink(missing_ok=True)
