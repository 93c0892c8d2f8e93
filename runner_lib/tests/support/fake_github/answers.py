"""What answers of the imitation are made of: which repository is meant, pages of lists, times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from fake_github.model import Repository
from fake_github.server import FakeGitHub, Request, Response, json_response

REPOSITORY_PATH = r"/repos/(?P<repository>[^/]+/[^/]+)"


def repository_of(fake: FakeGitHub, match: re.Match[str]) -> Repository | None:
    """The repository that a path names."""
    return fake.github.repositories.get(match["repository"].lower())


def page(fake: FakeGitHub, request: Request, key: str | None, items: Sequence[dict[str, Any]]) -> Response:
    """One page of a list, with the link to the next one."""
    size, number = int(request.query.get("per_page", 30)), int(request.query.get("page", 1))
    if not 1 <= size <= 100:
        size = 30
    shown = list(items[(number - 1) * size : number * size])
    headers = {"x-ratelimit-remaining": str(fake.github.requests_left)}
    if number * size < len(items):
        query = urlencode({**request.query, "page": number + 1})
        headers["link"] = f'<{fake.api_url}{request.path}?{query}>; rel="next"'
    return json_response(shown if key is None else {"total_count": len(items), key: shown}, headers=headers)


def time_text(moment: datetime) -> str:
    """As the API writes times."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
