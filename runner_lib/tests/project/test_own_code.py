from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import pytest

import pynb_dag_runner
from pynb_dag_runner.project.own_code import drop_byte_code, forget_own_code


def test_modules_and_packages_without_init_are_imported_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path / "src")
    (tmp_path / "src" / "watched_bare").mkdir(parents=True)
    part = tmp_path / "src" / "watched_bare" / "part.py"
    part.write_text("VALUE = 1\n")
    from watched_bare import part as before  # type: ignore[import-not-found]

    os.utime(part, (1, 1))
    part.write_text("VALUE = 2\n")
    os.utime(part, (before.__spec__.loader.path_stats(str(part))["mtime"],) * 2)
    drop_byte_code([part])
    names = forget_own_code(tmp_path)
    assert sorted(names) == ["watched_bare", "watched_bare.part"]
    assert importlib.import_module("watched_bare.part").VALUE == 2
    forget_own_code(tmp_path)


def test_installed_modules_and_the_library_stay(tmp_path: Path) -> None:
    library = Path(pynb_dag_runner.__file__).parents[2]
    before = set(sys.modules)
    assert not [name for name in forget_own_code(library) if name.startswith("pynb_dag_runner")]
    assert {name for name in before if name.startswith("pytest")} <= set(sys.modules)
