"""What stands for actions/upload-artifact, upload-pages-artifact and deploy-pages."""

from __future__ import annotations

import io
import json
import re
import subprocess
import urllib.error
import urllib.request
import zipfile
from base64 import urlsafe_b64encode
from pathlib import Path

from actions_emulation.actions import Action, ActionCall, checkout, setup_uv
from actions_emulation.errors import EmulationError, StepError

_FORBIDDEN = re.compile(r'["\\/:<>|*?\r\n]')
_MOST_ARTIFACTS = 500


def upload_artifact(call: ActionCall) -> None:
    """Files as an artifact of the run, zipped, or one file as it is."""
    call.choice("include-hidden-files", "false", ("false",))
    call.choice("overwrite", "false", ("false",))
    wanted = call.choice("if-no-files-found", "warn", ("warn", "error", "ignore"))
    is_archive = call.choice("archive", "true", ("true", "false")) == "true"
    root, files = find_files(call.machine.workspace, call.inputs.get("path", ""))
    if not files:
        message = (
            f"No files were found with the provided path: {call.inputs.get('path')}. No artifacts will be uploaded."
        )
        if wanted == "error":
            raise StepError(message)
        if wanted == "warn":
            call.log.annotate("warning", message)
        return
    if is_archive:
        _add(call, call.inputs.get("name") or "artifact", _zipped(root, files))
        return
    if len(files) > 1:
        raise StepError(f"archive: false takes one file, and there are {len(files)}")
    _add(call, files[0].name, files[0].read_bytes())


def find_files(workspace: Path, paths: str) -> tuple[Path, list[Path]]:
    """The files that a ``path`` input means, without hidden ones, and the folder that their names start from.

    Folders stand for all that is in them. With several lines, names start from the folder that is common to all of them.
    """
    found: dict[Path, None] = {}
    roots: list[Path] = []
    for line in filter(None, (line.strip() for line in paths.splitlines())):
        if line.startswith(("!", "~")) or re.search(r"[\[\]?]", line):
            raise EmulationError(f"the emulation does not know the path {line}")
        parts = (workspace / line).parts
        fixed = next((count for count, part in enumerate(parts) if "*" in part), len(parts))
        root = Path(*parts[:fixed])
        matches = sorted(root.glob("/".join(parts[fixed:]))) if fixed < len(parts) else [root]
        roots.append(root if root.is_dir() else root.parent)
        for match in matches:
            for file in sorted(match.rglob("*")) if match.is_dir() else [match]:
                if file.is_file() and not any(part.startswith(".") for part in file.relative_to(root.parent).parts):
                    found[file] = None
    if not roots:
        raise StepError("Input required and not supplied: path")
    common = roots[0]
    while not all(root.is_relative_to(common) for root in roots):
        common = common.parent
    return common, list(found)


def _zipped(root: Path, files: list[Path]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for file in files:
            archive.writestr(file.relative_to(root).as_posix(), file.read_bytes())
    return packed.getvalue()


def _add(call: ActionCall, name: str, content: bytes) -> None:
    if _FORBIDDEN.search(name):
        raise StepError(f"The artifact name is not valid: {name}")
    days = int(call.inputs.get("retention-days") or 0) or 90
    if not 1 <= days <= 90:
        raise StepError(f"Invalid retention days: {days}")
    with call.fake.lock:
        of_run = [one for one in call.repository.artifacts.values() if one.run_id == call.run.id]
        if len(of_run) >= _MOST_ARTIFACTS:
            raise StepError("Failed to CreateArtifact: too many artifacts")
        try:
            artifact = call.fake.github.add_artifact(
                call.repository, call.run, name, content, days, created=call.fake.github.now
            )
        except ValueError as error:
            raise StepError(f"Failed to CreateArtifact: Received non-retryable error: ({error}) Conflict") from error
    call.outputs |= {
        "artifact-id": str(artifact.id),
        "artifact-digest": (artifact.digest or "").partition(":")[2],
        "artifact-url": f"https://github.com/{call.repository.full_name}/actions/runs/{call.run.id}/artifacts/{artifact.id}",
    }


def upload_pages_artifact(call: ActionCall) -> None:
    """The site as a tar in a zip: hidden files stay out, links are refused, as Pages would do."""
    call.choice("include-hidden-files", "false", ("false",))
    site = call.machine.workspace / (call.inputs.get("path") or "_site/")
    links = [path for path in site.rglob("*") if path.is_symlink()] if site.is_dir() else []
    if links:
        raise StepError(f"Pages takes no links: {links[0]}")
    packed = call.machine.temp / "artifact.tar"
    # As it stands in the action.
    options = ("--dereference", "--hard-dereference", "--directory", str(site), "-cvf", str(packed))
    excluded = ("--exclude=.git", "--exclude=.github", "--exclude=.[^/]*")
    result = subprocess.run(["tar", *options, *excluded, "."], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise StepError(f"tar: {result.stderr}")
    call.inputs.setdefault("retention-days", "1")
    _add(call, call.inputs.get("name") or "github-pages", _zipped(call.machine.temp, [packed]))
    call.outputs["artifact_id"] = call.outputs["artifact-id"]


def deploy_pages(call: ActionCall) -> None:
    """Deploys this run's artifact by the API, with the job's token and an identity token."""
    if not call.may("id-token", "write"):
        raise StepError('Ensure GITHUB_TOKEN has permission "id-token: write".')
    name = call.inputs.get("artifact_name") or "github-pages"
    with call.fake.lock:
        found = [
            one
            for one in call.repository.artifacts.values()
            if one.run_id == call.run.id and one.name == name and not call.fake.github.is_expired(one)
        ]
    if len(found) != 1:
        raise StepError(f'{len(found)} artifacts named "{name}" were found for this workflow run, and it takes one.')
    claims = {"repository": call.repository.full_name, "run_id": str(call.run.id), "ref": call.event.ref}
    claims |= {"sha": call.event.sha, "environment": call.environment}
    identity = urlsafe_b64encode(json.dumps(claims).encode()).decode()
    request = urllib.request.Request(
        f"{call.fake.api_url}/repos/{call.repository.full_name}/pages/deployments",
        data=json.dumps({"artifact_id": found[0].id, "oidc_token": identity}).encode(),
        headers={"authorization": f"Bearer {call.token}"},
    )
    try:
        with urllib.request.urlopen(request) as response:
            call.outputs["page_url"] = json.load(response)["page_url"]
    except urllib.error.HTTPError as error:
        said = json.loads(error.read())["message"]
        raise StepError(f"Failed to create deployment (status: {error.code}): {said}") from error


ACTIONS = {
    "actions/checkout": Action(
        "3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1", ("persist-credentials", "fetch-depth"), checkout
    ),
    "astral-sh/setup-uv": Action(
        "20cfd1bf945f4377ade1205e4dbc17946fc9a30d", "v10.0.1", ("enable-cache", "cache-dependency-glob"), setup_uv
    ),
    "actions/upload-artifact": Action(
        "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f",
        "v7.0.0",
        ("name", "path", "if-no-files-found", "retention-days", "archive", "include-hidden-files", "overwrite"),
        upload_artifact,
    ),
    "actions/upload-pages-artifact": Action(
        "fc324d3547104276b827a68afc52ff2a11cc49c9",
        "v5.0.0",
        ("name", "path", "retention-days", "include-hidden-files"),
        upload_pages_artifact,
    ),
    "actions/deploy-pages": Action(
        "cd2ce8fcbc39b97be8ca5fce6e763baed58fa128", "v5.0.0", ("artifact_name",), deploy_pages
    ),
}
