"""A generated project whose tools are those of this repository, and what an editor makes of what they print."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest

SCRIPTS = Path(sys.executable).parent
_COLLECTOR = Path(__file__).with_name("matchers.mjs")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\].*?(?:\x07|\x1b\\)|\x1b\([0-9A-Z]|\x0f")
"""What a terminal does not show: colours, links, character sets."""

Generate: TypeAlias = Callable[..., Path]


@dataclass(frozen=True, order=True)
class Problem:
    """A line of an editor's list of problems; ``line`` is 0 where a whole file is meant."""

    source: str
    file: str
    line: int
    column: int | None
    severity: str
    message: str


class EditorProject:
    """A project that an editor has open."""

    def __init__(self, folder: Path, machine: Mapping[str, str]) -> None:
        self.folder = folder
        kept = {name: value for name, value in machine.items() if not name.startswith(("GITHUB_", "PDR_", "PYTEST_"))}
        # The project's package is not installed among this repository's tools.
        self.environment = {**kept, "PYTHONPATH": str(folder / "src"), "PWD": str(folder)}
        self.tasks = {task["label"]: task for task in self.read("tasks.json")["tasks"]}

    def read(self, name: str) -> dict[str, Any]:
        """A file of the editor's."""
        content: dict[str, Any] = json.loads((self.folder / ".vscode" / name).read_text(encoding="utf-8"))
        return content

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def line(self, name: str, code: str) -> int:
        """The number of the first line of a file that contains ``code``."""
        lines = (self.folder / name).read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, start=1) if code in line)

    def run(self, *command: str | Path, exit_code: int | None = None, **environment: str) -> list[str]:
        """Run a program in the project's folder; the lines of both its streams, as a terminal has them."""
        ended = subprocess.run(
            [str(part) for part in command],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert exit_code in (None, ended.returncode), ended.stdout
        return _ANSI.sub("", ended.stdout).replace("\r\n", "\n").splitlines()

    def run_task(self, label: str, exit_code: int | None = None, **environment: str) -> list[str]:
        """Run a task as the editor does."""
        task = self.tasks[label]
        return self.run(task["command"], *task["args"], exit_code=exit_code, **environment)

    def problems(self, label: str, lines: Sequence[str]) -> list[Problem]:
        """What the editor lists when a task prints these lines, in order of sources, files and lines."""
        return sorted(self._problem(found) for found in _collected(self.tasks[label], lines)["problems"])

    def cycles(self, label: str, lines: Sequence[str]) -> list[list[Problem]]:
        """What the editor lists after each cycle of a task in the background."""
        watched = _collected(self.tasks[label], lines)["watched"]
        assert not watched["isActive"], "a cycle without an end"
        return [sorted(self._problem(found) for found in cycle) for cycle in watched["cycles"]]

    def _problem(self, found: dict[str, Any]) -> Problem:
        # As "autoDetect" does: relative to the project's folder, or else absolute.
        path = self.folder / found["file"]
        assert path.is_file(), found
        file = path.relative_to(self.folder).as_posix()
        return Problem(found["source"], file, found["line"], found["column"], found["severity"], found["message"])


def _collected(task: Mapping[str, Any], lines: Sequence[str]) -> dict[str, Any]:
    matchers = task["problemMatcher"]
    given = {"matchers": matchers if isinstance(matchers, list) else [matchers], "lines": list(lines)}
    node = shutil.which("node")
    assert node, "these tests want Node: install it (nodejs)"
    ended = subprocess.run([node, _COLLECTOR], input=json.dumps(given), capture_output=True, text=True, check=True)
    collected: dict[str, Any] = json.loads(ended.stdout)
    return collected


@pytest.fixture(scope="session")
def generated(template: Path, generate: Generate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minimal project in a folder whose name has a space, with the tools of this repository. Not to be changed."""
    project = generate(
        template, tmp_path_factory.mktemp("editor") / "my work", starter="minimal", project_slug="zebra-2"
    )
    tools = project / ".venv"
    tools.mkdir()
    (tools / "bin").symlink_to(SCRIPTS)
    for mark in (".ready", ".base"):  # newer than the locks, so that nothing is installed
        (tools / mark).touch()
    return project


@pytest.fixture
def editor(generated: Path, machine: Mapping[str, str], tmp_path: Path) -> EditorProject:
    """A copy of that project."""
    copy = shutil.copytree(generated, tmp_path / "my work" / "zebra-2", symlinks=True)
    for mark in (".ready", ".base"):
        os.utime(copy / ".venv" / mark)
    return EditorProject(copy, machine)


@pytest.fixture(scope="session")
def opened(generated: Path, machine: Mapping[str, str]) -> EditorProject:
    """That project itself, to be read."""
    return EditorProject(generated, machine)
