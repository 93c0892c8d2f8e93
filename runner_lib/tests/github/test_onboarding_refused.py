"""Publishing a project where something is in the way, with real ``gh`` and ``git``: nothing is spoiled, and what to do is said."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github import Deployment, Fault
from publishing import Person, person

pytestmark = pytest.mark.system

REPOSITORY = "ann/digits"


@pytest.fixture
def ann(tmp_path: Path) -> Iterator[Person]:
    with person(tmp_path) as one:
        yield one


def push_other_content(one: Person, folder: Path, full_name: str = REPOSITORY) -> str:
    """A commit on main on GitHub that has nothing to do with the project."""
    other = folder / "other"
    other.mkdir()
    for command in (
        ("init", "--quiet", "--initial-branch=main"),
        ("commit", "--quiet", "--allow-empty", "-m", "Initial commit"),
        ("push", "--quiet", str(one.site.bare(full_name)), "main"),
    ):
        subprocess.run(["git", *command], cwd=other, env=one.environment, check=True)
    one.site.receive(one.github.repositories[full_name])
    return one.site.git(full_name, "rev-parse", "main")


def test_the_name_is_taken_by_something_else(ann: Person, tmp_path: Path) -> None:
    ann.github.add_repository(REPOSITORY)
    before = push_other_content(ann, tmp_path)
    for is_repository_here in (False, True):
        if is_repository_here:
            ann.commit_all()
        said = ann.refused()
        assert "ann/digits is there already, and holds something else (branches: main)" in said
        assert "pdr github --repository OWNER/NAME" in said
        assert ann.site.git(REPOSITORY, "rev-parse", "main") == before
    assert ann.publish("--repository", "ann/digits-2").code == 0
    assert ann.site.git(REPOSITORY, "rev-parse", "main") == before
    assert ann.git("remote", "get-url", "origin") == "https://github.localhost/ann/digits-2.git"


def test_an_empty_repository_that_was_made_by_hand_is_filled(ann: Person) -> None:
    ann.github.add_repository("ann/Digits")
    assert ann.publish().code == 0
    assert ann.creations()[0] == "git POST /ann/Digits.git/git-receive-pack"
    assert list(ann.github.repositories) == [REPOSITORY]


def test_github_has_newer_commits(ann: Person, tmp_path: Path) -> None:
    assert ann.publish().code == 0
    clone = tmp_path / "clone"
    for command in (
        ("clone", "--quiet", str(ann.site.bare(REPOSITORY)), str(clone)),
        ("-C", str(clone), "commit", "--quiet", "--allow-empty", "-m", "From elsewhere"),
        ("-C", str(clone), "push", "--quiet", "origin", "main"),
    ):
        subprocess.run(["git", *command], env=ann.environment, check=True)
    before = ann.site.git(REPOSITORY, "rev-parse", "main")
    assert "has commits on main that are not here. Take them in first: git pull --rebase" in ann.refused()
    (ann.folder / "README.md").write_text("Hello\n")
    ann.commit_all()
    assert "Take them in first" in ann.refused()
    assert ann.site.git(REPOSITORY, "rev-parse", "main") == before


def test_new_commits_here_are_pushed_and_their_run_is_shown(ann: Person) -> None:
    assert ann.publish().code == 0
    (ann.folder / "README.md").write_text("Hello\n")
    assert "Not in a commit, so not published: 1 changed file (git status)." in ann.publish().out
    head = ann.commit_all()
    ended = ann.publish()
    assert ended.code == 0
    assert ann.site.git(REPOSITORY, "rev-parse", "main").strip() == head
    runs = list(ann.github.repositories[REPOSITORY].runs.values())
    assert [run.event for run in runs] == ["push", "push"]
    assert f"actions/runs/{runs[1].id}" in ended.out


def test_a_private_repository_of_a_free_account_goes_on_without_pages(ann: Person) -> None:
    ended = ann.publish("--private")
    assert ended.code == 0
    repository = ann.github.repositories[REPOSITORY]
    assert (repository.private, repository.pages, len(repository.runs)) == (True, None, 1)
    assert "Private: only a paid account gets GitHub Pages" in ended.out.partition("[1/7]")[0]
    assert "Your current plan does not support GitHub Pages for this repository, HTTP 422" in ended.out
    assert "A free account gets it for public repositories only." in ended.out
    assert "  tracker  " not in ended.out

    # Later it is made public. What was published meanwhile went nowhere, so it is published again, once.
    repository.private = False
    for run in repository.runs.values():
        ann.github.end_attempt(run, "success")
    ann.github.add_run(repository, "workflow_run", ".github/workflows/publish.yml")
    ended = ann.publish()
    assert ended.code == 0
    assert f"  tracker  {ann.site.fake.site_url('digits')}" in ended.out
    assert ann.creations()[-2:] == [
        "api POST /repos/ann/digits/pages",
        "api POST /repos/ann/digits/actions/workflows/publish.yml/dispatches",
    ]
    count = len(ann.creations())
    ended = ann.publish()
    assert (ended.code, len(ann.creations())) == (0, count)
    repository.deployments.append(Deployment(1, "github-pages", ann.github.now))
    ended = ann.publish()
    assert "7. the tracker, published: already so" in ended.out
    assert "when the first run" not in ended.out


def test_a_private_repository_of_a_paid_account(ann: Person) -> None:
    ann.github.paid.add("ann")
    assert ann.publish("--private").code == 0
    assert ann.github.repositories[REPOSITORY].pages is not None


def test_private_was_asked_for_and_it_is_public(ann: Person) -> None:
    ann.github.add_repository(REPOSITORY)
    assert "ann/digits is there, and is public" in ann.refused("--private")
    assert 'make github ARGS="--repository OWNER/NAME"' in ann.refused("--private", environment={"MAKELEVEL": "1"})


def test_a_repository_of_somebody_else(ann: Person) -> None:
    ann.github.add_repository("bob/digits")
    assert "ann may not push to it" in ann.refused("--repository", "bob/digits")


def test_pages_of_the_old_kind_are_changed(ann: Person) -> None:
    assert ann.publish().code == 0
    repository = ann.github.repositories[REPOSITORY]
    assert repository.pages is not None
    repository.pages.build_type = "legacy"
    assert ann.publish().code == 0
    assert repository.pages.build_type == "workflow"
    assert ann.creations()[-1] == "api PUT /repos/ann/digits/pages"


def test_pages_refused_to_a_public_repository_is_no_success(ann: Person) -> None:
    body = b'{"message": "Must have admin rights to Repository."}'
    fault = Fault("api .*/pages", status=403, body=body, headers={"content-type": "application/json"}, skip=1)
    ann.site.fake.faults.append(fault)
    ended = ann.publish()
    assert ended.code == 1
    assert "GitHub did not switch Pages on: Must have admin rights to Repository, HTTP 403." in ended.out
    assert "/ann/digits/settings/pages: Source: GitHub Actions" in ended.out
    assert len(ann.github.repositories[REPOSITORY].runs) == 1


def test_actions_that_are_off(ann: Person) -> None:
    ann.site.lag = 10**6
    ended = ann.publish()
    assert ended.code == 1
    assert "Look whether Actions are switched on" in ended.err
    ann.site.lag = 0
    assert ann.publish().code == 0


def test_another_origin(ann: Person) -> None:
    ann.commit_all()
    ann.git("remote", "add", "origin", "https://user:hunter2@git.example.org/ann/digits.git")
    said = ann.refused()
    assert "https://***@git.example.org/ann/digits.git" in said
    assert "GH_HOST=git.example.org" in said
    assert "hunter2" not in said
    ann.git("remote", "set-url", "origin", "https://github.localhost/ann/digits.git")
    said = ann.refused("--repository", "ann/other")
    assert "--repository ann/other: the remote origin is ann/digits already" in said
    assert ann.publish().code == 0


def test_other_branches(ann: Person) -> None:
    ann.commit_all()
    ann.git("switch", "--quiet", "-c", "idea")
    assert "git is on the branch idea, and main is what is published: git switch main" in ann.refused()
    ann.git("branch", "--quiet", "-D", "main")
    ended = ann.publish()
    assert ended.code == 0
    assert "git branch --move main" in ended.out
    assert ann.github.repositories[REPOSITORY].branches == {"main": ann.git("rev-parse", "main")}


def test_master_without_a_commit_becomes_main(ann: Person) -> None:
    ann.git("init", "--quiet", "--initial-branch=master")
    assert ann.publish().code == 0
    assert ann.git("branch", "--show-current") == "main"


def test_a_folder_within_another_repository(ann: Person, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], env=ann.environment, check=True)
    assert "is part of the git repository in" in ann.refused()


def test_another_folder(ann: Person, tmp_path: Path) -> None:
    ended = ann.publish(cwd=tmp_path)
    assert ended.code == 2
    assert "call this in the folder of a generated project" in ended.err


def test_a_hook_that_refuses_to_push_is_heard(ann: Person) -> None:
    ann.commit_all()
    hook = ann.folder / ".git" / "hooks" / "pre-push"
    hook.write_text("#!/bin/sh\necho 'the tests are red' >&2\nexit 1\n")
    hook.chmod(0o755)
    ended = ann.publish()
    assert ended.code == 1
    assert "the tests are red" in ended.err
    os.unlink(hook)
    assert ann.publish().code == 0


def test_a_readme_that_leads_elsewhere(ann: Person) -> None:
    readme = ann.folder / "README.md"
    badge = "[![Pipeline](https://github.com/{0}/digits/actions/workflows/pipeline.yml/badge.svg)](https://github.com/{0}/digits)"
    readme.write_text(f"{badge}\n[Tracker](https://{{0}}.github.io/digits/)\n".format("your-github-name"))
    ann.commit_all()
    ended = ann.call("--dry-run")
    command = next(line for line in ended.out.splitlines() if line.startswith("  sed "))
    subprocess.run(["sh", "-c", command], cwd=ann.folder, env=ann.environment, check=True)
    assert readme.read_text() == f"{badge}\n[Tracker](https://{{0}}.github.io/digits/)\n".format("ann")
    assert ann.git("status", "--porcelain") == ""
    ended = ann.call("--dry-run")
    assert "README" not in ended.out
