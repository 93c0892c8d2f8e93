"""The repository whose run logs are collected, and whether GitHub Pages shows its site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pynb_dag_runner.errors import GitHubError
from pynb_dag_runner.github.addresses import tracker_url
from pynb_dag_runner.github.answers import flag, number, optional_text, text
from pynb_dag_runner.github.api import Api
from pynb_dag_runner.github.problems import AnswerError, StatusError
from pynb_dag_runner.github.urls import origin


@dataclass(frozen=True)
class Repository:
    """What GitHub says of a repository; ``name`` is ``OWNER/NAME`` as GitHub spells it."""

    name: str
    id: int
    default_branch: str
    url: str
    has_pages: bool

    @property
    def api_path(self) -> str:
        """Where the API tells of it."""
        return f"/repos/{self.name}"

    @property
    def owner(self) -> str:
        """Who owns it."""
        return self.name.partition("/")[0]


@dataclass(frozen=True)
class PagesSite:
    """GitHub Pages of a repository: ``url`` ends in a slash, and is None where it is not known."""

    is_on: bool
    url: str | None


def read_repository(api: Api, name: str) -> Repository:
    """Ask for a repository.

    Raises:
        GitHubError: it is not there, the token is refused, or GitHub cannot be reached.
    """
    try:
        said = api.get(f"/repos/{name}")
    except StatusError as error:
        if error.status == 404:
            hint = (
                "its name is wrong, or the token may not see it"
                if api.has_token
                else "without a token (GITHUB_TOKEN, or gh auth login) only public ones are"
            )
            raise GitHubError(f"{api.host} shows no repository {name}: {hint}") from error
        raise
    found = Repository(
        text(said, "full_name"),
        number(said, "id"),
        text(said, "default_branch"),
        text(said, "html_url"),
        flag(said, "has_pages") if "has_pages" in said else False,
    )
    if found.name.count("/") != 1 or not set(found.name) <= _NAME_CHARACTERS:
        raise AnswerError(f"{api.host} calls the repository {name} by a name that is none")
    return found


def read_pages(api: Api, repository: Repository, environment: Mapping[str, str]) -> PagesSite:
    """Ask whether Pages is on, and where its site is.

    Raises:
        GitHubError: GitHub cannot be reached.
    """
    derived = tracker_url({"GITHUB_REPOSITORY": repository.name, **_named(environment)})
    try:
        said = api.get(f"{repository.api_path}/pages")
    except StatusError as error:
        if error.status not in (401, 403, 404):
            raise
        # Who may not see the settings gets the same answer as where there is no site, but the repository tells.
        return PagesSite(repository.has_pages, derived)
    address = optional_text(said, "html_url")
    if address is None:
        return PagesSite(True, derived)
    origin(address)
    return PagesSite(True, f"{address.rstrip('/')}/")


_NAME_CHARACTERS = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/")


def _named(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: environment[name] for name in ("PDR_TRACKER_URL", "GITHUB_SERVER_URL") if name in environment}
