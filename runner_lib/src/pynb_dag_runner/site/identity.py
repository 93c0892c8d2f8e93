"""Who ran what, and when: of a collected run GitHub says it, never its own log.

A pull request can come from anybody, and its run log is whatever its author made of it. Beside a log with an origin, what the
log claims of revision, branch, pull request, event and workflow is not believed: the origin's values take its place, and what
the origin does not know is left out. So nothing can pose as a run of main.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from pynb_dag_runner.conventions import ResourceAttribute as Name

if TYPE_CHECKING:
    from pynb_dag_runner.runlog.origin import Origin

_CLAIMS = ("vcs.", "pdr.github.", Name.RUN_URL, Name.RUN_ID)

_SLACK_MS = 15 * 60 * 1000
"""Clocks of machines that people run themselves may differ from GitHub's."""


def origin_document(origin: Origin) -> dict[str, Any]:
    """``OriginDocument`` of ``ui/src/data/contract.ts``."""
    return {
        "repository": origin.repository,
        "run_id": origin.run_id,
        "run_attempt": origin.run_attempt,
        "event": origin.event,
        "head_sha": origin.head_sha,
        "head_branch": origin.head_branch,
        "head_repository": origin.head_repository,
        "pull_request": origin.pull_request,
        "pull_request_title": origin.pull_request_title,
        "workflow": origin.workflow,
        "conclusion": origin.conclusion,
        "url": origin.url,
        "actor": origin.actor,
        "started_ms": origin.started_ms,
    }


def trusted_resource(claimed: Mapping[str, Any], origin: Origin) -> dict[str, Any]:
    """The attributes of a run's resource, in which all that identifies the run is the origin's."""
    kept = {name: value for name, value in claimed.items() if not name.strip().lower().startswith(_CLAIMS)}
    return kept | {name: value for name, value in _facts(origin).items() if value is not None}


def _facts(origin: Origin) -> dict[str, str | None]:
    server, found, _ = origin.url.partition(f"/{origin.repository}/")
    owner, _, name = origin.repository.partition("/")
    is_numbered = origin.pull_request is not None
    return {
        Name.RUN_ID: origin.address,
        Name.RUN_URL: origin.url,
        Name.REPOSITORY_URL: f"{server}/{origin.repository}" if found else None,
        Name.REPOSITORY_NAME: name,
        Name.OWNER_NAME: owner,
        Name.PROVIDER_NAME: "github",
        Name.HEAD_REVISION: origin.head_sha,
        Name.HEAD_NAME: origin.head_branch,
        # Of a push GitHub does not say whether its name is that of a branch or of a tag.
        Name.HEAD_TYPE: "branch" if origin.is_pull_request and origin.head_branch else None,
        Name.CHANGE_ID: str(origin.pull_request) if is_numbered else None,
        Name.CHANGE_TITLE: origin.pull_request_title if is_numbered else None,
        Name.GITHUB_EVENT: origin.event,
        Name.GITHUB_RUN_ID: str(origin.run_id),
        Name.GITHUB_RUN_ATTEMPT: str(origin.run_attempt),
        Name.GITHUB_WORKFLOW: origin.workflow,
        Name.GITHUB_ACTOR: origin.actor,
    }


def trusted_times(
    start_ms: float | None, end_ms: float | None, origin: Origin
) -> tuple[float | None, float | None, str | None]:
    """Start and end of the run, and a warning where those of the log cannot be.

    A run happened between the start of its attempt and the upload of its log. Where its log says otherwise, the attempt's
    start is taken; the run then took as long as its log says, if that fits.
    """
    earliest, latest = origin.started_ms - _SLACK_MS, origin.uploaded_ms + _SLACK_MS
    times = [time for time in (start_ms, end_ms) if time is not None]
    if start_ms is not None and all(earliest <= time <= latest for time in times):
        return start_ms, end_ms, None
    took_ms = None if start_ms is None or end_ms is None else end_ms - start_ms
    is_plausible = took_ms is not None and 0 <= took_ms <= latest - origin.started_ms
    end = origin.started_ms + took_ms if took_ms is not None and is_plausible else None
    if start_ms is None:
        return origin.started_ms, end_ms if end_ms is not None and earliest <= end_ms <= latest else None, None
    return origin.started_ms, end, _warning(start_ms, origin)


def _warning(start_ms: float, origin: Origin) -> str:
    return (
        f"the run log says that the run started at {_moment(start_ms)}, or when it ended: that lies outside of its attempt "
        f"at GitHub, which started at {_moment(origin.started_ms)}. The attempt's start is shown instead"
    )


def _moment(time_ms: float) -> str:
    return datetime.fromtimestamp(time_ms / 1000, tz=timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
