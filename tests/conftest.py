"""A clean copy of this repository to generate from, and ways to generate and to compare what comes out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import tomli

REPOSITORY = Path(__file__).parents[1]
SCRIPTS = Path(sys.executable).parent

Tree: TypeAlias = dict[str, tuple[bytes, bool]]
"""Content of each file of a folder, and whether it is executable, by its path."""

Run: TypeAlias = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment variables of a machine that nobody has set up: an empty HOME, no git identity."""
    home = tmp_path_factory.mktemp("home")
    config = home / "cookiecutter.yaml"
    config.write_text(f"cookiecutters_dir: {home}/templates\nreplay_dir: {home}/replay\n", encoding="utf-8")
    # Also not a word of the `make` that may have started these tests, which would make others print folders, nor the
    # width of a terminal.
    others = ("GIT_AUTHOR", "GIT_COMMITTER", "MAKE", "MFLAGS", "COLUMNS", "LINES")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    kept.pop("EMAIL", None)
    return {
        **kept,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "COOKIECUTTER_CONFIG": str(config),
        "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}",
    }


@pytest.fixture(scope="session")
def run(machine: Mapping[str, str]) -> Run:
    """Runs a program on that machine and returns what it printed; by default it has to succeed."""

    def run_program(
        *command: str | Path, cwd: Path, exit_code: int = 0, stdin: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        result = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env={**machine, "PWD": str(cwd), **environment},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == exit_code, f"{command}\n{result.stdout}\n{result.stderr}"
        return result

    return run_program


@pytest.fixture(scope="session")
def commit(run: Run) -> Callable[[Path], None]:
    """Commits everything in a folder, which becomes a repository."""

    def commit_all(folder: Path) -> None:
        identity = {
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in (("NAME", "A Tester"), ("EMAIL", "tester@example.org"))
        }
        run("git", "init", "--quiet", "--initial-branch=main", cwd=folder)
        run("git", "add", "--all", cwd=folder)
        run("git", "commit", "--quiet", "--allow-empty", "--message=state", cwd=folder, **identity)

    return commit_all


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, run: Run, commit: Callable[[Path], None]) -> Path:
    """A repository with one commit: this checkout as it is now, without what git ignores. Not to be changed."""
    copy = tmp_path_factory.mktemp("template") / "pdr-template"
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=REPOSITORY).stdout
    for name in filter(None, listed.split("\0")):
        source, target = REPOSITORY / name, copy / name
        if not source.is_symlink() and not source.exists():
            continue  # removed, and not committed yet
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)
    commit(copy)
    return copy


@pytest.fixture
def own_template(template: Path, tmp_path: Path) -> Path:
    """A copy of the template that a test may change."""
    return Path(shutil.copytree(template, tmp_path / "own" / "pdr-template", symlinks=True))


Generate: TypeAlias = Callable[..., Path]


@pytest.fixture(scope="session")
def generate(run: Run) -> Generate:
    """Generates with cookiecutter into a folder and returns the project: ``generate(template, folder, answer=...)``."""

    def generate_project(template: Path | str, output: Path, cwd: Path | None = None, **answers: str) -> Path:
        output.mkdir(parents=True, exist_ok=True)
        given = [f"{name}={value}" for name, value in answers.items()]
        run("cookiecutter", "--no-input", "--output-dir", output, template, *given, cwd=cwd or output)
        (project,) = output.iterdir()
        return project

    return generate_project


@pytest.fixture(scope="session", params=["mnist-digits", "minimal"])
def starter(request: pytest.FixtureRequest) -> str:
    """The name of each starter in turn."""
    return str(request.param)


@pytest.fixture(scope="session")
def project(starter: str, template: Path, generate: Generate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with default answers of each starter. Not to be changed."""
    return generate(template, tmp_path_factory.mktemp(starter), starter=starter)


@pytest.fixture(scope="session")
def tree() -> Callable[[Path], Tree]:
    """Reads a folder, apart from git's data and cruft's note of where a project comes from."""

    def read_tree(folder: Path) -> Tree:
        paths = [path for path in folder.rglob("*") if path.relative_to(folder).parts[0] not in (".git", ".cruft.json")]
        assert not [path for path in paths if path.is_symlink()]
        assert not [path for path in paths if path.is_dir() and not any(path.iterdir())]
        return {
            path.relative_to(folder).as_posix(): (path.read_bytes(), os.access(path, os.X_OK))
            for path in paths
            if path.is_file()
        }

    return read_tree


@pytest.fixture(scope="session")
def read_toml() -> Callable[[Path], dict[str, Any]]:
    """Reads a TOML file."""
    return lambda path: tomli.loads(path.read_text(encoding="utf-8"))
