"""What GitHub would know: repositories with runs, artifacts, pull requests and Pages, and a clock that tests move."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from fake_github.rights import JobToken

ARTIFACT_DAYS = 90


@dataclass
class RunAttempt:
    """One attempt of a workflow run; without ``ended`` it goes on."""

    number: int
    started: datetime
    ended: datetime | None = None
    conclusion: str | None = None


@dataclass
class WorkflowRun:
    """A run of a workflow; ``head_repository`` is None where a fork was deleted."""

    id: int
    path: str
    event: str
    head_sha: str
    head_branch: str | None
    head_repository: str | None
    actor: str
    attempts: list[RunAttempt] = field(default_factory=list)
    pull_requests: list[int] = field(default_factory=list)
    """As GitHub lists them: empty for pull requests from forks."""


@dataclass
class Artifact:
    """An uploaded artifact: ``content`` is what a download gives, a zip as a rule."""

    id: int
    name: str
    content: bytes
    run_id: int
    created: datetime
    expires: datetime
    digest: str | None
    size_bytes: int
    """As the API says, which an attack can make differ from the content."""


@dataclass
class PullRequest:
    """A pull request from ``head_repository``; GitHub keeps the head's commit."""

    number: int
    title: str
    head_repository: str | None
    head_branch: str
    head_sha: str
    created: datetime
    state: str = "open"
    base_branch: str = "main"


@dataclass
class Deployment:
    """A deployment to an environment."""

    id: int
    environment: str
    created: datetime
    ref: str = "main"
    sha: str = ""


@dataclass
class Pages:
    """Pages switched on: ``site`` is what is deployed, by path; empty before the first deployment."""

    build_type: str = "workflow"
    site: dict[str, bytes] = field(default_factory=dict)


@dataclass
class Workflow:
    """A workflow file on the default branch."""

    id: int
    path: str
    state: str = "active"


@dataclass
class Repository:
    """One repository, ``owner/name``."""

    full_name: str
    id: int
    default_branch: str = "main"
    private: bool = False
    pages: Pages | None = None
    runs: dict[int, WorkflowRun] = field(default_factory=dict)
    artifacts: dict[int, Artifact] = field(default_factory=dict)
    pulls: dict[int, PullRequest] = field(default_factory=dict)
    deployments: list[Deployment] = field(default_factory=list)
    workflows: dict[str, Workflow] = field(default_factory=dict)
    """By file name."""
    secrets: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    """Commits that git pushed, by branch."""

    @property
    def owner(self) -> str:
        """Login of the owner."""
        return self.full_name.partition("/")[0]

    @property
    def name(self) -> str:
        """Name without the owner."""
        return self.full_name.partition("/")[2]


@dataclass
class GitHub:
    """All that there is. Ids grow over all repositories, as they do at GitHub."""

    now: datetime = datetime(2026, 11, 25, 6, 0, tzinfo=timezone.utc)
    repositories: dict[str, Repository] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    """Login by token."""
    scopes: dict[str, str] = field(default_factory=dict)
    """Scopes by token, as ``X-OAuth-Scopes`` tells them; some kinds of tokens have none."""
    organizations: dict[str, set[str]] = field(default_factory=dict)
    """Members, who may do all, by the login of the organization."""
    paid: set[str] = field(default_factory=set)
    """Owners with an account that is not free."""
    job_tokens: dict[str, JobToken] = field(default_factory=dict)
    """Tokens of jobs, which are held to their rights."""
    requests_left: int = 5000
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(18_000_000_001))

    def new_id(self) -> int:
        """The next id."""
        return next(self._ids)

    def advance(self, **time: float) -> None:
        """Move the clock on, by the arguments of ``timedelta``."""
        self.now += timedelta(**time)

    def add_repository(self, full_name: str, **more: Any) -> Repository:
        """Make a repository."""
        repository = Repository(full_name, self.new_id(), **more)
        self.repositories[full_name.lower()] = repository
        return repository

    def add_run(
        self,
        repository: Repository,
        event: str = "push",
        path: str = ".github/workflows/pipeline.yml",
        head_sha: str = "",
        head_branch: str | None = None,
        head_repository: str | None = "",
        actor: str = "ann",
        pull_requests: list[int] | None = None,
        conclusion: str | None = "success",
        minutes: float = 3,
    ) -> WorkflowRun:
        """A run with one attempt, which takes some minutes of the clock; with ``conclusion=None`` it goes on."""
        run_id = self.new_id()
        run = WorkflowRun(
            id=run_id,
            path=path,
            event=event,
            head_sha=head_sha or hashlib.sha1(str(run_id).encode()).hexdigest(),
            head_branch=head_branch or repository.default_branch,
            head_repository=repository.full_name if head_repository == "" else head_repository,
            actor=actor,
            pull_requests=pull_requests or [],
        )
        repository.runs[run_id] = run
        self.add_attempt(run, conclusion, minutes)
        return run

    def add_attempt(self, run: WorkflowRun, conclusion: str | None = "success", minutes: float = 3) -> RunAttempt:
        """One attempt more."""
        attempt = RunAttempt(len(run.attempts) + 1, self.now)
        run.attempts.append(attempt)
        if conclusion is not None:
            self.advance(minutes=minutes)
            self.end_attempt(run, conclusion)
        return attempt

    def end_attempt(self, run: WorkflowRun, conclusion: str) -> None:
        """End the newest attempt now."""
        run.attempts[-1].ended = self.now
        run.attempts[-1].conclusion = conclusion

    def add_artifact(
        self,
        repository: Repository,
        run: WorkflowRun,
        name: str,
        content: bytes,
        days: float = ARTIFACT_DAYS,
        created: datetime | None = None,
    ) -> Artifact:
        """What upload-artifact does; by default within the newest attempt.

        Raises:
            ValueError: the run has an artifact of that name already (409 at GitHub).
        """
        if any(one.run_id == run.id and one.name == name for one in repository.artifacts.values()):
            raise ValueError(f"409: an artifact {name} already exists")
        at = created or run.attempts[-1].ended or self.now
        artifact = Artifact(
            id=self.new_id(),
            name=name,
            content=content,
            run_id=run.id,
            created=at,
            expires=at + timedelta(days=days),
            digest=f"sha256:{hashlib.sha256(content).hexdigest()}",
            size_bytes=len(content),
        )
        repository.artifacts[artifact.id] = artifact
        return artifact

    def is_expired(self, artifact: Artifact) -> bool:
        """Whether its time is over."""
        return self.now >= artifact.expires
