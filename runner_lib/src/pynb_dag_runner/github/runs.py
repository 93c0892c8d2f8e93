"""Which run an artifact is of, by what GitHub's API says of the run: the log itself is not asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from pynb_dag_runner.github.answers import items, milliseconds, moment, number, optional_number, optional_text, text
from pynb_dag_runner.github.api import Api
from pynb_dag_runner.github.artifacts import Artifact
from pynb_dag_runner.github.problems import AnswerError, HostileError, StatusError
from pynb_dag_runner.github.repositories import Repository
from pynb_dag_runner.runlog.origin import Origin

_SLACK = timedelta(minutes=5)
"""GitHub's services do not write down the same moment for the same thing."""
_LONGEST_TITLE = 500
_COMPLETED = "completed"
_PULL_REQUEST_EVENTS = ("pull_request", "pull_request_target")


@dataclass(frozen=True)
class Attempt:
    """One attempt of a workflow run, as the API tells it."""

    run_id: int
    number: int
    event: str
    head_sha: str
    head_branch: str | None
    head_repository: str | None
    workflow: str
    conclusion: str | None
    actor: str | None
    started: datetime
    ended: datetime | None
    pull_requests: tuple[tuple[int, str], ...]
    """Numbers, and the commits at their heads."""

    @property
    def is_pull_request(self) -> bool:
        """Whether a pull request started it."""
        return self.event.startswith("pull_request")


def read_attempt(api: Api, repository: Repository, run_id: int, attempt: int | None) -> Attempt:
    """Ask for an attempt of a run; by default for the newest.

    Raises:
        StatusError: there is none such.
        GitHubError: it cannot be had.
    """
    path = f"{repository.api_path}/actions/runs/{run_id}"
    said = api.get(path if attempt is None else f"{path}/attempts/{attempt}")
    is_other = text(said, "repository", "full_name").lower() != repository.name.lower()
    if number(said, "id") != run_id or (attempt is not None and number(said, "run_attempt") != attempt) or is_other:
        raise AnswerError(f"GitHub tells of another run than {run_id}")
    started = optional_text(said, "run_started_at") or text(said, "created_at")
    return Attempt(
        run_id=run_id,
        number=number(said, "run_attempt"),
        event=text(said, "event"),
        head_sha=text(said, "head_sha"),
        head_branch=optional_text(said, "head_branch"),
        head_repository=optional_text(said, "head_repository", "full_name"),
        # Of workflows that are called from elsewhere, GitHub adds at which revision.
        workflow=text(said, "path").partition("@")[0],
        conclusion=optional_text(said, "conclusion"),
        actor=optional_text(said, "triggering_actor", "login") or optional_text(said, "actor", "login"),
        started=moment({"at": started}, "at"),
        ended=moment(said, "updated_at") if text(said, "status") == _COMPLETED else None,
        pull_requests=tuple(_own_pull_requests(said, repository)),
    )


def _own_pull_requests(said: Mapping[str, Any], repository: Repository) -> list[tuple[int, str]]:
    """A branch can be the head of pull requests in other repositories, too; those are not meant."""
    listed = items(said, "pull_requests") if said.get("pull_requests") else []
    return [
        (number(one, "number"), text(one, "head", "sha"))
        for one in listed
        if optional_number(one, "base", "repo", "id") in (None, repository.id)
    ]


def pull_request_runs(api: Api, repository: Repository) -> set[int]:
    """Ids of the runs that pull requests started: the newest thousand of each kind, as GitHub lists no more.

    Raises:
        GitHubError: they cannot be listed.
    """
    found: set[int] = set()
    for event in _PULL_REQUEST_EVENTS:
        for page in api.pages(f"{repository.api_path}/actions/runs", "workflow_runs", event=event):
            found |= {number(said, "id") for said in page}
    return found


def check_claim(artifact: Artifact, attempt: Attempt) -> None:
    """Whether the artifact can be of the attempt that its name claims: whoever ran the workflow chose that name.

    Raises:
        HostileError: it was not made while the attempt went on.
    """
    begin, end = attempt.started - _SLACK, (attempt.ended or artifact.created) + _SLACK
    if not begin <= artifact.created <= end:
        raise HostileError(f"it was made outside of attempt {attempt.number} of its run, which its name claims")


@dataclass
class PullRequests:
    """Finds numbers and titles of pull requests; each is asked for once."""

    api: Api
    repository: Repository
    _known: dict[str, list[Any]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, attempt: Attempt) -> tuple[int | None, str | None]:
        """Number and title of the pull request that started an attempt, as far as they are known.

        Raises:
            GitHubError: GitHub cannot be reached.
        """
        if not attempt.is_pull_request:
            return None, None
        candidates = self._listed(attempt) or self._by_branch(attempt)
        fitting = [one for one in candidates if text(one, "head", "sha") == attempt.head_sha]
        # A branch that was pushed to since has another head: the newest that was there is meant.
        earlier = [one for one in candidates if moment(one, "created_at") <= attempt.started]
        chosen = max(fitting or earlier, key=lambda one: number(one, "number"), default=None)
        return (None, None) if chosen is None else (number(chosen, "number"), text(chosen, "title")[:_LONGEST_TITLE])

    def _listed(self, attempt: Attempt) -> list[Any]:
        """Those that GitHub names with the run: none for forks."""
        found = []
        for listed, _ in attempt.pull_requests:
            found += self._ask(f"{self.repository.api_path}/pulls/{listed}")
        return found

    def _by_branch(self, attempt: Attempt) -> list[Any]:
        if attempt.head_repository is None or attempt.head_branch is None:
            return []
        owner = attempt.head_repository.partition("/")[0]
        query = urlencode({"state": "all", "head": f"{owner}:{attempt.head_branch}", "per_page": 100})
        found = self._ask(f"{self.repository.api_path}/pulls?{query}")
        return [one for one in found if _is_from(one, attempt.head_repository)]

    def _ask(self, path: str) -> list[Any]:
        with self._lock:
            if path not in self._known:
                try:
                    said = self.api.get(path)
                except StatusError as error:
                    if error.status >= 500:
                        raise
                    said = []
                self._known[path] = said if isinstance(said, list) else [said]
            return self._known[path]


def _is_from(said: Any, repository: str) -> bool:
    """Several forks of one owner can have the same branch; one that was deleted has no name any more."""
    name = optional_text(said, "head", "repo", "full_name")
    return name is None or name.lower() == repository.lower()


def make_origin(
    repository: Repository,
    artifact: Artifact,
    attempt: Attempt,
    pull_request: tuple[int | None, str | None],
    log: tuple[int, str],
) -> Origin:
    """What is written beside the log; ``log`` is its size in bytes and its SHA-256."""
    return Origin(
        repository=repository.name,
        run_id=attempt.run_id,
        run_attempt=attempt.number,
        event=attempt.event,
        head_sha=attempt.head_sha,
        head_branch=attempt.head_branch,
        head_repository=attempt.head_repository,
        pull_request=pull_request[0],
        pull_request_title=pull_request[1],
        workflow=attempt.workflow,
        conclusion=attempt.conclusion,
        url=f"{repository.url}/actions/runs/{attempt.run_id}/attempts/{attempt.number}",
        actor=attempt.actor,
        started_ms=milliseconds(attempt.started),
        uploaded_ms=milliseconds(artifact.created),
        artifact_id=artifact.id,
        log_bytes=log[0],
        log_sha256=log[1],
    )
