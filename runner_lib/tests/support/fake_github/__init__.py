"""An imitation of GitHub's REST API, its artifact storage and its Pages, for tests: real HTTP on loopback, nothing of GitHub's.

It knows what this project asks for, and answers 404 to all else, which tests can see in ``FakeGitHub.unknown``.
"""

from fake_github.model import (
    Artifact,
    Deployment,
    GitHub,
    Pages,
    PullRequest,
    Repository,
    RunAttempt,
    Workflow,
    WorkflowRun,
)
from fake_github.rights import JobToken
from fake_github.server import FakeGitHub, Fault, Request

__all__ = [
    "Artifact",
    "Deployment",
    "FakeGitHub",
    "Fault",
    "GitHub",
    "JobToken",
    "Pages",
    "PullRequest",
    "Repository",
    "Request",
    "RunAttempt",
    "Workflow",
    "WorkflowRun",
]
