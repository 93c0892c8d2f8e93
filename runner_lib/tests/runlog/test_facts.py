"""Facts about code and surroundings, from real git repositories and the variables that GitHub documents."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pynb_dag_runner.runlog.facts import code_facts, host_name, machine_facts, package_versions

Git = Callable[..., str]

ACTIONS = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "org/digits",
    "GITHUB_REPOSITORY_OWNER": "org",
    "GITHUB_RUN_ID": "1658821493",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_WORKFLOW": "pipeline",
    "GITHUB_ACTOR": "jane",
}
PUSH = {
    **ACTIONS,
    "GITHUB_EVENT_NAME": "push",
    "GITHUB_SHA": "ffac537e6cbbf934b08745a378932722df287a53",
    "GITHUB_REF": "refs/heads/feature/x",
    "GITHUB_REF_NAME": "feature/x",
    "GITHUB_REF_TYPE": "branch",
}
PULL_REQUEST = {
    **ACTIONS,
    "GITHUB_EVENT_NAME": "pull_request",
    "GITHUB_SHA": "1111111111111111111111111111111111111111",
    "GITHUB_REF": "refs/pull/42/merge",
    "GITHUB_REF_NAME": "42/merge",
    "GITHUB_REF_TYPE": "branch",
    "GITHUB_HEAD_REF": "feature/x",
    "GITHUB_BASE_REF": "main",
}


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Runs git in a repository with one commit, whatever the person who tests has configured."""
    repository = tmp_path / "repository"
    repository.mkdir()
    names = [f"GIT_{who}_{what}" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")]
    nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, **dict.fromkeys(names, "tester")}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=repository,
            env={**os.environ, **nobody},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    run("init", "-q", "-b", "main")
    (repository / "pipeline.py").write_text("")
    run("add", ".")
    run("commit", "-q", "-m", "first")
    return run


def facts_of(tmp_path: Path) -> dict[str, Any]:
    """The facts of the repository that ``git`` made."""
    return code_facts(tmp_path / "repository", {})


def test_that_a_branch_is_named(tmp_path: Path, git: Git) -> None:
    git("switch", "-q", "-c", "feature/ü-x")
    assert facts_of(tmp_path) == {
        "vcs.ref.head.revision": git("rev-parse", "HEAD"),
        "vcs.ref.head.name": "feature/ü-x",
        "vcs.ref.head.type": "branch",
        "pdr.vcs.dirty": False,
    }


def test_that_a_tag_is_named(tmp_path: Path, git: Git) -> None:
    git("tag", "v1.0")
    git("checkout", "-q", "v1.0")
    facts = facts_of(tmp_path)
    assert (facts["vcs.ref.head.name"], facts["vcs.ref.head.type"]) == ("v1.0", "tag")


def test_that_a_detached_head_has_a_revision_only(tmp_path: Path, git: Git) -> None:
    git("checkout", "-q", "--detach")
    assert sorted(facts_of(tmp_path)) == ["pdr.vcs.dirty", "vcs.ref.head.revision"]


@pytest.mark.parametrize("change", ["pipeline.py", "new file"])
def test_that_changes_are_marked(tmp_path: Path, git: Git, change: str) -> None:
    (tmp_path / "repository" / change).write_text("changed")
    assert facts_of(tmp_path)["pdr.vcs.dirty"] is True


def test_that_ignored_files_are_no_change(tmp_path: Path, git: Git) -> None:
    (tmp_path / "repository" / ".git" / "info" / "exclude").write_text("pipeline-outputs/\n")
    (tmp_path / "repository" / "pipeline-outputs").mkdir()
    (tmp_path / "repository" / "pipeline-outputs" / "x").write_text("")
    assert facts_of(tmp_path)["pdr.vcs.dirty"] is False


