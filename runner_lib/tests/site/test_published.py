"""The list of a published site's files comes from the network: it is exact, or refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from site_reading import check_usable, files

from pynb_dag_runner.errors import EngineError
from pynb_dag_runner.site import published
from pynb_dag_runner.site.published import known_runs, published_files, verify

Build = Callable[..., Any]
STATE = "data/state.json"


@pytest.fixture
def site(many_runs: Path, tmp_path: Path, build: Build) -> Path:
    build(many_runs, tmp_path / "site")
    return tmp_path / "site"


def test_the_list_is_all_that_a_copy_needs(site: Path, tmp_path: Path, build: Build, many_runs: Path) -> None:
    state = (site / STATE).read_bytes()
    listed = published_files(state)
    content = files(site)
    assert {name: len(content[name]) for name in listed} == {name: size for name, (size, _) in listed.items()}
    assert set(content) - set(listed) == {STATE, "data/manifest.js", ".nojekyll", "index.html", "assets/app.js"}
    assert known_runs(state) == {f"run-{number}" for number in range(7)}
    copy = tmp_path / "copy"
    for name in (*listed, STATE):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(site / name, copy / name)
    assert verify(copy) == []
    (tmp_path / "none").mkdir()
    build(tmp_path / "none", tmp_path / "new", copy)
    assert check_usable(tmp_path / "new") == [f"run-{number}" for number in range(7)]
    build(many_runs, tmp_path / "new")
    assert files(tmp_path / "new") == content


def test_a_copy_that_is_not_whole(site: Path, tmp_path: Path) -> None:
    piece = site / "data/runs/run-1/0.js"
    piece.write_bytes(piece.read_bytes()[:-1] + b" ")
    (site / "data/index/2026-09-0.js").write_bytes(b"")
    (site / "r/run-2/index.html").unlink()
    precious = tmp_path / "elsewhere.html"
    (site / "r/run-3/index.html").rename(precious)
    (site / "r/run-3/index.html").symlink_to(precious)
    assert verify(site) == [
        "data/index/2026-09-0.js",
        "data/runs/run-1/0.js",
        "r/run-2/index.html",
        "r/run-3/index.html",
    ]


def test_dropped_runs_are_known(site: Path, many_runs: Path, build: Build) -> None:
    build(many_runs, site, drop=["run-3"])
    state = (site / STATE).read_bytes()
    assert "run-3" in known_runs(state)
    assert not any("run-3" in name for name in published_files(state))


def changed(state: bytes, change: Callable[[Any], object]) -> bytes:
    said = json.loads(state)
    change(said)
    return json.dumps(said).encode()


def entry(said: Any) -> Any:
    return said["runs"]["run-1"]


SHA256 = "0" * 64


@pytest.mark.parametrize(
    "change",
    [
        lambda said: entry(said)["files"].update({"../../.ssh/authorized_keys": [1, SHA256]}),
        lambda said: entry(said)["files"].update({"/etc/passwd": [1, SHA256]}),
        lambda said: entry(said)["files"].update({"data/runs/run-1/../../../x.js": [1, SHA256]}),
        lambda said: entry(said)["files"].update({"data/runs/run-1/evil.js": [1, SHA256]}),
        lambda said: entry(said)["files"].update({"data/runs/run-2/0.js": [1, SHA256]}),
        lambda said: entry(said)["files"].update({"data/runs/run-1/0.js\n": [1, SHA256]}),
        lambda said: entry(said)["files"].update({"index.html": [1, SHA256]}),
        lambda said: entry(said)["files"].update({"r/run-1/index.html": [-1, SHA256]}),
        lambda said: entry(said)["files"].update({"r/run-1/index.html": [True, SHA256]}),
        lambda said: entry(said)["files"].update({"r/run-1/index.html": [1.5, SHA256]}),
        lambda said: entry(said)["files"].update({"r/run-1/index.html": [10**13, SHA256]}),
        lambda said: entry(said)["files"].update({"r/run-1/index.html": [1, "sha"]}),
        lambda said: entry(said)["files"].update({"r/run-1/index.html": [1]}),
        lambda said: entry(said)["files"].update({"r/run-1/index.html": None}),
        lambda said: entry(said).pop("files"),
        lambda said: said["runs"].update({"../x": entry(said)}),
        lambda said: said["runs"].update({"RUN-1": {"files": {"r/RUN-1/index.html": [1, SHA256]}}}),
        lambda said: said["runs"].update({"__proto__": {"files": {}}}),
        lambda said: said["chunks"].update({"../../x": said["chunks"]["2026-09-0"]}),
        lambda said: said["chunks"].update({"2026-09-1": {}}),
        lambda said: said["chunks"].update({"2026-09-1": None}),
        lambda said: said.update({"runs": []}),
        lambda said: said.update({"runs": None}),
        lambda said: said.pop("format"),
    ],
)
def test_the_state_of_a_stranger_is_refused(site: Path, change: Callable[[Any], object]) -> None:
    with pytest.raises(EngineError, match="of the published site is damaged"):
        published_files(changed((site / STATE).read_bytes(), change))


@pytest.mark.parametrize("state", [b"", b"null", b"[]", b"<!DOCTYPE html>", b"[" * 100_000, b'{"format": "1"}'])
def test_what_is_no_state_is_refused(state: bytes) -> None:
    for read in (published_files, known_runs):
        with pytest.raises(EngineError, match="damaged"):
            read(state)


@pytest.mark.parametrize("place", ["runs", "dropped"])
def test_run_ids_that_are_none_are_refused(site: Path, place: str) -> None:
    def change(said: Any) -> None:
        said[place] = {"../x": {}} if place == "runs" else ["../x"]

    with pytest.raises(EngineError, match="damaged"):
        known_runs(changed((site / STATE).read_bytes(), change))


def test_a_newer_state_says_so(site: Path) -> None:
    with pytest.raises(EngineError, match="update pdr"):
        published_files((site / STATE).read_bytes().replace(b'"format":1', b'"format":2'))


def test_more_than_a_site_can_hold_is_refused(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = (site / STATE).read_bytes()
    monkeypatch.setattr(published, "_MOST_FILES", 10)
    with pytest.raises(EngineError, match="more than a site can hold"):
        published_files(state)
    monkeypatch.setattr(published, "LARGEST_STATE_BYTES", len(state) - 1)
    with pytest.raises(EngineError, match="larger than any"):
        published_files(state)


def test_without_a_state_nothing_can_be_verified(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot be read"):
        verify(tmp_path)
