"""Artifacts that ``pdr collect`` refused are shown, and those that never become run logs are remembered."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from collected_runs import Collect
from site_reading import files, read_site

from pynb_dag_runner.runlog.refusals import Refusal, write_refusals
from pynb_dag_runner.site import plan

Build = Callable[..., Any]


def listed(site: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_site(site)["manifest", ""]["unreadable"]
    return found


def remembered(site: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((site / "data/state.json").read_bytes())["refused"]
    return found


BOMB = Refusal(7, "run-log-v1-1", "500-1", "it is a zip bomb", is_lasting=True)
AWAY = Refusal(8, "run-log-v1-2", "500-2", "GitHub answered 500", is_lasting=False)


def test_they_are_listed_and_remembered(tmp_path: Path, collect: Collect, build: Build) -> None:
    site = tmp_path / "site"
    collect(tmp_path / "all/collected", 1)
    write_refusals(tmp_path / "all/collected", [BOMB, AWAY])
    report = build(tmp_path / "all", site)
    assert (report.total, len(report.unreadable)) == (1, 2)
    assert listed(site) == [
        {"file": "artifact run-log-v1-1 (7)", "run_id": "500-1", "reason": "it is a zip bomb"},
        {"file": "artifact run-log-v1-2 (8)", "run_id": "500-2", "reason": "GitHub answered 500"},
    ]
    assert remembered(site) == {"7": {"name": "run-log-v1-1", "address": "500-1", "reason": "it is a zip bomb"}}
    before = files(site)
    build(tmp_path / "all", site)
    assert files(site) == before
    # What was collected now says it all; where nothing was, what is known stays.
    (tmp_path / "none").mkdir()
    build(tmp_path / "none", tmp_path / "new", site)
    assert (remembered(tmp_path / "new"), listed(tmp_path / "new")) == (remembered(site), [])
    write_refusals(tmp_path / "all/collected", [AWAY])
    build(tmp_path / "all", site)
    assert remembered(site) == {}


def test_what_strangers_wrote_is_shortened_and_made_harmless(tmp_path: Path, build: Build) -> None:
    runs, site = tmp_path / "runs", tmp_path / "site"
    runs.mkdir()
    evil = "\x1b[31m\u202e</script>" + "x" * 5000
    write_refusals(runs, [Refusal(1, evil, "../../x", evil, True), Refusal(2, "__proto__", "__proto__", "", True)])
    build(runs, site)
    one, other = listed(site)
    assert len(one["file"]) <= 200
    assert len(one["reason"]) <= 300
    assert one["file"].isprintable()
    assert (one["run_id"], other["run_id"]) == (None, None)
    assert len(json.dumps(remembered(site))) < 2000


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"torn",
        b"null",
        b"[]",
        b'{"version": 1}',
        b'{"artifacts": [1]}',
        b'{"artifacts": [{"artifact_id": "1"}]}',
        b"[" * 100_000,
        b'{"artifacts": 3}',
    ],
)
def test_a_damaged_list_is_itself_unreadable(tmp_path: Path, collect: Collect, build: Build, content: bytes) -> None:
    collect(tmp_path / "runs", 1)
    (tmp_path / "runs/unreadable.json").write_bytes(content)
    assert build(tmp_path / "runs", tmp_path / "site").total == 1
    (entry,) = listed(tmp_path / "site")
    assert (entry["file"], entry["run_id"]) == ("unreadable.json", None)
    assert "no list of artifacts that were refused" in entry["reason"]


def test_a_flood_of_them_is_not_all_listed(tmp_path: Path, build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "_MOST_LISTED", 20)
    monkeypatch.setattr(plan, "_MOST_REMEMBERED", 30)
    (tmp_path / "runs").mkdir()
    write_refusals(tmp_path / "runs", [Refusal(number, "a", None, "no", True) for number in range(1, 101)])
    build(tmp_path / "runs", tmp_path / "site")
    reasons = [entry["reason"] for entry in listed(tmp_path / "site")]
    assert (len(reasons), reasons.count("80 older artifacts were refused, too")) == (21, 1)
    # The newest are those that would be fetched again.
    assert sorted(map(int, remembered(tmp_path / "site"))) == list(range(71, 101))


def test_those_of_a_run_that_was_dropped_are_not_mentioned(tmp_path: Path, build: Build) -> None:
    (tmp_path / "runs").mkdir()
    write_refusals(tmp_path / "runs", [BOMB, AWAY])
    report = build(tmp_path / "runs", tmp_path / "site", drop=["500-1"])
    assert report.dropped == ["500-1"]
    assert [entry["run_id"] for entry in listed(tmp_path / "site")] == ["500-2"]
