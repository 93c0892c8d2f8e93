"""What is made of the answers of ``gh``, also of versions that are not installed here: a program of that name says what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from pynb_dag_runner.errors import GitHubError, UsageError
from pynb_dag_runner.github.gh import Account, Gh, api_command

USER = """\
HTTP/2.0 200 OK
Content-Type: application/json; charset=utf-8
X-Oauth-Scopes: gist, repo,workflow

{"login": "ann"}"""


def gh(folder: Path, out: str = "", err: str = "", code: int = 0, **environment: str) -> Gh:
    """A ``gh`` that always says the same."""
    (folder / "out").write_text(out)
    (folder / "err").write_text(err)
    program = folder / "gh"
    program.write_text(f'#!/bin/sh\nprintf "%s %s\\n" "$GH_HOST" "$*" >> calls\ncat out\ncat err >&2\nexit {code}\n')
    program.chmod(0o755)
    return Gh(folder, {"PATH": f"{folder}:/usr/bin:/bin", **environment})


@pytest.mark.parametrize(
    ("out", "account"),
    [
        (USER, Account("ann", frozenset({"gist", "repo", "workflow"}))),
        (USER.replace("\n", "\r\n"), Account("ann", frozenset({"gist", "repo", "workflow"}))),
        (USER.replace("gist, repo,workflow", ""), Account("ann", None)),
        (USER.replace("X-Oauth-Scopes: gist, repo,workflow\n", ""), Account("ann", None)),
    ],
)
def test_account(tmp_path: Path, out: str, account: Account) -> None:
    assert gh(tmp_path, out).account() == account
    assert (tmp_path / "calls").read_text() == "github.com api --include user\n"


def test_another_host(tmp_path: Path) -> None:
    one = gh(tmp_path, "{}", GH_HOST="git.example.org")
    assert one.get("repos/ann/digits") == {}
    assert (tmp_path / "calls").read_text() == "git.example.org api repos/ann/digits\n"
    assert one.login_command() == "gh auth login --hostname git.example.org"


def test_nobody_is_logged_in(tmp_path: Path) -> None:
    said = "To get started with GitHub CLI, please run:  gh auth login\n"
    with pytest.raises(UsageError, match=r"gh is not logged in to github\.com: run gh auth login"):
        gh(tmp_path, "", said, code=4).account()


def test_what_github_does_not_show_is_none(tmp_path: Path) -> None:
    one = gh(tmp_path, '{"message":"Not Found","status":"404"}', "gh: Not Found (HTTP 404)\n", code=1)
    assert one.get("repos/ann/digits") is None
    answer = one.call("POST", "repos/ann/digits/pages", {"build_type": "workflow"})
    assert (answer.is_good, answer.status, answer.message) == (False, 404, "Not Found, HTTP 404")


def test_words_about_single_fields(tmp_path: Path) -> None:
    out = '{"message":"Repository creation failed.","errors":[{"message":"name already exists"},{"code":"custom"},"x"]}'
    answer = gh(tmp_path, out, "gh: Repository creation failed. (HTTP 422)\nname already exists\n", code=1).call(
        "POST", "x"
    )
    assert answer.message == "Repository creation failed: name already exists: custom: x, HTTP 422"


@pytest.mark.parametrize(
    ("out", "err", "message"),
    [
        ("<html>", "gh: HTTP 502\n", r"GitHub failed at POST x \(HTTP 502\); call this again"),
        ("", "error connecting to api.github.com\n", "gh could not ask github.com:\n    error connecting"),
        ("", "", "exit code 1"),
    ],
)
def test_github_fails(tmp_path: Path, out: str, err: str, message: str) -> None:
    with pytest.raises(GitHubError, match=message):
        gh(tmp_path, out, err, code=1).call("POST", "x")


def test_refused_reading_is_an_error(tmp_path: Path) -> None:
    out = '{"message":"API rate limit exceeded for user ID 1."}'
    with pytest.raises(GitHubError, match="refused to tell x: API rate limit exceeded for user ID 1, HTTP 403"):
        gh(tmp_path, out, "gh: API rate limit exceeded for user ID 1. (HTTP 403)\n", code=1).get("x")


def test_traces_and_colours_are_off(tmp_path: Path) -> None:
    program = tmp_path / "gh"
    program.write_text(
        '#!/bin/sh\nprintf \'{"debug":"%s","tty":"%s","no_color":"%s"}\' "$GH_DEBUG" "$GH_FORCE_TTY" "$NO_COLOR"\n'
    )
    program.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "GH_DEBUG": "api", "GH_FORCE_TTY": "100"}
    assert Gh(tmp_path, environment).get("x") == {"debug": "", "tty": "", "no_color": "1"}


def test_commands_are_as_one_types_them() -> None:
    assert api_command("GET", "user") == ["gh", "api", "user"]
    fields: dict[str, str | bool] = {"name": "digits", "private": True}
    assert api_command("POST", "user/repos", fields) == (
        ["gh", "api", "--method", "POST", "user/repos", "-f", "name=digits", "-F", "private=true"]
    )
