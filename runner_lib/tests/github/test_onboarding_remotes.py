"""Names and addresses of repositories, and facts of a project."""

from __future__ import annotations

from pathlib import Path

import pytest

from pynb_dag_runner.errors import UsageError
from pynb_dag_runner.github.programs import Outcome, hide_user_info, shown
from pynb_dag_runner.github.remotes import FullName, parse_full_name, parse_remote, project_facts


@pytest.mark.parametrize(
    ("url", "host", "name"),
    [
        ("https://github.com/ann/digits.git", "github.com", "ann/digits"),
        ("https://github.com/ann/digits", "github.com", "ann/digits"),
        ("https://GitHub.com/Ann/Digits/", "github.com", "Ann/Digits"),
        ("https://ann:token@github.com/ann/digits.git", "github.com", "ann/digits"),
        ("git@github.com:ann/digits.git", "github.com", "ann/digits"),
        ("github.com:ann/my.digits_2", "github.com", "ann/my.digits_2"),
        ("ssh://git@github.com/ann/digits.git", "github.com", "ann/digits"),
        ("ssh://git@ssh.github.com:443/ann/digits.git", "github.com", "ann/digits"),
        ("https://git.example.org/ann/digits", "git.example.org", "ann/digits"),
    ],
)
def test_addresses_of_git(url: str, host: str, name: str) -> None:
    found = parse_remote(url)
    assert found is not None
    assert (found[0], str(found[1])) == (host, name)


@pytest.mark.parametrize(
    "url",
    [
        "/srv/git/digits.git",
        "../digits",
        "file:///srv/git/ann/digits.git",
        "https://github.com/ann",
        "https:///ann/digits",
        "https://github.com/a/b/c",
        "git@github.com:ann/dig its.git",
        "ext::sh -c whoami",
        "",
        "https://[::1/ann/digits",
    ],
)
def test_addresses_of_nothing_on_github(url: str) -> None:
    assert parse_remote(url) is None


@pytest.mark.parametrize(
    "text", ["ann", "ann/", "/digits", "ann/..", "-ann/digits", "ann/digits.git", "ann/di gits", "a/b/c"]
)
def test_names_that_github_does_not_take(text: str) -> None:
    assert parse_full_name(text) is None


def test_names_are_the_same_in_capitals() -> None:
    assert FullName("ann", "digits").is_same(FullName("Ann", "Digits"))
    assert not FullName("ann", "digits").is_same(FullName("ann", "digits-2"))
    assert parse_full_name("ann_corp/digits") == FullName("ann_corp", "digits")


def test_a_project_says_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    assert project_facts(folder) == ("folder", "")
    project = folder / "pyproject.toml"
    project.write_text('[build-system]\nname = "no"\n[project]\nname = "digits"\ndescription = "Read by notebooks"\n')
    assert project_facts(folder) == ("digits", "Read by notebooks")
    project.write_text('[project]\ndescription = "It says \\"no\\""\n\n[tool.black]\nname = "no"\n')
    assert project_facts(folder) == ("folder", "")
    project.write_text('[project]\nname = "two words"\n')
    with pytest.raises(UsageError, match="--repository OWNER/NAME"):
        project_facts(folder)


def test_what_is_shown_holds_no_password() -> None:
    secret = "https://ann:hunter2@github.com/ann/digits.git"
    assert hide_user_info(f"fatal: {secret} not found") == "fatal: https://***@github.com/ann/digits.git not found"
    assert "hunter2" not in shown(["git", "push", secret])
    assert "hunter2" not in Outcome(1, "", f"cannot reach {secret}").complaint
    assert hide_user_info("git@github.com:ann/digits.git") == "git@github.com:ann/digits.git"
    assert shown(["git", "commit", "-m", "two words"]) == "git commit -m 'two words'"
