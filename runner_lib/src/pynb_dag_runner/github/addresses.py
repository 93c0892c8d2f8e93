"""Addresses of the published tracker: known before it is published, so that a run can lead to its own pages.

Routes are those of ``ui/src/routing/links.ts``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

_REPOSITORY = re.compile(r"(?P<owner>[A-Za-z0-9-]+)/(?P<name>[A-Za-z0-9._-]+)")
_HTTP = re.compile(r"https?://[^\s<>\"'()\\]+")
# As encodeURIComponent of JavaScript leaves them.
_PLAIN = "!'()*"


def tracker_url(environment: Mapping[str, str]) -> str | None:
    """Where GitHub Pages shows the tracker of this repository, ending in a slash; None where that is not known.

    ``PDR_TRACKER_URL`` says it where Pages has a domain of its own. Otherwise it follows from ``GITHUB_REPOSITORY``.
    """
    said = environment.get("PDR_TRACKER_URL", "").strip()
    if said:
        return f"{said.rstrip('/')}/" if _HTTP.fullmatch(said) else None
    repository = _REPOSITORY.fullmatch(environment.get("GITHUB_REPOSITORY", ""))
    if repository is None or environment.get("GITHUB_SERVER_URL", "https://github.com") != "https://github.com":
        return None
    host = f"{repository['owner'].lower()}.github.io"
    return f"https://{host}/" if repository["name"].lower() == host else f"https://{host}/{repository['name']}/"


def run_address(environment: Mapping[str, str]) -> str | None:
    """What the run that this job makes will be called in the tracker; None outside GitHub Actions."""
    run_id, attempt = environment.get("GITHUB_RUN_ID", ""), environment.get("GITHUB_RUN_ATTEMPT", "1")
    return f"{run_id}-{attempt}" if run_id.isdecimal() and attempt.isdecimal() else None


def run_url(tracker: str, address: str) -> str:
    """The page of one run."""
    return f"{tracker}#/run/{_part(address)}"


def task_url(tracker: str, address: str, task_id: str) -> str:
    """The page of one task of a run."""
    return f"{run_url(tracker, address)}/task/{_part(task_id)}"


def pull_request_url(tracker: str, number: int | str) -> str:
    """The page of all runs of a pull request."""
    return f"{tracker}#/pr/{_part(str(number))}"


def _part(text: str) -> str:
    return quote(text, safe=_PLAIN, errors="replace")
