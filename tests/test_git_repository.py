"""The new project becomes a git repository only where that is safe, and what was not done is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import TypeAlias

import pytest

Run: TypeAlias = Callable[..., "CompletedProcess[str]"]

PROJECT = "mnist-digits-pipeline"
INIT, ADD, COMMIT = "git init --initial-branch=main", "git add --all", 'git commit -m "Start from pdr-template"'
SAY_WHO_YOU_ARE = ['git config --global user.name "YOUR NAME"', "git config --global user.email YOU@EXAMPLE.ORG"]
IDENTITY = {
    "GIT_AUTHOR_NAME": "Ann",
    "GIT_AUTHOR_EMAIL": "ann@example.org",
    "GIT_COMMITTER_NAME": "Ann",
    "GIT_COMMITTER_EMAIL": "ann@example.org",
}


def said_commands(output: str) -> list[str]:
    """The commands that the hook says it did not run."""
    return [line.strip() for line in output.partition("Not done for you:")[2].splitlines() if line.strip()]


CREATE_ON_GITHUB = "make github        # code, daily runs and tracker on GitHub; shows each step and asks first"


def test_without_identity_nothing_is_committed(template: Path, run: Run, tmp_path: Path) -> None:
    output = run("cookiecutter", "--no-input", template, cwd=tmp_path).stdout
    assert said_commands(output) == [*SAY_WHO_YOU_ARE, COMMIT, CREATE_ON_GITHUB]
    staged = run("git", "diff", "--cached", "--name-only", cwd=tmp_path / PROJECT).stdout.splitlines()
    assert "pipeline.py" in staged
    assert "runner_lib/pyproject.toml" in staged


@pytest.mark.parametrize("place", ["environment", "configuration"])
def test_with_identity_all_is_committed(template: Path, run: Run, tmp_path: Path, place: str) -> None:
    identity = IDENTITY
    if place == "configuration":
        config = tmp_path / "gitconfig"
        config.write_text("[user]\nname = Ann\nemail = ann@example.org\n", encoding="utf-8")
        identity = {"GIT_CONFIG_GLOBAL": str(config)}
    output = run("cookiecutter", "--no-input", template, cwd=tmp_path, **identity).stdout
    assert said_commands(output) == [CREATE_ON_GITHUB]
    log = run("git", "log", "--format=%an %s %D", cwd=tmp_path / PROJECT).stdout
    assert log == "Ann Start from pdr-template HEAD -> main\n"
    assert run("git", "status", "--porcelain", cwd=tmp_path / PROJECT).stdout == ""


def test_commit_that_git_refuses_is_left_to_the_user(template: Path, run: Run, tmp_path: Path) -> None:
    config = tmp_path / "gitconfig"
    config.write_text("[commit]\ngpgsign = true\n[gpg]\nprogram = false\n", encoding="utf-8")
    output = run("cookiecutter", "--no-input", template, cwd=tmp_path, GIT_CONFIG_GLOBAL=str(config), **IDENTITY).stdout
    assert said_commands(output) == [COMMIT, CREATE_ON_GITHUB]


def test_inside_a_work_tree_git_is_left_alone(template: Path, run: Run, tmp_path: Path) -> None:
    run("git", "init", "--quiet", cwd=tmp_path)
    output = run("cookiecutter", "--no-input", template, cwd=tmp_path, **IDENTITY).stdout
    assert said_commands(output) == [INIT, ADD, COMMIT, CREATE_ON_GITHUB]
    assert not (tmp_path / PROJECT / ".git").exists()
    assert run("git", "diff", "--cached", "--name-only", cwd=tmp_path).stdout == ""


def test_under_cruft_git_is_left_alone(template: Path, run: Run, tmp_path: Path) -> None:
    output = run("cruft", "create", "--no-input", template, cwd=tmp_path, **IDENTITY).stdout
    assert said_commands(output) == [INIT, ADD, COMMIT, CREATE_ON_GITHUB]
    assert not (tmp_path / PROJECT / ".git").exists()


def test_commands_that_are_left_work(template: Path, run: Run, tmp_path: Path) -> None:
    output = run("cruft", "create", "--no-input", template, cwd=tmp_path).stdout
    for command in said_commands(output)[:-1]:
        run("sh", "-c", command, cwd=tmp_path / PROJECT, **IDENTITY)
    assert run("git", "status", "--porcelain", cwd=tmp_path / PROJECT).stdout == ""


def test_next_steps_are_said(template: Path, run: Run, tmp_path: Path) -> None:
    output = run("cookiecutter", "--no-input", template, cwd=tmp_path).stdout
    assert f"cd {PROJECT}" in output
    assert "make setup run" in output


def test_who_names_an_owner_publishes_there(template: Path, run: Run, tmp_path: Path) -> None:
    output = run("cookiecutter", "--no-input", template, "github_owner=Ann-Example", cwd=tmp_path).stdout
    assert said_commands(output)[-1].startswith(f'make github ARGS="--repository Ann-Example/{PROJECT}" ')
