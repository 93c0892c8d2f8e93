"""Artifacts, and the storage that their downloads lead to."""

from __future__ import annotations

import re
from typing import Any

from fake_github.answers import REPOSITORY_PATH, page, repository_of, time_text
from fake_github.model import Artifact, Repository
from fake_github.server import FakeGitHub, Request, Response, Route, json_response, not_found


def list_artifacts(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``GET /repos/{repo}/actions/artifacts``: newest first."""
    repository = repository_of(fake, match)
    if repository is None:
        return not_found()
    found = [
        artifact
        for artifact in repository.artifacts.values()
        if request.query.get("name", artifact.name) == artifact.name
    ]
    found.sort(key=lambda artifact: artifact.id, reverse=True)
    return page(fake, request, "artifacts", [_artifact(fake, repository, artifact) for artifact in found])


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
        "created_at": time_text(artifact.created),
        "updated_at": time_text(artifact.created),
        "expires_at": time_text(artifact.expires),
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
    repository = repository_of(fake, match)
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
    repository = repository_of(fake, match)
    artifact = None if repository is None else repository.artifacts.get(int(match["id"]))
    if repository is None or artifact is None:
        return not_found()
    return json_response(_artifact(fake, repository, artifact))


ARTIFACT_ROUTES: dict[tuple[str, str, str], Route] = {
    ("api", "GET", rf"{REPOSITORY_PATH}/actions/artifacts"): list_artifacts,
    ("api", "GET", rf"{REPOSITORY_PATH}/actions/artifacts/(?P<id>\d+)"): get_artifact,
    ("api", "GET", rf"{REPOSITORY_PATH}/actions/artifacts/(?P<id>\d+)/zip"): download_artifact,
    ("blob", "GET", r"/artifacts/(?P<id>\d+)"): blob,
}
