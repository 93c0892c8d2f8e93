"""A site is kept within a number of bytes: in which order heavy parts go, what stays for ever, and that no run ever goes."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from collected_runs import FORK, PULL_REQUEST, Collect
from site_reading import check_run, check_usable, files, modified, read_site

from pynb_dag_runner.conventions import ArtifactKind, Result
from pynb_dag_runner.runlog.origin import origin_path

Build = Callable[..., Any]

NOW_MS = 1_800_000_000_000
EVERYTHING = 1
"""Bytes that no site is within."""


@pytest.fixture
def runs(tmp_path: Path, collect: Collect) -> Path:
    """Collected logs: runs of main with odd numbers, of pull requests with even ones, not in the order of their times."""
    folder = tmp_path / "runs"
    for number, days in ((1, 0), (2, 9), (3, 20), (4, 1), (5, 60), (6, 61)):
        collect(folder, number, days, **({} if number % 2 else FORK if number == 4 else PULL_REQUEST))
    return folder


def levels(site: Path) -> dict[str, str]:
    """Level of each run that was pruned."""
    data = read_site(site)
    documents = {key: value for (kind, key), value in data.items() if kind == "run"}
    found = {run_id: document["pruned"]["level"] for run_id, document in documents.items() if document["pruned"]}
    counts = data["manifest", ""]["sizes"]["pruned"]
    assert counts == {level: list(found.values()).count(level) for level in ("media", "details")}
    return found


def rows(site: Path) -> dict[str, bytes]:
    """All of index and details."""
    return {name: content for name, content in files(site).items() if name.startswith(("data/index", "data/details"))}


def size_of(report: Any) -> int:
    return int(report.budget_bytes)


ORDER = ["4-1", "2-1", "6-1", "1-1", "3-1"]
"""Runs in the order in which they lose something; the newest of main is the last."""


def test_oldest_pull_requests_first_and_the_newest_of_main_last(runs: Path, tmp_path: Path, build: Build) -> None:
    site, previous = tmp_path / "whole", tmp_path / "whole"
    size = size_of(build(runs, site))
    index = rows(site)
    told = []
    for number in range(100):
        site = tmp_path / f"site-{number}"
        report = build(runs, site, previous, most_bytes=size - 1, now_ms=NOW_MS + number)
        assert sorted(check_usable(site)) == [f"{run}-1" for run in range(1, 7)]
        assert rows(site) == index
        assert size_of(report) < size
        told.extend(report.pruned.items())
        assert len(report.pruned) == 1
        size, previous = size_of(report), site
        if levels(site) == {f"{run}-1": "details" for run in range(1, 7)}:
            break
    media = [(run_id, "media") for run_id in ORDER]
    details = [(run_id, "details") for run_id in ORDER]
    assert told == [*media, *details, ("5-1", "media"), ("5-1", "details")]
    report = build(runs, tmp_path / "last", previous, most_bytes=EVERYTHING)
    assert (report.total, report.pruned) == (6, {})
    assert size_of(report) > EVERYTHING


def test_only_as_much_goes_as_must(runs: Path, tmp_path: Path, build: Build) -> None:
    report = build(runs, tmp_path / "whole")
    size = size_of(report)
    assert build(runs, tmp_path / "fits", most_bytes=size).pruned == {}
    assert files(tmp_path / "fits") == files(tmp_path / "whole")
    pieces = len((tmp_path / "whole/data/runs/4-1/0.js").read_bytes())
    report = build(runs, tmp_path / "one", most_bytes=size - pieces // 2)
    assert report.pruned == {"4-1": "media"}
    assert size_of(report) <= size - pieces // 2


def test_what_is_left_of_a_run(tmp_path: Path, start_recording: Callable[..., Any], build: Build) -> None:
    recording = start_recording(tmp_path, "a", {"train": []})
    attempt = recording.attempt("train")
    for step in range(2001):
        attempt.metric("loss", step / 2, step)
    attempt.metric("accuracy", 0.5)
    attempt.metric("accuracy", float("nan"))
    attempt.value("table", {"__proto__": [1]})
    attempt.output("stdout", "text\n" * 50)
    attempt.finish_outputs()
    attempt.artifact("a.png", b"x" * 100_000, ArtifactKind.FIGURE)
    attempt.exception("E", "message", "trace", "a.py", 1)
    recording.end_attempt("train", 1, Result.FAILURE, "message")
    recording.end_task("train", Result.FAILURE)
    recording.finish(Result.FAILURE)
    site = tmp_path / "site"
    size = size_of(build(tmp_path / "runs", site))
    whole, before = read_site(site)["run", "a"], rows(site)

    build(tmp_path / "runs", site, most_bytes=size - 1, now_ms=NOW_MS)
    media = read_site(site)
    document = media["run", "a"]
    assert document["pruned"] == {"level": "media", "when_ms": NOW_MS}
    assert {(piece["left_out"], piece["script_bytes"]) for piece in document["log"]["pieces"]} == {(True, 0)}
    assert document["tasks"][0]["attempts"][0]["artifacts"][0]["state"] == "expired"
    assert len(media["more", "a/more-0-1"]["histories"][0]["values"]) == 2001
    assert sorted(path.name for path in (site / "data/runs/a").iterdir()) == ["more-0-1.js", "run.js"]
    (attempt,), (before_attempt,) = document["tasks"][0]["attempts"], whole["tasks"][0]["attempts"]
    same = {name for name in before_attempt if before_attempt[name] == attempt[name]}
    assert before_attempt.keys() - same == {"artifacts"}
    assert {name for name in whole if whole[name] != document[name]} == {"tasks", "log", "pruned"}

    build(tmp_path / "runs", site, most_bytes=EVERYTHING, now_ms=NOW_MS + 5)
    document = read_site(site)["run", "a"]
    assert document["pruned"] == {"level": "details", "when_ms": NOW_MS + 5}
    assert sorted(path.name for path in (site / "data/runs/a").iterdir()) == ["run.js"]
    (attempt,) = document["tasks"][0]["attempts"]
    for name in ("outputs", "histories", "cells", "spans"):
        assert attempt[name] == []
    assert (attempt["values"], attempt["more"], document["packages"]) == ({}, None, {})
    assert [(one["message"], one["stacktrace"]) for one in attempt["exceptions"]] == [("message", "")]
    assert attempt["metrics"] == before_attempt["metrics"]
    assert (attempt["message"], document["status"], document["settings"]) == ("message", "failure", {"size": 600})
    assert rows(site) == before


def test_a_run_that_was_pruned_stays_so_and_is_not_read_again(
    runs: Path, tmp_path: Path, build: Build, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    build(runs, site, most_bytes=EVERYTHING, now_ms=NOW_MS)
    before, times = files(site), modified(site)
    assert build(runs, site).replaced == 0
    assert build(runs, site, most_bytes=EVERYTHING, now_ms=NOW_MS + 1).pruned == {}
    assert (files(site), modified(site)) == (before, times)
    build(runs, tmp_path / "next", site)
    assert files(tmp_path / "next") == before
    # Not even where the library writes otherwise now, or the site has lost its memory.
    state = json.loads((site / "data/state.json").read_bytes())
    state["writer"] = "0.0.1/1"
    (site / "data/state.json").write_text(json.dumps(state))
    assert (build(runs, site).replaced, len(levels(site))) == (0, 6)
    (site / "data/state.json").unlink()
    assert (build(runs, site).replaced, len(levels(site))) == (0, 6)
    # A new run comes whole, since there is room for it.
    collect(runs, 7, days=70)
    report = build(runs, site, most_bytes=size_of(build(runs, site)))
    assert (report.total, report.pruned, "7-1" in levels(site)) == (7, {}, False)


def test_runs_whose_logs_are_gone_are_pruned_from_what_a_previous_site_has(
    runs: Path, tmp_path: Path, build: Build
) -> None:
    old = tmp_path / "old"
    build(runs, old)
    content = files(old)
    build(runs, tmp_path / "from-logs", most_bytes=EVERYTHING, now_ms=NOW_MS)
    shutil.rmtree(runs)
    runs.mkdir()
    build(runs, tmp_path / "new", old, most_bytes=EVERYTHING, now_ms=NOW_MS)
    assert files(tmp_path / "new") == files(tmp_path / "from-logs")
    # The previous one, whose files the new one shares, is as it was.
    assert files(old) == content


def test_a_damaged_run_that_was_pruned_is_made_again_from_its_log(runs: Path, tmp_path: Path, build: Build) -> None:
    site = tmp_path / "site"
    build(runs, site, most_bytes=EVERYTHING, now_ms=NOW_MS)
    (site / "data/runs/3-1/run.js").write_bytes(b"torn")
    build(runs, site)
    assert "3-1" not in levels(site)
    assert check_run(read_site(site), "3-1") == (runs / "3-1.otlp.jsonl").read_bytes()


def test_of_two_sites_the_one_that_has_more_of_a_run_counts(runs: Path, tmp_path: Path, build: Build) -> None:
    whole, pruned, none = tmp_path / "whole", tmp_path / "pruned", tmp_path / "none"
    none.mkdir()
    build(runs, whole)
    build(runs, pruned, most_bytes=EVERYTHING)
    content = files(whole)
    build(none, pruned, whole)
    assert files(pruned) == content


def test_a_run_that_goes_on_is_not_pruned_and_one_that_grew_is_read(
    tmp_path: Path, start_recording: Callable[..., Any], build: Build
) -> None:
    recording = start_recording(tmp_path, "live", {"train": []})
    attempt = recording.attempt("train")
    attempt.artifact("a.bin", random.Random(1).randbytes(10_000))
    site = tmp_path / "site"
    assert build(tmp_path / "runs", site, most_bytes=EVERYTHING).pruned == {}
    recording.close()
    # Its driver has died: who knows whether anybody will ever look at it again.
    assert build(tmp_path / "runs", site, most_bytes=EVERYTHING).pruned == {"live": "details"}
    assert build(tmp_path / "runs", site).replaced == 0
    path = recording.path
    with path.open("ab") as file:
        file.write(path.read_bytes().splitlines(keepends=True)[-1])
    assert build(tmp_path / "runs", site).replaced == 1
    assert levels(site) == {}


def test_runs_without_a_branch_or_an_origin_are_pruned_as_those_of_main(
    tmp_path: Path, copy_run: Callable[..., Path], collect: Collect, build: Build
) -> None:
    for number in range(3):
        copy_run(tmp_path / "runs", f"local-{number}", days=number)
    collect(tmp_path / "runs", 9, days=40, **FORK)
    order = list(build(tmp_path / "runs", tmp_path / "site", most_bytes=EVERYTHING).pruned)
    assert sorted(order) == ["9-1", "local-0", "local-1", "local-2"]
    # Insertion order is the order in which runs were pruned first.
    assert order == ["9-1", "local-0", "local-1", "local-2"]


def test_what_was_too_large_from_the_start_still_says_so(
    tmp_path: Path, start_recording: Callable[..., Any], build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pynb_dag_runner.site import document as document_module

    monkeypatch.setattr(document_module, "LARGEST_ARTIFACT_BYTES", 1000)
    recording = start_recording(tmp_path, "heavy", {"train": []})
    attempt = recording.attempt("train")
    attempt.artifact("small.bin", b"x" * 1000)
    attempt.artifact("large.bin", b"x" * 1001)
    recording.end_attempt("train", 1, Result.SUCCESS)
    recording.end_task("train", Result.SUCCESS)
    recording.finish(Result.SUCCESS)
    build(tmp_path / "runs", tmp_path / "site", most_bytes=EVERYTHING)
    (attempt,) = read_site(tmp_path / "site")["run", "heavy"]["tasks"][0]["attempts"]
    assert [(one["name"], one["state"]) for one in attempt["artifacts"]] == [
        ("small.bin", "expired"),
        ("large.bin", "left_out"),
    ]


@pytest.mark.parametrize("seed", range(3))
def test_a_pruned_site_does_not_depend_on_the_order_of_its_runs(
    runs: Path, tmp_path: Path, build: Build, seed: int
) -> None:
    logs = sorted(runs.glob("*.jsonl"))
    random.Random(seed).shuffle(logs)
    site = tmp_path / "site"
    for number, log in enumerate(logs):
        new = tmp_path / f"new-{number}"
        new.mkdir()
        for path in (log, origin_path(log)):
            shutil.copy(path, new)
        build(new, site)
    build(runs, site, most_bytes=EVERYTHING, now_ms=NOW_MS)
    build(runs, tmp_path / "at-once", most_bytes=EVERYTHING, now_ms=NOW_MS)
    assert files(site) == files(tmp_path / "at-once")