@pytest.mark.parametrize(
    ("remote", "url", "owner", "name", "provider"),
    [
        ("https://github.com/org/digits.git", "https://github.com/org/digits", "org", "digits", "github"),
        ("https://github.com/org/digits/", "https://github.com/org/digits", "org", "digits", "github"),
        ("git@github.com:org/digits.git", "https://github.com/org/digits", "org", "digits", "github"),
        ("ssh://git@github.com/org/digits.git", "https://github.com/org/digits", "org", "digits", "github"),
        ("ssh://git@github.com:2222/org/digits", "https://github.com/org/digits", "org", "digits", "github"),
        ("https://jane:p@ss@gitlab.com/a/b/c.git", "https://gitlab.com/a/b/c", "a/b", "c", "gitlab"),
        ("https://git.example.org:8443/a/b.git", "https://git.example.org:8443/a/b", "a", "b", None),
        ("jane@example.org:/srv/a/b.git", "https://example.org/srv/a/b", "srv/a", "b", None),
        ("git://example.org/a/b.git", "https://example.org/a/b", "a", "b", None),
        ("/srv/git/digits.git", None, None, None, None),
        ("../digits", None, None, None, None),
    ],
)
def test_that_remotes_become_addresses_without_logins(
    tmp_path: Path, git: Git, remote: str, url: str | None, owner: str | None, name: str | None, provider: str | None
) -> None:
    git("remote", "add", "origin", remote)
    facts = facts_of(tmp_path)
    keys = ("vcs.repository.url.full", "vcs.owner.name", "vcs.repository.name", "vcs.provider.name")
    assert tuple(facts.get(key) for key in keys) == (url, owner, name, provider)


def test_that_outside_of_git_there_are_no_facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (tmp_path / "project").mkdir()
    assert code_facts(tmp_path / "project", {}) == {}


def test_that_a_machine_without_git_has_no_facts(tmp_path: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert facts_of(tmp_path) == {}


def test_that_a_push_on_github_is_described(tmp_path: Path, git: Git) -> None:
    assert code_facts(tmp_path / "repository", PUSH) == {
        "vcs.repository.url.full": "https://github.com/org/digits",
        "vcs.repository.name": "digits",
        "vcs.owner.name": "org",
        "vcs.provider.name": "github",
        "vcs.ref.head.revision": PUSH["GITHUB_SHA"],
        "vcs.ref.head.name": "feature/x",
        "vcs.ref.head.type": "branch",
        "pdr.vcs.dirty": False,
        "pdr.github.event": "push",
        "pdr.github.run_id": "1658821493",
        "pdr.github.run_attempt": "2",
        "pdr.github.workflow": "pipeline",
        "pdr.github.actor": "jane",
        "cicd.pipeline.run.url.full": "https://github.com/org/digits/actions/runs/1658821493/attempts/2",
    }


def test_that_a_pull_request_is_described_by_its_own_commit(tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    pull_request = {"number": 42, "title": "Träin", "head": {"sha": "aaa"}, "base": {"sha": "bbb"}}
    event.write_text(json.dumps({"pull_request": pull_request}), encoding="utf-8")
    facts = code_facts(tmp_path, {**PULL_REQUEST, "GITHUB_EVENT_PATH": str(event)})
    assert {key: value for key, value in facts.items() if key.startswith(("vcs.change", "vcs.ref"))} == {
        "vcs.change.id": "42",
        "vcs.change.title": "Träin",
        "vcs.ref.head.name": "feature/x",
        "vcs.ref.head.revision": "aaa",
        "vcs.ref.head.type": "branch",
        "vcs.ref.base.name": "main",
        "vcs.ref.base.revision": "bbb",
        "vcs.ref.base.type": "branch",
    }


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"pull_request": null}', '{"pull_request": {"number": 1}}'])
def test_that_a_pull_request_without_its_event_is_still_named(tmp_path: Path, content: str | None) -> None:
    event = tmp_path / "event.json"
    if content is not None:
        event.write_text(content)
    facts = code_facts(tmp_path, {**PULL_REQUEST, "GITHUB_EVENT_PATH": str(event)})
    assert facts["vcs.ref.head.name"] == "feature/x"
    assert facts["vcs.change.id"] in ("42", "1")


def test_that_variables_that_are_missing_hide_nothing(tmp_path: Path, git: Git) -> None:
    git("remote", "add", "origin", "git@github.com:org/digits.git")
    assert code_facts(tmp_path / "repository", {"GITHUB_ACTIONS": "true"}) == {
        **facts_of(tmp_path),
        "vcs.provider.name": "github",
    }


def test_that_packages_and_machine_are_known() -> None:
    versions = package_versions()
    assert versions["pytest"] == pytest.__version__
    assert list(versions) == sorted(versions)
    assert platform.python_version() in machine_facts()["python"]
    assert all(machine_facts().values())
    assert host_name()
