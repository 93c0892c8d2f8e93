"""What happened, as GitHub tells it to a workflow: the payload, and the ``github`` context.

Only fields that GitHub documents, and that the emulation can fill in. To ask for another one is an error, not an empty text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fake_github import FakeGitHub, PullRequest, Repository, RunAttempt, WorkflowRun
from fake_github.routes import repository_json, run_json

from actions_emulation.official import strict
from actions_emulation.workflow import Workflow

SERVER = "https://github.com"
OTHER_EVENTS = (
    *("action", "after", "before", "head_commit", "inputs", "number", "pull_request", "pusher", "ref", "schedule"),
    *("sender", "workflow", "workflow_run"),
)
"""Fields that some events have and others lack."""


@dataclass(frozen=True)
class Event:
    """What a run was started by, and which commit it is about.

    Attributes:
        name: ``push``, ``pull_request`` ...
        payload: What ``github.event`` and the file at GITHUB_EVENT_PATH say.
        ref: ``refs/heads/main``, ``refs/pull/1/merge`` ...
        sha: The commit that is checked out, whose workflow files count.
        actor: Login of who did it.
        head_sha: What GitHub's API names as the run's commit: of a pull request, its newest one.
        head_branch: Branch of that commit.
        head_repository: The repository of that commit.
        pull_request: Number of the pull request.
        inputs: Inputs of a dispatch.
    """

    name: str
    payload: dict[str, Any]
    ref: str
    sha: str
    actor: str
    head_sha: str
    head_branch: str
    head_repository: str
    pull_request: int | None = None
    inputs: dict[str, Any] = field(default_factory=dict)
    head_ref: str = ""
    base_ref: str = ""

    def is_from_fork(self, repository: Repository) -> bool:
        """Whether a pull request of somebody else's repository started it."""
        return self.pull_request is not None and self.head_repository != repository.full_name


def on_branch(name: str, repository: Repository, sha: str, actor: str, branch: str, **more: Any) -> Event:
    """An event about a branch's commit: a push, a schedule, a dispatch, a run that ended."""
    payload = {"repository": repository_json(repository), "sender": {"login": actor}, **more.pop("payload", {})}
    return Event(name, payload, f"refs/heads/{branch}", sha, actor, sha, branch, repository.full_name, **more)


def pushed(repository: Repository, sha: str, before: str, actor: str, branch: str) -> Event:
    """A push of commits."""
    payload = {"ref": f"refs/heads/{branch}", "before": before, "after": sha, "head_commit": {"id": sha}}
    return on_branch("push", repository, sha, actor, branch, payload={**payload, "pusher": {"name": actor}})


def pull_requested(repository: Repository, pull: PullRequest, merge: str, actor: str, action: str) -> Event:
    """A pull request that was opened, or got new commits."""
    head_name = pull.head_repository or ""
    owner, _, name = head_name.partition("/")
    is_fork = head_name != repository.full_name
    head_repository = {"full_name": head_name, "name": name, "owner": {"login": owner}, "fork": is_fork}
    told = {
        "number": pull.number,
        "title": pull.title,
        "state": pull.state,
        "html_url": f"{SERVER}/{repository.full_name}/pull/{pull.number}",
        "user": {"login": actor},
        "head": {"ref": pull.head_branch, "sha": pull.head_sha, "repo": head_repository},
        "base": {"ref": pull.base_branch, "repo": repository_json(repository)},
    }
    payload = {
        "action": action,
        "number": pull.number,
        "pull_request": told,
        "repository": repository_json(repository),
        "sender": {"login": actor},
    }
    return Event(
        name="pull_request",
        payload=payload,
        ref=f"refs/pull/{pull.number}/merge",
        sha=merge,
        actor=actor,
        head_sha=pull.head_sha,
        head_branch=pull.head_branch,
        head_repository=head_name,
        pull_request=pull.number,
        head_ref=pull.head_branch,
        base_ref=pull.base_branch,
    )


def run_ended(fake: FakeGitHub, repository: Repository, run: WorkflowRun, name: str, sha: str) -> Event:
    """A workflow run that ended; what follows runs on the default branch, with its files."""
    told = {**run_json(fake, repository, run, run.attempts[-1]), "name": name}
    payload = {"action": "completed", "workflow_run": told, "workflow": {"name": name, "path": run.path}}
    return on_branch("workflow_run", repository, sha, run.actor, repository.default_branch, payload=payload)


def github_context(
    fake: FakeGitHub, repository: Repository, event: Event, run: WorkflowRun, attempt: RunAttempt, workflow: Workflow
) -> dict[str, Any]:
    """The ``github`` context of a run, apart from what belongs to one job.

    A workflow that is called by another one gets its caller's, as at GitHub.
    """
    return {
        "actor": event.actor,
        "actor_id": "1",
        "api_url": fake.api_url,
        "base_ref": event.base_ref,
        "event": strict(event.payload, OTHER_EVENTS),
        "event_name": event.name,
        "graphql_url": f"{fake.api_url}/graphql",
        "head_ref": event.head_ref,
        "ref": event.ref,
        "ref_name": event.ref.removeprefix("refs/heads/").removeprefix("refs/pull/"),
        "ref_protected": False,
        "ref_type": "branch",
        "repository": repository.full_name,
        "repository_id": str(repository.id),
        "repository_owner": repository.owner,
        "repository_owner_id": "1",
        "retention_days": "90",
        "run_attempt": str(attempt.number),
        "run_id": str(run.id),
        "run_number": str(list(repository.runs).index(run.id) + 1),
        "server_url": SERVER,
        "sha": event.sha,
        "triggering_actor": event.actor,
        "workflow": workflow.name,
        "workflow_ref": f"{repository.full_name}/{workflow.path}@{event.ref}",
        "workflow_sha": event.sha,
    }
