"""Projects written by a test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

WriteProject = Callable[..., Path]


@pytest.fixture
def write_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WriteProject]:
    """``write_project(pipeline, **{"notebooks/a.py": ...})`` writes a project and makes its folder the current one."""
    path_before, modules_before = sys.path[:], set(sys.modules)

    def write(pipeline: str | None, files: dict[str, str] | None = None, name: str = "project") -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        for file, content in {**({} if pipeline is None else {"pipeline.py": pipeline}), **(files or {})}.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(content, encoding="utf-8")
        monkeypatch.chdir(folder)
        return folder

    yield write
    sys.path[:] = path_before
    for module in set(sys.modules) - modules_before:
        if module == "pipeline" or str(tmp_path) in str(getattr(sys.modules[module], "__file__", "")):
            del sys.modules[module]
