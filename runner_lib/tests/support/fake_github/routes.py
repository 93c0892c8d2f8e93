"""What the imitation knows of GitHub's REST API: paths, and answers in the form that GitHub documents.

https://docs.github.com/rest tells each of them; only fields that somebody reads are there.
"""

from __future__ import annotations

import mimetypes
import re
from typing import Any

from fake_github.answers import REPOSITORY_PATH, page, repository_of, time_text
from fake_github.model import PullRequest, Repository, RunAttempt, WorkflowRun
from fake_github.routes_artifacts import ARTIFACT_ROUTES
from fake_github.routes_deployment import DEPLOYMENT_ROUTES
from fake_github.routes_onboarding import ONBOARDING_ROUTES
from fake_github.server import FakeGitHub, Request, Response, Route, json_response, not_found

_SERVER = "https://github.com"


def get_repository(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``GET /repos/{repo}``."""
    repository = repository_of(fake, match)
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


def list_runs(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``GET /repos/{repo}/actions/runs`` and ``.../workflows/{file}/runs``: newest first."""
    repository = repository_of(fake, match)
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
    return page(fake, request, "workflow_runs", found)


def get_run(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``GET /repos/{repo}/actions/runs/{id}`` and ``.../attempts/{number}``."""
    repository = repository_of(fake, match)
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
        "created_at": time_text(run.attempts[0].started),
        "run_started_at": time_text(attempt.started),
        "updated_at": time_text(attempt.ended or fake.github.now),
        "html_url": url if attempt.number == len(run.attempts) else f"{url}/attempts/{attempt.number}",
    }


def _short_repository(fake: FakeGitHub, full_name: str) -> dict[str, Any]:
    repository = fake.github.repositories.get(full_name.lower())
    owner, _, name = full_name.partition("/")
    return {"id": repository.id if repository else 1, "full_name": full_name, "name": name, "owner": {"login": owner}}


def list_pulls(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``GET /repos/{repo}/pulls``: ``state``, and ``head`` as ``owner:branch``."""
    repository = repository_of(fake, match)
    if repository is None:
        return not_found()
    wanted_state, head = request.query.get("state", "open"), request.query.get("head")
    found = [
        _pull(fake, repository, pull)
        for pull in sorted(repository.pulls.values(), key=lambda pull: pull.number, reverse=True)
        if wanted_state in ("all", pull.state)
        and (head is None or head == f"{(pull.head_repository or '').partition('/')[0]}:{pull.head_branch}")
    ]
    return page(fake, request, None, found)


def get_pull(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``GET /repos/{repo}/pulls/{number}``."""
    repository = repository_of(fake, match)
    pull = None if repository is None else repository.pulls.get(int(match["number"]))
    if repository is None or pull is None:
        return not_found()
    return json_response(_pull(fake, repository, pull))


def _pull(fake: FakeGitHub, repository: Repository, pull: PullRequest) -> dict[str, Any]:
    return {
        "number": pull.number,
        "title": pull.title,
        "state": pull.state,
        "created_at": time_text(pull.created),
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
    repository = repository_of(fake, match)
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
    repository = repository_of(fake, match)
    if repository is None:
        return not_found()
    found = [
        {
            "id": one.id,
            "environment": one.environment,
            "ref": one.ref,
            "sha": one.sha,
            "created_at": time_text(one.created),
        }
        for one in reversed(repository.deployments)
        if request.query.get("environment", one.environment) == one.environment
    ]
    return page(fake, request, None, found)


def enable_workflow(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``PUT /repos/{repo}/actions/workflows/{file}/enable``."""
    repository = repository_of(fake, match)
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


ROUTES: dict[tuple[str, str, str], Route] = {
    ("api", "GET", REPOSITORY_PATH): get_repository,
    ("api", "GET", rf"{REPOSITORY_PATH}/actions/runs"): list_runs,
    ("api", "GET", rf"{REPOSITORY_PATH}/actions/workflows/(?P<file>[^/]+)/runs"): list_runs,
    ("api", "GET", rf"{REPOSITORY_PATH}/actions/runs/(?P<id>\d+)"): get_run,
    ("api", "GET", rf"{REPOSITORY_PATH}/actions/runs/(?P<id>\d+)/attempts/(?P<attempt>\d+)"): get_run,
    ("api", "GET", rf"{REPOSITORY_PATH}/pulls"): list_pulls,
    ("api", "GET", rf"{REPOSITORY_PATH}/pulls/(?P<number>\d+)"): get_pull,
    ("api", "GET", rf"{REPOSITORY_PATH}/pages"): get_pages,
    ("api", "GET", rf"{REPOSITORY_PATH}/deployments"): list_deployments,
    ("api", "PUT", rf"{REPOSITORY_PATH}/actions/workflows/(?P<file>[^/]+)/enable"): enable_workflow,
    **ARTIFACT_ROUTES,
    **DEPLOYMENT_ROUTES,
    **ONBOARDING_ROUTES,
    ("pages", "GET", r"/(?P<name>[^/]+)/(?P<path>.*)"): page_of_site,
}
