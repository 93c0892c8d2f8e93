"""What making and setting up a repository asks of the API, with the token of a person."""

from __future__ import annotations

import re

from fake_github.model import GitHub, Pages, Repository
from fake_github.server import FakeGitHub, Request, Response, Route, json_response, not_found

_REPOSITORY = r"/repos/(?P<repository>[^/]+/[^/]+)"
_WORKFLOW = rf"{_REPOSITORY}/actions/workflows/(?P<file>[^/]+)"
_CREATION_FAILED = "Repository creation failed."


def login_of(github: GitHub, authorization: str) -> str | None:
    """Whose token it is."""
    return github.users.get(authorization.partition(" ")[2])


def may_write(github: GitHub, repository: Repository, login: str | None) -> bool:
    """Whether a person may push there, and change settings."""
    members = github.organizations.get(repository.owner.lower(), set())
    return login is not None and (login.lower() == repository.owner.lower() or login in members)


def get_user(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``GET /user``."""
    authorization = request.headers.get("authorization", "")
    login = login_of(fake.github, authorization)
    if login is None:
        return json_response({"message": "Bad credentials" if authorization else "Requires authentication"}, 401)
    scopes = fake.github.scopes.get(authorization.partition(" ")[2])
    return json_response({"login": login}, headers={} if scopes is None else {"X-OAuth-Scopes": scopes})


def get_repository(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``GET /repos/{repo}``: a person is told what he may do; private ones are hidden from strangers."""
    from fake_github.routes import repository_json

    repository = fake.github.repositories.get(match["repository"].lower())
    login = login_of(fake.github, request.headers.get("authorization", ""))
    if repository is None or (repository.private and login and not may_write(fake.github, repository, login)):
        return not_found()
    told = repository_json(repository)
    if login is not None:
        may = may_write(fake.github, repository, login)
        told["permissions"] = {"admin": may, "push": may, "pull": True}
    return json_response(told)


def create_repository(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``POST /user/repos`` and ``POST /orgs/{org}/repos``."""
    from fake_github.routes import repository_json

    github, asked = fake.github, request.json()
    login = login_of(github, request.headers.get("authorization", ""))
    if login is None:
        return json_response({"message": "Requires authentication"}, 401)
    owner = match.groupdict().get("org") or login
    if owner != login:
        if owner.lower() not in github.organizations:
            return not_found()
        if login not in github.organizations[owner.lower()]:
            message = "You need admin access to the organization before adding a repository to it."
            return json_response({"message": message}, 403)
    if f"{owner}/{asked['name']}".lower() in github.repositories:
        taken = {"resource": "Repository", "field": "name", "message": "name already exists on this account"}
        return json_response({"message": _CREATION_FAILED, "errors": [taken]}, 422)
    repository = github.add_repository(f"{owner}/{asked['name']}", private=bool(asked.get("private", False)))
    return json_response(repository_json(repository), 201)


def create_pages(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``POST /repos/{repo}/pages``: not for private repositories of free accounts, and not before the first push."""
    github, repository = fake.github, fake.github.repositories.get(match["repository"].lower())
    login = login_of(github, request.headers.get("authorization", ""))
    if repository is None or not may_write(github, repository, login):
        return not_found()
    if repository.private and repository.owner.lower() not in github.paid:
        return json_response({"message": "Your current plan does not support GitHub Pages for this repository."}, 422)
    if not repository.branches:
        return json_response({"message": "The main branch must exist before GitHub Pages can be built."}, 422)
    if repository.pages is not None:
        return json_response({"message": "GitHub Pages is already enabled."}, 409)
    repository.pages = Pages(request.json().get("build_type", "legacy"))
    return json_response(
        {"html_url": fake.site_url(repository.name), "build_type": repository.pages.build_type, "status": None}, 201
    )


def change_pages(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``PUT /repos/{repo}/pages``."""
    github, repository = fake.github, fake.github.repositories.get(match["repository"].lower())
    login = login_of(github, request.headers.get("authorization", ""))
    if repository is None or repository.pages is None or not may_write(github, repository, login):
        return not_found()
    repository.pages.build_type = request.json().get("build_type", repository.pages.build_type)
    return Response(204)


def get_workflow(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``GET /repos/{repo}/actions/workflows/{file}``."""
    repository = fake.github.repositories.get(match["repository"].lower())
    workflow = None if repository is None else repository.workflows.get(match["file"])
    if workflow is None:
        return not_found()
    return json_response({"id": workflow.id, "path": workflow.path, "state": workflow.state})


def dispatch_workflow(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``POST /repos/{repo}/actions/workflows/{file}/dispatches``."""
    github, repository = fake.github, fake.github.repositories.get(match["repository"].lower())
    workflow = None if repository is None else repository.workflows.get(match["file"])
    login = login_of(github, request.headers.get("authorization", ""))
    if repository is None or workflow is None or not may_write(github, repository, login):
        return not_found()
    if workflow.state != "active":
        return json_response({"message": "Cannot trigger a 'workflow_dispatch' on a disabled workflow"}, 422)
    branch = request.json().get("ref", "")
    if branch not in repository.branches:
        return json_response({"message": f"No ref found for: {branch}"}, 422)
    github.add_run(repository, "workflow_dispatch", workflow.path, repository.branches[branch], branch, conclusion=None)
    return Response(204)


ONBOARDING_ROUTES: dict[tuple[str, str, str], Route] = {
    ("api", "GET", "/user"): get_user,
    ("api", "GET", _REPOSITORY): get_repository,
    ("api", "POST", "/user/repos"): create_repository,
    ("api", "POST", "/orgs/(?P<org>[^/]+)/repos"): create_repository,
    ("api", "POST", rf"{_REPOSITORY}/pages"): create_pages,
    ("api", "PUT", rf"{_REPOSITORY}/pages"): change_pages,
    ("api", "GET", _WORKFLOW): get_workflow,
    ("api", "POST", rf"{_WORKFLOW}/dispatches"): dispatch_workflow,
}
