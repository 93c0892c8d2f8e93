"""What the imitation knows of GitHub's REST API: paths, and answers in the form that GitHub documents.

https://docs.github.com/rest tells each of them; only fields that somebody reads are there.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from fake_github.model import Artifact, PullRequest, Repository, RunAttempt, WorkflowRun
from fake_github.routes_deployment import DEPLOYMENT_ROUTES
from fake_github.routes_onboarding import ONBOARDING_ROUTES
from fake_github.server import FakeGitHub, Request, Response, Route, json_response, not_found

_REPOSITORY = r"/repos/(?P<repository>[^/]+/[^/]+)"
_SERVER = "https://github.com"


def _repository(fake: FakeGitHub, match: re.Match[str]) -> Repository | None:
    return fake.github.repositories.get(match["repository"].lower())


def get_repository(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``GET /repos/{repo}``."""
    repository = _repository(fake, match)
    return not_found() if repository is None else json_response(repository_json(repository))


def repository_json(repository: Repository) -> dict[str, Any]:
    """A repository as the API tells it."""
    return {
        "id": repository.id,
        "name": repository.name,
        "full_name": repository.full_name,
        "owner": {"login": repository.owner},
        "private": repository.private,
        "visibility": "private" if repository.private else "public",
        "default_branch": repository.default_branch,
        "has_pages": repository.pages is not None,
        "html_url": f"{_SERVER}/{repository.full_name}",
        "clone_url": f"{_SERVER}/{repository.full_name}.git",
    }


