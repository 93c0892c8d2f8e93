"""Runs are taken over from a previous site only whole, and no build makes the tracker smaller unless a person says so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from site_reading import check_run, check_usable, files, modified, read_site

from pynb_dag_runner.errors import EngineError, UsageError
from pynb_dag_runner.site import loading

Build = Callable[..., Any]

RUNS = [f"run-{number}" for number in range(7)]


@pytest.fixture
def old(many_runs: Path, tmp_path: Path, build: Build) -> Path:
    """A site of seven runs."""
    build(many_runs, tmp_path / "old")
    return tmp_path / "old"


@pytest.fixture
def no_logs(tmp_path: Path) -> Path:
    (tmp_path / "no-logs").mkdir()
    return tmp_path / "no-logs"


def state_of(site: Path) -> Any:
    return json.loads((site / "data/state.json").read_bytes())


def spoil(path: Path) -> None:
    """Change one byte, so that size and time of the file stay as they were."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()
    path.write_bytes(content)


def test_the_state_has_every_file_with_size_and_digest(old: Path) -> None:
    import hashlib

    content = files(old)
    listed = {name: facts for entry in state_of(old)["runs"].values() for name, facts in entry["files"].items()}
    assert set(listed) == {name for name in content if name.startswith(("data/runs/", "r/"))}
    for name, facts in listed.items():
        assert facts == [len(content[name]), hashlib.sha256(content[name]).hexdigest()]


@pytest.mark.parametrize("name", ["data/runs/run-2/run.js", "data/runs/run-2/0.js"])
@pytest.mark.parametrize("way", ["changed", "missing", "cut", "link"])
def test_a_run_that_arrived_damaged_is_not_taken_over(
    old: Path, many_runs: Path, no_logs: Path, tmp_path: Path, build: Build, name: str, way: str
) -> None:
    whole = files(old)
    path = old / name
    if way == "changed":
        spoil(path)
    elif way == "cut":
        path.write_bytes(path.read_bytes()[:-10])
    else:
        path.rename(tmp_path / "elsewhere")
        if way == "link":
            path.symlink_to(tmp_path / "elsewhere")
    damaged = files(old)
    with pytest.raises(EngineError, match="1 run of the earlier site would be lost: files of run-2 are missing"):
        build(no_logs, tmp_path / "new", old)
    assert files(tmp_path / "new") == {}
    assert files(old) == damaged
    # With its run log it is made again, and all the others are taken over.
    report = build(many_runs, tmp_path / "new", old)
    assert (report.total, report.added) == (7, 1)
    assert files(tmp_path / "new") == whole


def test_a_small_page_that_is_damaged_is_made_again(old: Path, no_logs: Path, tmp_path: Path, build: Build) -> None:
    whole = files(old)
    spoil(old / "r/run-2/index.html")
    (old / "r/run-3/index.html").unlink()
    assert build(no_logs, tmp_path / "new", old).total == 7
    assert files(tmp_path / "new") == whole
    # In place a look at the sizes is enough.
    (old / "r/run-2/index.html").write_text("torn")
    build(no_logs, old)
    assert files(old) == whole


def test_damaged_chunks_are_made_again_from_the_documents(
    old: Path, no_logs: Path, tmp_path: Path, build: Build
) -> None:
    whole = files(old)
    spoil(old / "data/index/2026-09-0.js")
    (old / "data/details/2026-11-0.js").unlink()
    build(no_logs, tmp_path / "new", old)
    assert files(tmp_path / "new") == whole


def test_the_site_in_place_is_not_read_again(
    old: Path, many_runs: Path, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path) -> str:
        raise AssertionError(f"{path} is read")

    monkeypatch.setattr(loading, "sha256_of", refused)
    monkeypatch.setattr(loading, "is_file", refused)
    before = modified(old)
    assert build(many_runs, old).unchanged == 7
    assert modified(old) == before


def test_a_file_in_place_that_was_cut_is_noticed(old: Path, many_runs: Path, no_logs: Path, build: Build) -> None:
    whole = files(old)
    piece = old / "data/runs/run-4/0.js"
    piece.unlink()
    piece.write_bytes(b"cut")
    cut = files(old)
    with pytest.raises(EngineError, match="run-4"):
        build(no_logs, old)
    assert files(old) == cut
    # Who only looks at it sees the run, and is told.
    report = build(no_logs, old, is_strict=False)
    assert (report.total, report.damaged) == (7, ["run-4"])
    assert build(no_logs, old, is_strict=False).damaged == ["run-4"]
    assert build(many_runs, old).damaged == []
    assert files(old) == whole


def test_a_run_of_which_only_its_row_is_left_is_missed(old: Path, no_logs: Path, tmp_path: Path, build: Build) -> None:
    (old / "data/state.json").unlink()
    shutil.rmtree(old / "data/runs/run-5")
    for to, previous in ((old, None), (tmp_path / "new", old)):
        with pytest.raises(EngineError, match="run-5"):
            build(no_logs, to, previous)


def test_many_lost_runs_are_not_all_named(
    tmp_path: Path, copy_run: Callable[..., Path], no_logs: Path, build: Build
) -> None:
    for number in range(15):
        copy_run(tmp_path / "runs", f"many-{number:02}", days=number)
    build(tmp_path / "runs", tmp_path / "old")
    shutil.rmtree(tmp_path / "old/data/runs")
    with pytest.raises(EngineError, match=r"15 runs .* many-00, .*, many-09 and 5 more are missing"):
        build(no_logs, tmp_path / "new", tmp_path / "old")


