"""Who publishes a project, and whether the person agrees, with real ``gh`` and ``git``."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from publishing import TOKEN, Person, person

pytestmark = pytest.mark.system

REPOSITORY = "ann/digits"


@pytest.fixture
def ann(tmp_path: Path) -> Iterator[Person]:
    with person(tmp_path) as one:
        yield one


def test_without_gh(ann: Person, tmp_path: Path) -> None:
    (tmp_path / "programs").mkdir()
    (tmp_path / "programs" / "git").symlink_to(shutil.which("git") or "")
    said = ann.refused(environment={"PATH": str(tmp_path / "programs")})
    assert "there is no gh here" in said
    assert "gh auth login" in said


def test_not_logged_in(tmp_path: Path) -> None:
    with person(tmp_path, token=None) as one:
        assert "gh is not logged in to github.localhost: run gh auth login" in one.refused()


def test_a_token_that_is_not_valid(ann: Person) -> None:
    said = ann.refused(environment={"GH_TOKEN": "gho_of_yesterday"})
    assert "GitHub does not accept the token in GH_TOKEN" in said
    assert "gho_of_yesterday" not in said


def test_logged_in_by_gh_itself(tmp_path: Path) -> None:
    with person(tmp_path, token=None) as one:
        hosts = tmp_path / "home" / ".config" / "gh" / "hosts.yml"
        hosts.parent.mkdir(parents=True)
        hosts.write_text(f"github.localhost:\n    user: ann\n    oauth_token: {TOKEN}\n    git_protocol: https\n")
        assert one.publish().code == 0
        assert one.github.repositories[REPOSITORY].branches == {"main": one.git("rev-parse", "main")}
        one.github.scopes[TOKEN] = "gist, repo"
        assert "gh auth refresh --hostname github.localhost --scopes workflow" in one.refused()


def test_a_token_that_may_not_push_workflows(ann: Person) -> None:
    ann.github.scopes[TOKEN] = "gist, read:org, repo"
    assert "push workflows (scope workflow); add it to the token in GH_TOKEN" in ann.refused()
    del ann.github.scopes[TOKEN]  # fine-grained tokens tell no scopes
    assert ann.publish().code == 0


def test_without_network(ann: Person) -> None:
    ended = ann.publish(environment={"HTTP_PROXY": "http://127.0.0.1:9"})
    assert ended.code == 1
    assert "gh could not ask github.localhost" in ended.err
    assert "connection refused" in ended.err


def test_an_organization(ann: Person) -> None:
    ann.github.organizations["team"] = {"ann"}
    assert ann.publish("--repository", "team/digits").code == 0
    assert ann.creations()[0] == "api POST /orgs/team/repos"
    assert list(ann.github.repositories) == ["team/digits"]


@pytest.mark.parametrize("owner", ["team", "nobody"])
def test_an_organization_where_one_may_not(ann: Person, owner: str) -> None:
    ann.github.organizations["team"] = set()
    ended = ann.publish("--repository", f"{owner}/digits")
    assert ended.code == 1
    assert f"There is no organization {owner}, or ann may not make repositories there." in ended.err


def test_git_does_not_know_the_person(ann: Person, tmp_path: Path) -> None:
    (tmp_path / "home" / ".gitconfig").unlink()
    assert 'git config --global user.email "you@example.org"' in ann.refused()
    assert not (ann.folder / ".git").exists()


def test_the_question(ann: Person) -> None:
    for answer in ("", "n", "what?"):
        ended = ann.answer(answer)
        assert ended.code == 0
        assert ended.out.endswith("Nothing was done.\n")
    ended = ann.answer(signal.SIGINT)
    assert ended.code == 130
    assert ended.out.endswith("Nothing was done.\ncancelled\n")
    ended = ann.call()
    assert ended.code == 2
    assert "7. the tracker, published" in ended.out
    assert (
        "there is no terminal to ask at, and nothing was done; after a look at the steps: pdr github --yes" in ended.err
    )
    ended = ann.call("--dry-run")
    assert ended.code == 0
    assert ended.out.endswith("Nothing was done (--dry-run).\n")
    assert ann.creations() == []
    assert not (ann.folder / ".git").exists()
    ended = ann.answer("y")
    assert ended.code == 0
    assert len(ann.creations()) == 3
    assert "Continue?" not in ann.answer("").out


def test_stored_passwords_of_git_are_neither_asked_nor_told(ann: Person, tmp_path: Path) -> None:
    helper = tmp_path / "helper"
    helper.write_text(f"#!/bin/sh\necho called >> {tmp_path}/calls\n")
    helper.chmod(0o755)
    with (tmp_path / "home" / ".gitconfig").open("a", encoding="utf-8") as config:
        config.write(f'[credential]\nhelper = {helper}\n[credential "https://github.localhost"]\nhelper = {helper}\n')
    assert ann.publish().code == 0
    assert not (tmp_path / "calls").exists()
