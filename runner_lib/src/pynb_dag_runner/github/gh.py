"""GitHub by the person's own ``gh``: it knows the token, which never comes here.

Only ``gh api`` is used, which asks the REST API and has been the same in all versions since 2.0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pynb_dag_runner.errors import GitHubError, UsageError
from pynb_dag_runner.github.programs import Outcome, hide_user_info, run_program

CONTINUE = "call this again, and it goes on where it stopped"

_NOT_LOGGED_IN = 4
_STATUS = re.compile(r"\bHTTP (\d{3})\b")
_SCOPES = re.compile(r"^x-oauth-scopes:(.*)$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Answer:
    """What GitHub said; ``status`` is 200 for all that went well, as gh does not tell which it was."""

    status: int
    body: Any
    message: str

    @property
    def is_good(self) -> bool:
        """Whether GitHub did what was asked."""
        return self.status < 400


@dataclass(frozen=True)
class Account:
    """Who gh is logged in as; ``scopes`` is None where the token is of a kind that does not tell them."""

    login: str
    scopes: frozenset[str] | None


class Gh:
    """GitHub at one host, asked by gh within a folder."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.host = (environment.get("GH_HOST") or "github.com").lower()
        self._folder = folder
        # gh would otherwise prefer the one host that it is logged in to.
        self._environment = {**environment, "GH_HOST": self.host}

    def call(self, method: str, path: str, fields: Mapping[str, str | bool] | None = None) -> Answer:
        """Ask the API; what GitHub refuses is an answer, too.

        Raises:
            GitHubError: GitHub could not be reached, or fails itself.
            UsageError: there is no gh, or it is not logged in.
        """
        outcome = self._run(api_command(method, path, fields))
        body = _json(outcome.out)
        if outcome.is_good:
            return Answer(200, body, "")
        status = self._status(outcome, f"{method} {path}")
        return Answer(status, body, f"{_message(body) or outcome.complaint.strip()}, HTTP {status}")

    def get(self, path: str) -> Any:
        """The JSON at a path; None where GitHub finds nothing (or shows nothing to this person).

        Raises:
            GitHubError: GitHub could not be reached or refuses.
            UsageError: there is no gh, or it is not logged in.
        """
        answer = self.call("GET", path)
        if answer.is_good:
            return answer.body
        if answer.status == 404:
            return None
        raise GitHubError(f"GitHub refused to tell {path}: {answer.message}")

    def account(self) -> Account:
        """Who is logged in.

        Raises:
            GitHubError: GitHub could not be reached.
            UsageError: there is no gh, or nobody is logged in.
        """
        outcome = self._run(["gh", "api", "--include", "user"])
        head, _, text = outcome.out.replace("\r\n", "\n").partition("\n\n")
        body = _json(text)
        if not outcome.is_good or not isinstance(body, dict):
            status = 200 if outcome.is_good else self._status(outcome, "GET user")
            raise GitHubError(f"GitHub does not tell who is logged in: {_message(body)} (HTTP {status})")
        scopes = _SCOPES.search(head)
        told = frozenset(scope.strip() for scope in scopes[1].split(",") if scope.strip()) if scopes else frozenset()
        return Account(str(body["login"]), told or None)

    def prefers_ssh(self) -> bool:
        """Whether the person told gh to let git use SSH."""
        return self._run(["gh", "config", "get", "git_protocol", "--host", self.host]).out.strip() == "ssh"

    def token_variable(self) -> str | None:
        """Name of the variable that holds the token, where gh takes it from there."""
        names = ("GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
        return next((name for name in names if self._environment.get(name)), None)

    def _run(self, command: Sequence[str]) -> Outcome:
        return run_program(command, self._folder, self._environment)

    def _status(self, outcome: Outcome, request: str) -> int:
        """The HTTP status, of 400 to 499, that gh tells.

        Raises:
            GitHubError: there was no answer at all, or GitHub itself failed.
            UsageError: nobody is logged in.
        """
        found = _STATUS.findall(outcome.err)
        if outcome.code == _NOT_LOGGED_IN or "401" in found:
            variable = self.token_variable()
            if variable is not None:
                raise UsageError(
                    f"GitHub does not accept the token in {variable}: renew it, or unset {variable} and run: "
                    f"{self.login_command()}"
                )
            raise UsageError(f"gh is not logged in to {self.host}: run {self.login_command()}")
        if not found:
            raise GitHubError(f"gh could not ask {self.host}:\n{outcome.complaint}\nThen {CONTINUE}")
        status = int(found[-1])
        if status >= 500:
            raise GitHubError(f"GitHub failed at {request} (HTTP {status}); {CONTINUE}")
        return status

    def login_command(self) -> str:
        """What logs in to this host."""
        return "gh auth login" if self.host == "github.com" else f"gh auth login --hostname {self.host}"


def api_command(method: str, path: str, fields: Mapping[str, str | bool] | None = None) -> list[str]:
    """The command that asks the API."""
    command = ["gh", "api", path] if method == "GET" else ["gh", "api", "--method", method, path]
    for name, value in (fields or {}).items():
        typed = isinstance(value, bool)
        command += ["-F", f"{name}={str(value).lower()}"] if typed else ["-f", f"{name}={value}"]
    return command


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _message(body: Any) -> str:
    """GitHub's words, with those about single fields."""
    if not isinstance(body, dict):
        return ""
    errors = body.get("errors")
    more = [
        str(error.get("message") or error.get("code") or "") if isinstance(error, dict) else str(error)
        for error in (errors if isinstance(errors, list) else [])
    ]
    return hide_user_info(": ".join([str(body.get("message", "")).rstrip("."), *filter(None, more)]))
