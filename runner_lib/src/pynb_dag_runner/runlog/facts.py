"""Facts about a run that nobody types in: code revision, GitHub's run and pull request, Python and packages.

Names are OpenTelemetry's VCS and CI/CD conventions; GitHub's variables are described in
https://docs.github.com/actions/reference/variables-reference.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
import re
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pynb_dag_runner.conventions import ResourceAttribute as Name

_GIT_TIMEOUT_S = 5
_METADATA_LINE = re.compile(r"^(Name|Version):[ \t]*(\S+)[ \t\r]*$", re.MULTILINE)
# Who logs in, with which password, and the port of an SSH server are left out.
_REMOTES = [
    re.compile(rf"{start}(?P<path>.+?)(?:\.git)?/?")
    for start in (
        r"https?://(?:[^/]*@)?(?P<host>[^/@]+)/+",
        r"(?:ssh|git)://(?:[^/]*@)?(?P<host>[^/:@]+)(?::\d+)?/+",
        r"[^/@:]+@(?P<host>[^/:@]+):/*",
    )
]
_PROVIDERS = {"github": "github", "gitlab": "gitlab", "bitbucket": "bitbucket", "gitea": "gitea"}


def code_facts(project_dir: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """``vcs.*``, ``cicd.*`` and ``pdr.github.*`` attributes of the code that is run; empty outside git and GitHub."""
    facts = _known(_git_facts(project_dir))
    if environment.get("GITHUB_ACTIONS") == "true":
        facts |= _known(_github_facts(environment))
    return facts


def machine_facts() -> dict[str, str]:
    """Python's version and the platform, as one line each."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": platform.platform(),
    }


def host_name() -> str:
    """The name of this machine."""
    return socket.gethostname()


def package_versions() -> dict[str, str]:
    """Version of every installed distribution, by lower-case name."""
    versions: dict[str, str] = {}
    for distribution in importlib.metadata.distributions():
        # Parsing all of the metadata as a mail, as `distribution.metadata` does, takes a fifth of a second for all.
        text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
        head = dict(_METADATA_LINE.findall(text.partition("\n\n")[0]))
        # The remains of a broken installation have neither; of two copies the first is the one that is imported.
        if "Name" in head and "Version" in head:
            versions.setdefault(head["Name"].lower(), head["Version"])
    return dict(sorted(versions.items()))


def _known(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value not in (None, "")}


def _git_facts(project_dir: Path) -> dict[str, Any]:
    revision = _git(project_dir, "rev-parse", "HEAD")
    if revision is None:
        return {}
    branch = _git(project_dir, "symbolic-ref", "--short", "-q", "HEAD")
    tag = None if branch else _git(project_dir, "describe", "--tags", "--exact-match")
    return {
        Name.HEAD_REVISION: revision,
        Name.HEAD_NAME: branch or tag,
        Name.HEAD_TYPE: "branch" if branch else "tag" if tag else None,
        Name.DIRTY: bool(_git(project_dir, "status", "--porcelain")),
        **_repository_facts(_git(project_dir, "remote", "get-url", "origin")),
    }


def _git(project_dir: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", "-C", str(project_dir), *arguments],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_GIT_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _repository_facts(remote: str | None) -> dict[str, Any]:
    match = next((match for pattern in _REMOTES if (match := pattern.fullmatch(remote or ""))), None)
    if match is None:
        return {}
    owner, _, name = match["path"].rpartition("/")
    provider = next((known for part, known in _PROVIDERS.items() if part in match["host"]), None)
    return {
        Name.REPOSITORY_URL: f"https://{match['host']}/{match['path']}",
        Name.REPOSITORY_NAME: name,
        Name.OWNER_NAME: owner,
        Name.PROVIDER_NAME: provider,
    }


def _github_facts(environment: Mapping[str, str]) -> dict[str, Any]:
    server = environment.get("GITHUB_SERVER_URL", "https://github.com")
    repository_url = f"{server}/{environment.get('GITHUB_REPOSITORY')}" if "GITHUB_REPOSITORY" in environment else None
    run_id = environment.get("GITHUB_RUN_ID")
    facts: dict[str, Any] = {
        Name.REPOSITORY_URL: repository_url,
        Name.REPOSITORY_NAME: environment.get("GITHUB_REPOSITORY", "").rpartition("/")[2],
        Name.OWNER_NAME: environment.get("GITHUB_REPOSITORY_OWNER"),
        Name.PROVIDER_NAME: "github",
        Name.HEAD_REVISION: environment.get("GITHUB_SHA"),
        Name.HEAD_NAME: environment.get("GITHUB_REF_NAME"),
        Name.HEAD_TYPE: environment.get("GITHUB_REF_TYPE"),
        Name.GITHUB_EVENT: environment.get("GITHUB_EVENT_NAME"),
        Name.GITHUB_RUN_ID: run_id,
        Name.GITHUB_RUN_ATTEMPT: environment.get("GITHUB_RUN_ATTEMPT"),
        Name.GITHUB_WORKFLOW: environment.get("GITHUB_WORKFLOW"),
        Name.GITHUB_ACTOR: environment.get("GITHUB_ACTOR"),
    }
    if repository_url and run_id:
        attempt = environment.get("GITHUB_RUN_ATTEMPT", "1")
        facts[Name.RUN_URL] = f"{repository_url}/actions/runs/{run_id}/attempts/{attempt}"
    if environment.get("GITHUB_EVENT_NAME", "").startswith("pull_request"):
        facts |= _pull_request_facts(environment)
    return facts


def _pull_request_facts(environment: Mapping[str, str]) -> dict[str, Any]:
    """For a pull request GITHUB_SHA is a merge commit that nobody knows; the event names the commit that was pushed."""
    facts: dict[str, Any] = {
        Name.HEAD_NAME: environment.get("GITHUB_HEAD_REF"),
        Name.HEAD_TYPE: "branch",
        Name.BASE_NAME: environment.get("GITHUB_BASE_REF"),
        Name.BASE_TYPE: "branch",
    }
    number = re.fullmatch(r"refs/pull/(\d+)/\w+", environment.get("GITHUB_REF", ""))
    if number is not None:
        facts[Name.CHANGE_ID] = number[1]
    try:
        event = json.loads(Path(environment.get("GITHUB_EVENT_PATH", "")).read_text(encoding="utf-8"))
        pull_request = event["pull_request"]
        facts[Name.CHANGE_ID] = str(pull_request["number"])
        facts[Name.CHANGE_TITLE] = str(pull_request["title"])
        facts[Name.HEAD_REVISION] = str(pull_request["head"]["sha"])
        facts[Name.BASE_REVISION] = str(pull_request["base"]["sha"])
    except (OSError, ValueError, KeyError, TypeError):
        # The event file is a courtesy of the runner; what the variables say is enough.
        return facts
    return facts
