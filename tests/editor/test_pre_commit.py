"""pre-commit in a generated project: the program itself, and git commits that it lets pass or stops."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.system

SCRIPTS = Path(sys.executable).parent
IDENTITY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "A Tester"), ("EMAIL", "tester@example.org"))
}


@pytest.fixture(scope="module")
def pre_commit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, in an environment of its own."""
    folder = tmp_path_factory.mktemp("pre-commit")
    uv = str(SCRIPTS / "uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, "--clear", str(folder)], check=True)
    python = str(folder / "bin" / "python")
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, "pre-commit"], check=True)
    return folder / "bin" / "pre-commit"


@pytest.fixture
def repository(editor: Any) -> Any:
    """The project with one commit."""
    editor.run("git", "init", "--quiet", "--initial-branch=main", exit_code=0)
    editor.run("git", "add", "--all", exit_code=0)
    editor.run("git", "commit", "--quiet", "--message=state", exit_code=0, **IDENTITY)
    return editor


def test_a_commit_passes_or_is_stopped_as_by_make_check(repository: Any, pre_commit: Path) -> None:
    assert repository.run("make", "check", exit_code=0) == ["OK: 2 tasks, 1 edge"]
    repository.run(pre_commit, "run", "--all-files", exit_code=0)
    repository.run(pre_commit, "install", exit_code=0)

    notebook = repository.folder / "notebooks" / "report.py"
    good = notebook.read_text(encoding="utf-8")
    notebook.write_text(f"{good}\n# %%\nx = {{  'a':1 }}\nimport os\n", encoding="utf-8")
    found = repository.run("make", "--silent", "check", exit_code=2)
    all_files = repository.run(pre_commit, "run", "--all-files", exit_code=1)
    assert set(found) <= set(all_files)

    repository.run("git", "add", "notebooks", exit_code=0)
    stopped = repository.run("git", "commit", "--message=flawed", exit_code=1, **IDENTITY)
    assert set(found) <= set(stopped)
    assert any("make format mends" in line for line in stopped)
    assert len(repository.run("git", "log", "--format=%h")) == 1

    # What is not staged does not count: the commit itself is checked, not the folder.
    repository.run("git", "restore", "--staged", "notebooks", exit_code=0)
    test = repository.folder / "tests" / "test_measurements.py"
    test.write_text(test.read_text(encoding="utf-8") + "\n\n# A comment.\n", encoding="utf-8")
    repository.run("git", "add", "tests", exit_code=0)
    repository.run("git", "commit", "--message=good", exit_code=0, **IDENTITY)
    assert "import os" in notebook.read_text(encoding="utf-8")

    repository.run("make", "format", exit_code=0)
    assert "x = {" in notebook.read_text(encoding="utf-8")
    repository.run("git", "add", "--all", exit_code=0)
    repository.run("git", "commit", "--message=mended", exit_code=0, **IDENTITY)
    assert len(repository.run("git", "log", "--format=%h")) == 3
