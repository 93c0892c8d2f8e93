"""How this machine reaches GitHub: which API, which token, which repository, all found where people have them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pynb_dag_runner.conventions import ResourceAttribute
from pynb_dag_runner.errors import UsageError
from pynb_dag_runner.github.api import PUBLIC_API, Api
from pynb_dag_runner.github.problems import AnswerError
from pynb_dag_runner.github.urls import origin
from pynb_dag_runner.github.web import Web
from pynb_dag_runner.runlog.facts import code_facts

_REPOSITORY = re.compile(r"[A-Za-z0-9_-]+/(?!\.{1,2}$)[A-Za-z0-9._-]+")
_TOKEN = re.compile(r"[\x21-\x7e]{1,10000}")
_TOKEN_VARIABLES = ("GITHUB_TOKEN", "GH_TOKEN")
_GH_TIMEOUT_S = 20
_LOOPBACK = re.compile(r"localhost|.+\.localhost|127(?:\.\d+){3}|::1")


def connect(environment: Mapping[str, str], web: Web | None = None) -> Api:
    """The API that ``GITHUB_API_URL`` names, with the token that is at hand.

    Raises:
        UsageError: the address or the token cannot be, or the address would show the token to everybody on the way.
    """
    base_url = environment.get("GITHUB_API_URL", "").strip() or PUBLIC_API
    try:
        scheme, host, _ = origin(base_url)
    except AnswerError as error:
        raise UsageError(f"GITHUB_API_URL={base_url}: this is no address with http or https") from error
    if "@" in urlsplit(base_url).netloc or urlsplit(base_url).query:
        raise UsageError("GITHUB_API_URL: an address without user, password and query is needed")
    token = _token(environment, host)
    if token is not None and scheme == "http" and _LOOPBACK.fullmatch(host) is None:
        raise UsageError(f"GITHUB_API_URL={base_url}: over http anybody on the way could read the token; use https")
    return Api(base_url, token, web or Web(environment=environment))


def find_repository(named: str | None, environment: Mapping[str, str], folder: Path) -> str:
    """The repository that is meant: the one that is named, else the one of this job, else where ``folder`` was cloned from.

    Raises:
        UsageError: none is known, or the name is none.
    """
    name = named or environment.get("GITHUB_REPOSITORY", "").strip() or _cloned_from(folder, environment)
    if _REPOSITORY.fullmatch(name) is None:
        raise UsageError(f"{name!r} is no repository: OWNER/NAME is needed")
    return name


def _cloned_from(folder: Path, environment: Mapping[str, str]) -> str:
    facts = code_facts(folder, {})
    owner, name = facts.get(ResourceAttribute.OWNER_NAME), facts.get(ResourceAttribute.REPOSITORY_NAME)
    if not owner or not name:
        raise UsageError(
            "no repository is known: say --repository OWNER/NAME (make collect ARGS='--repository OWNER/NAME'), or call this "
            "in a clone of one from GitHub"
        )
    host = urlsplit(facts.get(ResourceAttribute.REPOSITORY_URL, "")).hostname or ""
    server = urlsplit(environment.get("GITHUB_SERVER_URL", "")).hostname
    if host not in {"github.com", "ssh.github.com", server}:
        raise UsageError(f"this is a clone from {host}, which is not GitHub: say --repository OWNER/NAME")
    return f"{owner}/{name}"


def _token(environment: Mapping[str, str], api_host: str) -> str | None:
    token = next((value for name in _TOKEN_VARIABLES if (value := environment.get(name, "").strip())), None)
    if token is None and environment.get("GITHUB_ACTIONS") != "true":
        token = _token_of_gh(api_host)
    if token is not None and _TOKEN.fullmatch(token) is None:
        raise UsageError("GITHUB_TOKEN or GH_TOKEN holds something that cannot be a token")
    return token


def _token_of_gh(api_host: str) -> str | None:
    """What the person's own ``gh`` is logged in with, None where it is missing or logged out."""
    host = "github.com" if api_host == "api.github.com" else api_host.removeprefix("api.")
    try:
        done = subprocess.run(
            ["gh", "auth", "token", "--hostname", host],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_GH_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "GH_PROMPT_DISABLED": "1"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
