"""Tokens of jobs, held to their rights: what proves that a workflow asks for no less, and needs no more, than it has.

Stricter than GitHub in one point: a public repository's data need the right there, too, when a job's token asks for them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fake_github.server import FakeGitHub, Request, Response

_REPOSITORY = r"/repos/(?P<repository>[^/]+/[^/]+)"
_LEVELS = ("none", "read", "write")
_NEEDED = (
    ("GET", "", "metadata", "read"),
    ("GET", r"/actions/.*", "actions", "read"),
    ("PUT|POST|DELETE", r"/actions/.*", "actions", "write"),
    ("GET", r"/pulls(/.*)?", "pull-requests", "read"),
    ("GET", r"/commits/[^/]+/pulls", "pull-requests", "read"),
    ("GET", r"/(commits|contents|branches|git)/.*", "contents", "read"),
    ("GET", r"/pages", "pages", "read"),
    ("PUT|POST|DELETE", r"/pages(/.*)?", "pages", "write"),
    ("GET", r"/deployments(/.*)?", "deployments", "read"),
)
"""Rights by method and path, as https://docs.github.com/rest says for each; the first that fits counts."""


@dataclass
class JobToken:
    """A ``GITHUB_TOKEN``: it is good for one repository, until its job ends."""

    repository: str
    permissions: dict[str, str] = field(default_factory=dict)
    is_over: bool = False
    used: dict[str, str] = field(default_factory=dict)
    """The rights that it was used for: what is in ``permissions`` and not here was asked for in vain."""

    def note(self, scope: str, level: str) -> None:
        """A right was needed, and was there."""
        if _LEVELS.index(level) > _LEVELS.index(self.used.get(scope, "none")):
            self.used[scope] = level


def refusal(fake: FakeGitHub, request: Request) -> Response | None:
    """What GitHub answers to a job's token that has no right to ask this; None where it has, or is none of a job."""
    from fake_github.server import json_response

    token = request.headers.get("authorization", "").partition(" ")[2]
    job_token = fake.github.job_tokens.get(token)
    if request.server != "api" or job_token is None:
        return None
    if job_token.is_over:
        return json_response({"message": "Bad credentials"}, 401)
    match = re.fullmatch(rf"{_REPOSITORY}(?P<rest>/.*)?", request.path)
    if match is not None and match["repository"].lower() == job_token.repository.lower():
        for methods, pattern, scope, level in _NEEDED:
            if re.fullmatch(methods, request.method) and re.fullmatch(pattern, match["rest"] or ""):
                given = "read" if scope == "metadata" else job_token.permissions.get(scope, "none")
                if _LEVELS.index(given) >= _LEVELS.index(level):
                    if scope != "metadata":
                        job_token.note(scope, level)
                    return None
                break
    fake.refused.append(request)
    return json_response({"message": "Resource not accessible by integration"}, 403)
