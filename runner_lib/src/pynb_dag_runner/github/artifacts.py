"""Which artifacts of a repository are run logs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pynb_dag_runner.github.answers import flag, moment, number, optional_number, optional_text, text
from pynb_dag_runner.github.api import Api
from pynb_dag_runner.github.repositories import Repository

RUN_LOG_ARTIFACT = "run-log-v1-"
"""Followed by the attempt of the workflow run: the version is that of what is inside."""

_MOST_ATTEMPTS = 51
"""GitHub runs a workflow again 50 times at most; a stranger could upload artifacts with higher numbers."""
_GAPS = 1
"""Of attempts that uploaded nothing, which are passed over; a longer gap ends the search."""
_LONGEST_LIFE = timedelta(days=400)
"""GitHub keeps no artifact longer, so behind one that is older all are gone."""
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Artifact:
    """An artifact as the API lists it; ``attempt`` is what its name claims, None where its name says nothing."""

    id: int
    name: str
    size_bytes: int
    sha256: str | None
    created: datetime
    is_expired: bool
    run_id: int
    is_of_fork: bool
    attempt: int | None

    @property
    def address(self) -> str:
        """What its run would be called in a site."""
        return f"{self.run_id}-{self.attempt}"


@dataclass
class RunLogs:
    """The run logs that can still be had, those of the repository's own code first, each newest first."""

    artifacts: list[Artifact]
    expired: int


def list_run_logs(api: Api, repository: Repository) -> RunLogs:
    """All run logs that can still be had.

    Raises:
        GitHubError: they cannot be listed.
    """
    found: dict[str, Artifact] = {}
    expired = 0
    for artifact in list_attempts(api, repository, lambda attempt: f"{RUN_LOG_ARTIFACT}{attempt}"):
        if artifact.is_expired:
            expired += 1
        elif artifact.address not in found or artifact.id < found[artifact.address].id:
            # Of two for one run the older one counts: it was there when others may have looked.
            found[artifact.address] = artifact
    ordered = sorted(found.values(), key=lambda one: (one.is_of_fork, -one.created.timestamp(), -one.id))
    return RunLogs(ordered, expired)


def list_attempts(api: Api, repository: Repository, name_of: Callable[[int], str]) -> list[Artifact]:
    """The artifacts of all attempts, whose numbers are in their names; the newest of each name first.

    Raises:
        GitHubError: they cannot be listed.
    """
    found: list[Artifact] = []
    gaps = 0
    for attempt in range(1, _MOST_ATTEMPTS + 1):
        listed = list_artifacts(api, repository, name_of(attempt))
        found += listed
        gaps = 0 if listed else gaps + 1
        if gaps > _GAPS:
            break
    return found


def list_artifacts(api: Api, repository: Repository, name: str) -> list[Artifact]:
    """The artifacts of exactly this name of the repository's own runs, newest first.

    Raises:
        GitHubError: they cannot be listed.
    """
    found: dict[int, Artifact] = {}
    for page in api.pages(f"{repository.api_path}/actions/artifacts", "artifacts", name=name):
        artifacts = [artifact for said in page if (artifact := _artifact(said, repository, name)) is not None]
        # What is uploaded meanwhile moves the pages on, and an artifact may come twice.
        found |= {artifact.id: artifact for artifact in artifacts}
        if artifacts and all(artifact.is_expired for artifact in artifacts):
            times = [artifact.created for artifact in found.values()]
            if max(times) - min(times) > _LONGEST_LIFE:
                break
    return sorted(found.values(), key=lambda artifact: artifact.id, reverse=True)


def _artifact(said: Any, repository: Repository, name: str) -> Artifact | None:
    """None where it is not one of ours: of another name or repository, or its run was deleted."""
    run_id = optional_number(said, "workflow_run", "id")
    if text(said, "name") != name or run_id is None:
        return None
    if optional_number(said, "workflow_run", "repository_id") not in (None, repository.id):
        return None
    digest = _DIGEST.fullmatch(optional_text(said, "digest") or "")
    attempt = name.removeprefix(RUN_LOG_ARTIFACT)
    return Artifact(
        id=number(said, "id"),
        name=name,
        size_bytes=number(said, "size_in_bytes"),
        sha256=digest[1] if digest else None,
        created=moment(said, "created_at"),
        is_expired=flag(said, "expired"),
        run_id=run_id,
        is_of_fork=optional_number(said, "workflow_run", "head_repository_id") != repository.id,
        attempt=int(attempt) if attempt.isdecimal() else None,
    )
