"""Run logs in any number, and a site of them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest
from collected_runs import DAY_MS, Collect, collector

from pynb_dag_runner.site.build import SiteReport, build_site


class Build(Protocol):
    """``build_site`` with a front end that is quickly copied."""

    def __call__(self, runs: Path, to: Path, previous: Path | None = None, **options: Any) -> SiteReport: ...


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A front end of two files."""
    folder = tmp_path / "bundle"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!DOCTYPE html><title>tracker</title>")
    (folder / "assets" / "app.js").write_text("globalThis.pdr = {};")
    return folder


@pytest.fixture
def build(bundle: Path) -> Build:
    """``build(runs, to, previous)`` in this process; further options are those of ``build_site``."""

    def call(runs: Path, to: Path, previous: Path | None = None, **options: Any) -> SiteReport:
        return build_site(runs, to, previous, bundle=bundle, processes=1, **options)

    return call


@pytest.fixture
def copy_run(tmp_path: Path, record_run: Callable[..., Path]) -> Callable[..., Path]:
    """``copy_run(folder, run_id, days)`` writes a finished run log with that id, which started ``days`` later."""
    original = record_run(tmp_path / "original", "20260921-000000-original")

    def copy(folder: Path, run_id: str, days: float = 0) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        content = original.read_bytes().replace(b"20260921-000000-original", run_id.encode())
        shift_ns = int(days * DAY_MS * 1_000_000)
        content = re.sub(
            rb'(imeUnixNano":")(\d+)', lambda match: b"%s%d" % (match[1], int(match[2]) + shift_ns), content
        )
        path = folder / f"{run_id}.otlp.jsonl"
        path.write_bytes(content)
        return path

    return copy


@pytest.fixture
def collect(copy_run: Callable[..., Path]) -> Collect:
    """Writes run logs as ``pdr collect`` does."""
    return collector(copy_run)


@pytest.fixture
def many_runs(tmp_path: Path, copy_run: Callable[..., Path]) -> Path:
    """A folder with seven run logs of three months."""
    folder = tmp_path / "many"
    for number, days in enumerate((0, 1, 2, 3, 20, 40, 41)):
        copy_run(folder, f"run-{number}", days)
    return folder


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[Path], Path]:
    """A copy of a folder, links and times included."""
    count = iter(range(1000))

    def copy(folder: Path) -> Path:
        target = tmp_path / f"copy-{next(count)}"
        shutil.copytree(folder, target, symlinks=True)
        return target

    return copy
