"""When a collected run started: its log is believed only where that can be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from collected_runs import DAY_MS, RECORDED_MS, Collect
from site_reading import index_rows, read_site

Build = Callable[..., Any]


@pytest.mark.parametrize("days", [-400, -1, 1, 400, 70_000])
def test_a_start_outside_of_the_attempt_is_not_believed(
    tmp_path: Path, collect: Collect, build: Build, days: float
) -> None:
    started_ms = int(RECORDED_MS + 40 * DAY_MS)
    collect(tmp_path / "runs", 1, days=40 + days, started_ms=started_ms, uploaded_ms=started_ms + 600_000)
    build(tmp_path / "runs", tmp_path / "site")
    row = index_rows(tmp_path / "site")["1-1"]
    assert row["start"] == started_ms
    assert 10 < row["duration_s"] < 60
    data = read_site(tmp_path / "site")
    assert ("index", "2026-10-0") in data
    assert "lies outside of its attempt" in data["run", "1-1"]["warnings"][0]


def test_an_end_that_cannot_be_is_not_believed_either(tmp_path: Path, collect: Collect, build: Build) -> None:
    collect(tmp_path / "runs", 1, uploaded_ms=RECORDED_MS - 30 * 60_000, started_ms=RECORDED_MS - 40 * 60_000)
    build(tmp_path / "runs", tmp_path / "site")
    assert index_rows(tmp_path / "site")["1-1"]["start"] == RECORDED_MS - 40 * 60_000


def test_a_clock_that_is_some_minutes_off_is_believed(tmp_path: Path, collect: Collect, build: Build) -> None:
    collect(tmp_path / "runs", 1, started_ms=RECORDED_MS + 300_000, uploaded_ms=RECORDED_MS + 400_000)
    build(tmp_path / "runs", tmp_path / "site")
    assert index_rows(tmp_path / "site")["1-1"]["start"] == RECORDED_MS
    assert read_site(tmp_path / "site")["run", "1-1"]["warnings"] == []


def test_a_log_that_was_cut_off_before_anything_has_the_start_of_its_attempt(
    tmp_path: Path, collect: Collect, build: Build
) -> None:
    def cut(content: bytes) -> bytes:
        # Without its first line nothing says when the run started.
        return b"".join(content.splitlines(keepends=True)[1:3])

    collect(tmp_path / "runs", 20_261_234, change=cut)
    build(tmp_path / "runs", tmp_path / "site")
    data = read_site(tmp_path / "site")
    assert data["run", "20261234-1"]["start_ms"] == RECORDED_MS - 60_000
    assert ("index", "2026-09-0") in data
