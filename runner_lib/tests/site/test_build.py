"""What a site holds, and that building it step by step gives what building it at once gives."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from site_reading import check_run, check_usable, files, modified, read_site

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.errors import EngineError, UsageError
from pynb_dag_runner.site import chunk_files, chunks
from pynb_dag_runner.site.build import build_site
from pynb_dag_runner.site.folder import locked

Build = Callable[..., Any]


def test_a_site(many_runs: Path, tmp_path: Path, build: Build) -> None:
    site = tmp_path / "site"
    report = build(many_runs, site)
    assert (report.total, report.added, report.replaced, report.unchanged) == (7, 7, 0, 0)
    data = read_site(site)
    assert check_usable(site) == [f"run-{number}" for number in range(7)]
    assert [chunk["name"] for chunk in data["manifest", ""]["chunks"]] == ["2026-09-0", "2026-10-0", "2026-11-0"]
    for number in range(7):
        log = (many_runs / f"run-{number}.otlp.jsonl").read_bytes()
        assert check_run(data, f"run-{number}") == log
    assert (site / "index.html").read_text() == "<!DOCTYPE html><title>tracker</title>"
    assert (site / ".nojekyll").read_bytes() == b""
    assert not (site / "data" / ".tmp").exists()
    sizes = data["manifest", ""]["sizes"]
    folders = (site / "data/runs", site / "data/index", site / "data/details", site / "r")
    assert sizes["data_bytes"] == sum(len(content) for folder in folders for content in files(folder).values())
    assert sizes["runs"] == len(sizes["heaviest"]) == 7


def test_a_site_of_nothing(tmp_path: Path, build: Build) -> None:
    (tmp_path / "runs").mkdir()
    report = build(tmp_path / "runs", tmp_path / "site")
    assert report.total == 0
    manifest = read_site(tmp_path / "site")["manifest", ""]
    assert (manifest["chunks"], manifest["unreadable"], manifest["sizes"]["runs"]) == ([], [], 0)
    assert (tmp_path / "site" / "index.html").is_file()


def test_nothing_new_changes_nothing(many_runs: Path, tmp_path: Path, build: Build) -> None:
    build(many_runs, tmp_path / "site")
    before = modified(tmp_path / "site")
    report = build(many_runs, tmp_path / "site")
    assert (report.total, report.added, report.unchanged) == (7, 0, 7)
    assert modified(tmp_path / "site") == before


def test_one_run_more_makes_its_own_files_and_changes_four(
    many_runs: Path, tmp_path: Path, build: Build, copy_run: Callable[..., Path]
) -> None:
    site = tmp_path / "site"
    build(many_runs, site)
    before = modified(site)
    copy_run(many_runs, "run-8", days=41)
    build(many_runs, site)
    after = modified(site)
    assert set(after) - set(before) == {"data/runs/run-8/run.js", "data/runs/run-8/0.js", "r/run-8/index.html"}
    assert {name for name in before if after[name] != before[name]} == {
        "data/index/2026-11-0.js",
        "data/details/2026-11-0.js",
        "data/manifest.js",
        "data/state.json",
    }


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("way", ["in place", "previous", "halves"])
def test_step_by_step_gives_what_at_once_gives(
    many_runs: Path, tmp_path: Path, build: Build, monkeypatch: pytest.MonkeyPatch, way: str, seed: int
) -> None:
    for module in (chunks, chunk_files):
        monkeypatch.setattr(module, "MOST_RUNS", 2)
    logs = sorted(many_runs.iterdir())
    (many_runs / "bad.otlp.jsonl").write_text("no run log")
    random.Random(seed).shuffle(logs)
    site = tmp_path / "site"
    if way == "halves":
        new = tmp_path / "new"
        for number, part in enumerate((logs[:3], logs[3:])):
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir()
            for log in part:
                shutil.copy(log, new)
            build(new, tmp_path / f"half-{number}")
        build(many_runs, tmp_path / "half-0", tmp_path / "half-1")
        site = tmp_path / "half-0"
    else:
        for number, log in enumerate(logs):
            # Only what is new is at hand, as where earlier build artifacts have expired.
            new = tmp_path / f"new-{number}"
            new.mkdir()
            shutil.copy(log, new)
            if way == "previous" and number:
                build(new, tmp_path / f"site-{number}", site)
                check_usable(site)
                site = tmp_path / f"site-{number}"
            else:
                build(new, site)
        build(many_runs, site)
    build(many_runs, tmp_path / "at-once")
    assert files(site) == files(tmp_path / "at-once")


def test_a_previous_site_stays_as_it_is(
    many_runs: Path, tmp_path: Path, build: Build, copy_run: Callable[..., Path]
) -> None:
    build(many_runs, tmp_path / "old")
    content, times = files(tmp_path / "old"), modified(tmp_path / "old")
    shutil.rmtree(many_runs)
    copy_run(many_runs, "run-9", days=41)
    report = build(many_runs, tmp_path / "new", tmp_path / "old")
    assert (report.total, report.added) == (8, 1)
    # Files of runs are shared, and never written to.
    kept = "data/runs/run-1/0.js"
    assert (tmp_path / "new" / kept).samefile(tmp_path / "old" / kept)
    build(many_runs, tmp_path / "new")
    assert (files(tmp_path / "old"), modified(tmp_path / "old")) == (content, times)


def test_where_files_cannot_be_linked_they_are_copied(
    many_runs: Path, tmp_path: Path, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    build(many_runs, tmp_path / "old")
    monkeypatch.setattr(os, "link", refused)
    build(many_runs, tmp_path / "new", tmp_path / "old")
    assert files(tmp_path / "new") == files(tmp_path / "old")


def test_runs_stay_when_their_logs_are_gone(many_runs: Path, tmp_path: Path, build: Build) -> None:
    site = tmp_path / "site"
    build(many_runs, site)
    before = files(site)
    for log in many_runs.iterdir():
        log.unlink()
    assert build(many_runs, site).total == 7
    assert files(site) == before


def test_a_run_while_it_goes_on_and_when_it_has_ended(
    tmp_path: Path, start_recording: Callable[..., Any], build: Build
) -> None:
    site = tmp_path / "site"
    recording = start_recording(tmp_path, "live", {"train": []})
    attempt = recording.attempt("train")
    build(tmp_path, site)
    manifest = read_site(site)["manifest", ""]
    assert list(manifest["unfinished"]) == ["live"]
    assert read_site(site)["index", "2026-09-0"]["status"]["values"] == ["running"]

    before = modified(site)
    build(tmp_path, site)
    assert modified(site) == before

    attempt.output("stdout", "more\n")
    attempt.finish_outputs()
    assert build(tmp_path, site).replaced == 1
    newer = read_site(site)
    assert newer["manifest", ""]["unfinished"] != manifest["unfinished"]
    assert newer["run", "live"]["tasks"][0]["attempts"][0]["outputs"][0]["text"] == "more\n"

    recording.end_attempt("train", 1, Result.SUCCESS)
    recording.end_task("train", Result.SUCCESS)
    log = recording.finish(Result.SUCCESS)
    build(tmp_path, site)
    ended = read_site(site)
    assert ended["manifest", ""]["unfinished"] == {}
    assert ended["run", "live"]["status"] == "success"
    assert check_run(ended, "live") == log.read_bytes()
    build(tmp_path, tmp_path / "at-once")
    assert files(site) == files(tmp_path / "at-once")


def test_a_driver_that_dies_leaves_an_interrupted_run(
    tmp_path: Path, start_recording: Callable[..., Any], build: Build
) -> None:
    recording = start_recording(tmp_path, "dead", {"train": []})
    recording.attempt("train")
    build(tmp_path, tmp_path / "site")
    recording.close()
    assert build(tmp_path, tmp_path / "site").replaced == 1
    assert read_site(tmp_path / "site")["run", "dead"]["status"] == "interrupted"


def test_a_run_that_ends_between_finding_and_reading(
    tmp_path: Path, start_recording: Callable[..., Any], build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = start_recording(tmp_path, "quick", {"train": []})
    from pynb_dag_runner.site import workers

    real = workers.write_run

    def late(*arguments: Any) -> Any:
        recording.finish(Result.SUCCESS)
        return real(*arguments)

    monkeypatch.setattr(workers, "write_run", late)
    build(tmp_path, tmp_path / "site")
    monkeypatch.undo()
    data = read_site(tmp_path / "site")
    assert (data["run", "quick"]["status"], data["manifest", ""]["unreadable"]) == ("success", [])
    before = files(tmp_path / "site")
    report = build(tmp_path, tmp_path / "site")
    assert (report.unchanged, report.unreadable) == (1, [])
    assert files(tmp_path / "site") == before


def test_files_of_the_front_end_that_are_gone_are_deleted_and_those_of_others_stay(
    many_runs: Path, tmp_path: Path, build: Build, bundle: Path
) -> None:
    site = tmp_path / "site"
    build(many_runs, site)
    (site / "CNAME").write_text("tracker.example.org")
    (bundle / "assets" / "app.js").unlink()
    (bundle / "assets" / "main.js").write_text("new")
    (site / "data/runs/left-over").mkdir()
    build(many_runs, site)
    assert sorted(path.name for path in (site / "assets").iterdir()) == ["main.js"]
    assert (site / "CNAME").exists()
    assert not (site / "data/runs/left-over").exists()


def test_without_a_front_end_the_report_says_so(many_runs: Path, tmp_path: Path) -> None:
    report = build_site(many_runs, tmp_path / "site", bundle=tmp_path / "none", processes=1)
    assert not report.has_front_end
    assert report.total == 7


def test_the_front_end_of_a_site_stays_where_there_is_no_other(many_runs: Path, tmp_path: Path, build: Build) -> None:
    build(many_runs, tmp_path / "site")
    before = files(tmp_path / "site")
    assert not build_site(many_runs, tmp_path / "site", bundle=tmp_path / "none", processes=1).has_front_end
    assert files(tmp_path / "site") == before


def test_progress_is_told(many_runs: Path, tmp_path: Path, bundle: Path) -> None:
    told: list[tuple[int, int]] = []
    build_site(many_runs, tmp_path / "site", bundle=bundle, processes=1, progress=lambda *at: told.append(at))
    assert told == [(done, 7) for done in range(8)]


def test_a_folder_of_somebody_else_is_left_alone(many_runs: Path, tmp_path: Path, build: Build) -> None:
    home = tmp_path / "home"
    (home / "data").mkdir(parents=True)
    (home / "data" / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="something else than a site"):
        build(many_runs, home)
    (home / "data" / "thesis.txt").rename(home / "thesis.txt")
    with pytest.raises(UsageError, match="something else than a site"):
        build(many_runs, home)
    assert files(home) == {"thesis.txt": b"years of work"}
    with pytest.raises(UsageError, match="no folder"):
        build(many_runs, home / "thesis.txt")
    assert files(home) == {"thesis.txt": b"years of work"}


def test_an_empty_folder_will_do(many_runs: Path, tmp_path: Path, build: Build) -> None:
    (tmp_path / "site").mkdir()
    assert build(many_runs, tmp_path / "site").total == 7


@pytest.mark.parametrize("previous", ["missing", "many"])
def test_a_previous_site_that_is_none(many_runs: Path, tmp_path: Path, build: Build, previous: str) -> None:
    with pytest.raises(UsageError, match="there is no site"):
        build(many_runs, tmp_path / "site", tmp_path / previous)
    assert not (tmp_path / "site").exists()


def test_the_site_may_lie_below_the_run_logs(many_runs: Path, build: Build) -> None:
    for _ in range(2):
        assert build(many_runs, many_runs / "site", many_runs / "site" if _ else None).total == 7


def test_without_a_folder_of_run_logs_nothing_is_written(tmp_path: Path, build: Build) -> None:
    with pytest.raises(UsageError, match="there is no such folder"):
        build(tmp_path / "missing", tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_one_build_at_a_time(many_runs: Path, tmp_path: Path, build: Build) -> None:
    build(many_runs, tmp_path / "site")
    with locked(tmp_path / "site"), pytest.raises(UsageError, match="another pdr is writing"):
        build(many_runs, tmp_path / "site")


def test_what_cannot_be_written_is_an_error(many_runs: Path, tmp_path: Path, build: Build) -> None:
    build(many_runs, tmp_path / "site")
    shutil.rmtree(tmp_path / "site/data/index")
    (tmp_path / "site/data/index").write_text("in the way")
    with pytest.raises(EngineError, match="cannot be written"):
        build(many_runs, tmp_path / "site")