def list_artifacts(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``GET /repos/{repo}/actions/artifacts``: newest first."""
    repository = _repository(fake, match)
    if repository is None:
        return not_found()
    found = [
        artifact
        for artifact in repository.artifacts.values()
        if request.query.get("name", artifact.name) == artifact.name
    ]
    found.sort(key=lambda artifact: artifact.id, reverse=True)
    return _page(fake, request, "artifacts", [_artifact(fake, repository, artifact) for artifact in found])


def _artifact(fake: FakeGitHub, repository: Repository, artifact: Artifact) -> dict[str, Any]:
    run = repository.runs[artifact.run_id]
    url = f"{fake.api_url}/repos/{repository.full_name}/actions/artifacts/{artifact.id}"
    head = fake.github.repositories.get((run.head_repository or "").lower())
    return {
        "id": artifact.id,
        "name": artifact.name,
        "size_in_bytes": artifact.size_bytes,
        "url": url,
        "archive_download_url": f"{url}/zip",
        "expired": fake.github.is_expired(artifact),
        "created_at": _time(artifact.created),
        "updated_at": _time(artifact.created),
        "expires_at": _time(artifact.expires),
        "digest": artifact.digest,
        "workflow_run": {
            "id": run.id,
            "repository_id": repository.id,
            "head_repository_id": None if run.head_repository is None else head.id if head else 1,
            "head_branch": run.head_branch,
            "head_sha": run.head_sha,
        },
    }


def download_artifact(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``GET /repos/{repo}/actions/artifacts/{id}/zip``: leads to the storage, for one minute at GitHub."""
    repository = _repository(fake, match)
    artifact = None if repository is None else repository.artifacts.get(int(match["id"]))
    if artifact is None:
        return not_found()
    if "authorization" not in request.headers:
        return json_response({"message": "Requires authentication"}, 401)
    if fake.github.is_expired(artifact):
        return json_response({"message": "Artifact has expired"}, 410)
    return Response(302, headers={"location": f"{fake.blob_url}/artifacts/{artifact.id}?sig=signed"})


def blob(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """The storage: its addresses are signed, and it refuses a token beside that."""
    if "authorization" in request.headers:
        return Response(400, b"InvalidAuthenticationInfo: a signed address takes no Authorization")
    for repository in fake.github.repositories.values():
        artifact = repository.artifacts.get(int(match["id"]))
        if artifact is not None and request.query.get("sig") == "signed":
            return Response(200, artifact.content, {"content-type": "application/zip"})
    return Response(403, b"AuthenticationFailed")


def get_artifact(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``GET /repos/{repo}/actions/artifacts/{id}``."""
    repository = _repository(fake, match)
    artifact = None if repository is None else repository.artifacts.get(int(match["id"]))
    if repository is None or artifact is None:
        return not_found()
    return json_response(_artifact(fake, repository, artifact))


def list_runs(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``GET /repos/{repo}/actions/runs`` and ``.../workflows/{file}/runs``: newest first."""
    repository = _repository(fake, match)
    if repository is None:
        return not_found()
    query, file = request.query, match.groupdict().get("file")
    found = []
    for run in sorted(repository.runs.values(), key=lambda run: run.id, reverse=True):
        last = run.attempts[-1]
        states = {"completed" if last.ended else "in_progress", last.conclusion}
        if file is not None and run.path.rpartition("/")[2] != file:
            continue
        if query.get("event", run.event) != run.event or ("status" in query and query["status"] not in states):
            continue
        if (
            query.get("branch", run.head_branch) != run.head_branch
            or query.get("head_sha", run.head_sha) != run.head_sha
        ):
            continue
        found.append(run_json(fake, repository, run, last))
    return _page(fake, request, "workflow_runs", found)


def get_run(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``GET /repos/{repo}/actions/runs/{id}`` and ``.../attempts/{number}``."""
    repository = _repository(fake, match)
    run = None if repository is None else repository.runs.get(int(match["id"]))
    if repository is None or run is None:
        return not_found()
    number = int(match.groupdict().get("attempt") or len(run.attempts))
    if not 1 <= number <= len(run.attempts):
        return not_found()
    return json_response(run_json(fake, repository, run, run.attempts[number - 1]))


def run_json(fake: FakeGitHub, repository: Repository, run: WorkflowRun, attempt: RunAttempt) -> dict[str, Any]:
    """One attempt of a run as the API tells it."""
    url = f"{_SERVER}/{repository.full_name}/actions/runs/{run.id}"
    return {
        "id": run.id,
        "name": run.path.rpartition("/")[2].removesuffix(".yml").title(),
        "path": run.path,
        "event": run.event,
        "status": "completed" if attempt.ended else "in_progress",
        "conclusion": attempt.conclusion,
        "run_attempt": attempt.number,
        "run_number": list(repository.runs).index(run.id) + 1,
        "head_sha": run.head_sha,
        "head_branch": run.head_branch,
        "head_repository": None if run.head_repository is None else _short_repository(fake, run.head_repository),
        "repository": _short_repository(fake, repository.full_name),
        "actor": {"login": run.actor},
        "triggering_actor": {"login": run.actor},
        "pull_requests": [
            {"number": number, "head": {"sha": run.head_sha, "ref": run.head_branch}} for number in run.pull_requests
        ],
        "created_at": _time(run.attempts[0].started),
        "run_started_at": _time(attempt.started),
        "updated_at": _time(attempt.ended or fake.github.now),
        "html_url": url if attempt.number == len(run.attempts) else f"{url}/attempts/{attempt.number}",
    }


def _short_repository(fake: FakeGitHub, full_name: str) -> dict[str, Any]:
    repository = fake.github.repositories.get(full_name.lower())
    owner, _, name = full_name.partition("/")
    return {"id": repository.id if repository else 1, "full_name": full_name, "name": name, "owner": {"login": owner}}


def list_pulls(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``GET /repos/{repo}/pulls``: ``state``, and ``head`` as ``owner:branch``."""
    repository = _repository(fake, match)
    if repository is None:
        return not_found()
    wanted_state, head = request.query.get("state", "open"), request.query.get("head")
    found = [
        _pull(fake, repository, pull)
        for pull in sorted(repository.pulls.values(), key=lambda pull: pull.number, reverse=True)
        if wanted_state in ("all", pull.state)
        and (head is None or head == f"{(pull.head_repository or '').partition('/')[0]}:{pull.head_branch}")
    ]
    return _page(fake, request, None, found)


def get_pull(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``GET /repos/{repo}/pulls/{number}``."""
    repository = _repository(fake, match)
    pull = None if repository is None else repository.pulls.get(int(match["number"]))
    if repository is None or pull is None:
        return not_found()
    return json_response(_pull(fake, repository, pull))


def _pull(fake: FakeGitHub, repository: Repository, pull: PullRequest) -> dict[str, Any]:
    return {
        "number": pull.number,
        "title": pull.title,
        "state": pull.state,
        "created_at": _time(pull.created),
        "html_url": f"{_SERVER}/{repository.full_name}/pull/{pull.number}",
        "head": {
            "ref": pull.head_branch,
            "sha": pull.head_sha,
            "repo": None if pull.head_repository is None else _short_repository(fake, pull.head_repository),
        },
        "base": {"ref": pull.base_branch, "repo": _short_repository(fake, repository.full_name)},
    }


def get_pages(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``GET /repos/{repo}/pages``."""
    repository = _repository(fake, match)
    if repository is None or repository.pages is None:
        return not_found()
    return json_response(
        {
            "html_url": fake.site_url(repository.name),
            "build_type": repository.pages.build_type,
            "status": None,
            "public": True,
        }
    )


def list_deployments(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``GET /repos/{repo}/deployments``: newest first."""
    repository = _repository(fake, match)
    if repository is None:
        return not_found()
    found = [
        {
            "id": one.id,
            "environment": one.environment,
            "ref": one.ref,
            "sha": one.sha,
            "created_at": _time(one.created),
        }
        for one in reversed(repository.deployments)
        if request.query.get("environment", one.environment) == one.environment
    ]
    return _page(fake, request, None, found)


def enable_workflow(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``PUT /repos/{repo}/actions/workflows/{file}/enable``."""
    repository = _repository(fake, match)
    if repository is None or match["file"] not in repository.workflows:
        return not_found()
    repository.workflows[match["file"]].state = "active"
    return Response(204)


def page_of_site(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """A file of a deployed site; folders give their ``index.html``."""
    for repository in fake.github.repositories.values():
        if repository.pages is not None and repository.name == match["name"]:
            path = match["path"]
            if path == "" or path.endswith("/"):
                path += "index.html"
            content = repository.pages.site.get(path)
            if content is not None:
                media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
                return Response(200, content, {"content-type": media_type, "cache-control": "max-age=600"})
    return Response(404, b"<h1>404</h1>", {"content-type": "text/html"})


def _page(fake: FakeGitHub, request: Request, key: str | None, items: Sequence[dict[str, Any]]) -> Response:
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


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


ROUTES: dict[tuple[str, str, str], Route] = {
    ("api", "GET", _REPOSITORY): get_repository,
    ("api", "GET", rf"{_REPOSITORY}/actions/artifacts"): list_artifacts,
    ("api", "GET", rf"{_REPOSITORY}/actions/artifacts/(?P<id>\d+)"): get_artifact,
    ("api", "GET", rf"{_REPOSITORY}/actions/artifacts/(?P<id>\d+)/zip"): download_artifact,
    ("api", "GET", rf"{_REPOSITORY}/actions/runs"): list_runs,
    ("api", "GET", rf"{_REPOSITORY}/actions/workflows/(?P<file>[^/]+)/runs"): list_runs,
    ("api", "GET", rf"{_REPOSITORY}/actions/runs/(?P<id>\d+)"): get_run,
    ("api", "GET", rf"{_REPOSITORY}/actions/runs/(?P<id>\d+)/attempts/(?P<attempt>\d+)"): get_run,
    ("api", "GET", rf"{_REPOSITORY}/pulls"): list_pulls,
    ("api", "GET", rf"{_REPOSITORY}/pulls/(?P<number>\d+)"): get_pull,
    ("api", "GET", rf"{_REPOSITORY}/pages"): get_pages,
    ("api", "GET", rf"{_REPOSITORY}/deployments"): list_deployments,
    ("api", "PUT", rf"{_REPOSITORY}/actions/workflows/(?P<file>[^/]+)/enable"): enable_workflow,
    **DEPLOYMENT_ROUTES,
    **ONBOARDING_ROUTES,
    ("blob", "GET", r"/artifacts/(?P<id>\d+)"): blob,
    ("pages", "GET", r"/(?P<name>[^/]+)/(?P<path>.*)"): page_of_site,
}
