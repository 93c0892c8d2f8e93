"""What ``actions/deploy-pages`` asks of the API: to deploy an artifact of the run that it is part of."""

from __future__ import annotations

import io
import json
import re
import tarfile
import zipfile
from base64 import urlsafe_b64decode
from typing import Any

from fake_github.model import Deployment
from fake_github.server import FakeGitHub, Request, Response, Route, json_response, not_found

_ENVIRONMENT = "github-pages"


def create_pages_deployment(fake: FakeGitHub, request: Request, match: re.Match[str]) -> Response:
    """``POST /repos/{repo}/pages/deployments``: the site is there at once, and all of the one before is gone."""
    repository = fake.github.repositories.get(match["repository"].lower())
    if repository is None or repository.pages is None or repository.pages.build_type != "workflow":
        return not_found()
    asked = request.json()
    claims = _claims(asked.get("oidc_token", ""))
    artifact = repository.artifacts.get(int(asked.get("artifact_id", 0)))
    if claims.get("repository") != repository.full_name:
        return json_response({"message": "Invalid OIDC token"}, 400)
    if claims.get("environment") != _ENVIRONMENT:
        return json_response({"message": "Missing environment. Ensure your workflow's job has an environment."}, 400)
    if artifact is None or fake.github.is_expired(artifact) or str(artifact.run_id) != claims.get("run_id"):
        return json_response({"message": "Artifact could not be deployed. It must be one of this run."}, 400)
    try:
        site = _unpack(artifact.content)
    except (KeyError, ValueError, tarfile.TarError, zipfile.BadZipFile) as error:
        return json_response({"message": f"Artifact could not be deployed: {error}"}, 400)
    repository.pages.site = site
    deployment = Deployment(
        fake.github.new_id(), _ENVIRONMENT, fake.github.now, claims["ref"].removeprefix("refs/heads/"), claims["sha"]
    )
    repository.deployments.append(deployment)
    return json_response({"id": deployment.id, "page_url": fake.site_url(repository.name), "status_url": ""}, 201)


def _claims(token: str) -> dict[str, Any]:
    """What an identity token of the emulation says. It carries no signature."""
    try:
        return dict(json.loads(urlsafe_b64decode(token)))
    except ValueError:
        return {}


def _unpack(content: bytes) -> dict[str, bytes]:
    """The files of a Pages artifact.

    Raises:
        ValueError: it holds anything but files and folders.
    """
    site = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        packed = io.BytesIO(archive.read("artifact.tar"))
    with tarfile.open(fileobj=packed, mode="r:") as tar:
        for member in tar:
            if member.isdir():
                continue
            stream = tar.extractfile(member) if member.isfile() else None
            if stream is None:
                raise ValueError(f"{member.name} is neither a file nor a folder")
            site[member.name.removeprefix("./")] = stream.read()
    return site


DEPLOYMENT_ROUTES: dict[tuple[str, str, str], Route] = {
    ("api", "POST", r"/repos/(?P<repository>[^/]+/[^/]+)/pages/deployments"): create_pages_deployment,
}