def test_a_log_that_cannot_be_read_does_not_mend_a_run(
    old: Path, many_runs: Path, tmp_path: Path, build: Build, copy_run: Callable[..., Path]
) -> None:
    # Its first line is right, so that only reading it tells.
    spoil(old / "data/runs/run-2/0.js")
    log = many_runs / "run-2.otlp.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(lines[0] + b"".join(lines[1:]).replace(b'"intValue":"1"', b'"intValue":"2"'))
    copy_run(many_runs, "run-new", days=5)
    with pytest.raises(EngineError, match="run-2"):
        build(many_runs, tmp_path / "new", old)
    assert set(files(tmp_path / "new")) == {"data/state.json"}
    # In place, too, what is shown stays as it was.
    (old / "data/runs/run-2/0.js").write_bytes(b"cut")
    before = files(old)
    with pytest.raises(EngineError, match="run-2"):
        build(many_runs, old)
    assert files(old) == before


def test_of_two_sites_the_whole_copy_of_a_run_counts(
    old: Path, no_logs: Path, tmp_path: Path, build: Build, copied: Callable[[Path], Path]
) -> None:
    whole = files(old)
    other = copied(old)
    spoil(other / "data/runs/run-6/0.js")
    (old / "data/runs/run-2/0.js").unlink()
    build(no_logs, old, other)
    assert files(old) == whole


def test_the_state_of_an_older_writer_has_no_digests(
    old: Path, many_runs: Path, no_logs: Path, tmp_path: Path, build: Build
) -> None:
    whole = files(old)
    state = state_of(old)
    state["writer"] = "0.3.0/3"
    for entry in state["runs"].values():
        entry["site_bytes"] = 1
        for name in ("files", "pruned", "origin"):
            del entry[name]
    for chunk in state["chunks"].values():
        chunk["size_bytes"] = chunk.pop("index_bytes") + chunk.pop("details_bytes")
    del state["dropped"], state["refused"]
    (old / "data/state.json").write_text(json.dumps(state))
    for runs, to in ((no_logs, "new"), (many_runs, "newer")):
        assert build(runs, tmp_path / to, old).total == 7
    assert files(tmp_path / "newer") == whole
    listed = {run_id: entry["files"] for run_id, entry in state_of(tmp_path / "new")["runs"].items()}
    assert listed == {run_id: entry["files"] for run_id, entry in state_of(tmp_path / "newer")["runs"].items()}
    (old / "data/runs/run-1/0.js").unlink()
    with pytest.raises(EngineError, match="run-1"):
        build(no_logs, tmp_path / "newest", old)


def test_a_dropped_run_is_gone_for_good(old: Path, many_runs: Path, tmp_path: Path, build: Build) -> None:
    report = build(many_runs, tmp_path / "new", old, drop=["run-3"])
    assert (report.total, report.dropped) == (6, ["run-3"])
    new = tmp_path / "new"
    assert check_usable(new) == [run_id for run_id in RUNS if run_id != "run-3"]
    assert not any(b"run-3" in content for name, content in files(new).items() if name != "data/state.json")
    # Neither its log nor an older site that has it bring it back; in place nor elsewhere.
    before = files(new)
    assert build(many_runs, new, old).dropped == []
    assert files(new) == before
    build(many_runs, tmp_path / "newer", new)
    assert files(tmp_path / "newer") == before
    # And once more is no error.
    assert build(many_runs, new, drop=["run-3"]).dropped == []
    assert files(new) == before


def test_a_run_is_dropped_in_place(old: Path, many_runs: Path, no_logs: Path, build: Build) -> None:
    assert build(no_logs, old, drop=["run-0", "run-5"]).dropped == ["run-0", "run-5"]
    assert not (old / "data/runs/run-0").exists()
    assert not (old / "r/run-5").exists()
    assert build(many_runs, old).total == 5
    assert read_site(old)["manifest", ""]["unreadable"] == []


def test_a_run_that_is_not_in_the_site_yet_is_dropped_too(
    tmp_path: Path, copy_run: Callable[..., Path], build: Build
) -> None:
    copy_run(tmp_path / "runs", "secret")
    copy_run(tmp_path / "runs", "other")
    report = build(tmp_path / "runs", tmp_path / "site", drop=["secret"])
    assert (report.total, report.dropped) == (1, ["secret"])


def test_a_damaged_run_can_be_given_up(old: Path, no_logs: Path, tmp_path: Path, build: Build) -> None:
    (old / "data/runs/run-2/run.js").unlink()
    report = build(no_logs, tmp_path / "new", old, drop=["run-2"])
    assert (report.total, report.dropped) == (6, ["run-2"])
    assert build(no_logs, old, drop=["run-2"]).total == 6
    assert not (old / "data/runs/run-2").exists()


def test_who_drops_a_run_that_is_none_is_told(old: Path, many_runs: Path, tmp_path: Path, build: Build) -> None:
    before = files(old)
    with pytest.raises(UsageError, match="--drop rnu-3: neither the site nor --runs has such a run"):
        build(many_runs, old, drop=["rnu-3", "run-3"])
    assert files(old) == before
    with pytest.raises(UsageError, match="--drop"):
        build(many_runs, tmp_path / "new", drop=["../x"])
    assert files(tmp_path / "new") == {}


def test_a_run_is_byte_for_byte_what_it_was_however_many_sites_it_went_through(
    old: Path, many_runs: Path, no_logs: Path, tmp_path: Path, build: Build
) -> None:
    log = (many_runs / "run-0.otlp.jsonl").read_bytes()
    for number in range(4):
        build(no_logs, tmp_path / f"site-{number}", old)
        old = tmp_path / f"site-{number}"
    assert check_run(read_site(old), "run-0") == log
