"""Files that are no good run logs never stop a build: each becomes a row that says why."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from site_reading import check_run, check_usable, files, read_site, unreadable

from pynb_dag_runner.conventions import ArtifactKind, Result
from pynb_dag_runner.site import document as document_module

Build = Callable[..., Any]


def test_each_bad_file_is_a_row(
    tmp_path: Path, copy_run: Callable[..., Path], build: Build, start_recording: Any
) -> None:
    runs, site = tmp_path / "runs", tmp_path / "site"
    good = copy_run(runs, "good")
    content = good.read_bytes()
    bad = {
        "empty": b"",
        "nothing-left": content[:50],
        "foreign": b'{"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": []}]}\n',
        "json": b'{"name": "package"}\n',
        "binary": os.urandom(50_000),
        "newer": content.replace(
            b'"pdr.runlog.version","value":{"intValue":"1"}', b'"pdr.runlog.version","value":{"intValue":"2"}'
        ),
        "traversal": content.replace(b'"good"', b'"../../../etc"'),
    }
    for name, damaged in bad.items():
        assert damaged != content
        (runs / f"{name}.otlp.jsonl").write_bytes(damaged)
    (runs / "loop.otlp.jsonl").symlink_to("loop.otlp.jsonl")
    report = build(runs, site)
    assert (report.total, len(report.unreadable)) == (1, 8)
    rows = unreadable(site)
    assert set(rows) == {f"{name}.otlp.jsonl" for name in (*bad, "loop")}
    assert "empty" in rows["empty.otlp.jsonl"][1]
    assert "cut off" in rows["nothing-left.otlp.jsonl"][1]
    assert "no pipeline run" in rows["foreign.otlp.jsonl"][1]
    assert "update pdr" in rows["newer.otlp.jsonl"][1]
    assert "run id" in rows["traversal.otlp.jsonl"][1]
    assert not any(str(tmp_path) in reason for _, reason in rows.values())
    assert check_usable(site) == ["good"]
    assert sorted(path.name for path in (site / "data/runs").iterdir()) == ["good"]

    # The same again, and what vanished is not mentioned any more.
    before = files(site)
    build(runs, site)
    assert files(site) == before
    for name in bad:
        (runs / f"{name}.otlp.jsonl").unlink()
    build(runs, site)
    assert set(unreadable(site)) == {"loop.otlp.jsonl"}


def test_a_log_that_was_cut_off_is_shown_as_far_as_it_goes(
    tmp_path: Path, copy_run: Callable[..., Path], build: Build
) -> None:
    path = copy_run(tmp_path / "runs", "cut")
    path.write_bytes(path.read_bytes()[:-1500])
    build(tmp_path / "runs", tmp_path / "site")
    data = read_site(tmp_path / "site")
    assert data["run", "cut"]["status"] == "interrupted"
    assert any("torn" in warning for warning in data["run", "cut"]["warnings"])
    assert check_run(data, "cut") == path.read_bytes()


def other_content(path: Path) -> None:
    """The same run id and size, but not the same run."""
    path.write_bytes(path.read_bytes().replace(b"1797", b"1798"))


def test_two_different_logs_of_one_run(tmp_path: Path, copy_run: Callable[..., Path], build: Build) -> None:
    runs, site = tmp_path / "runs", tmp_path / "site"
    first = copy_run(runs / "a", "twin")
    second = copy_run(runs / "b", "twin")
    second.write_bytes(second.read_bytes() + b"\n")
    report = build(runs, site)
    assert report.total == 1
    assert unreadable(site) == {
        "a/twin.otlp.jsonl": ("twin", "another file with the same run id is in the site, and the two differ")
    }
    assert check_run(read_site(site), "twin") == second.read_bytes()
    before = files(site)
    build(runs, site)
    assert files(site) == before
    # The one that was there first stays, also when it is gone.
    second.unlink()
    build(runs, site)
    assert set(unreadable(site)) == {"a/twin.otlp.jsonl"}
    assert first.exists()
    first.unlink()
    build(runs, site)
    assert unreadable(site) == {}
    assert read_site(site)["manifest", ""]["sizes"]["runs"] == 1


def test_a_finished_run_is_not_replaced(tmp_path: Path, copy_run: Callable[..., Path], build: Build) -> None:
    runs, site = tmp_path / "runs", tmp_path / "site"
    path = copy_run(runs, "twin")
    original = path.read_bytes()
    build(runs, site)
    other_content(path)
    report = build(runs, site)
    assert (report.replaced, len(report.unreadable)) == (0, 1)
    assert check_run(read_site(site), "twin") == original


def test_copies_of_one_file_are_one(tmp_path: Path, copy_run: Callable[..., Path], build: Build) -> None:
    for folder in ("a", "b", "c/d"):
        copy_run(tmp_path / "runs" / folder, "same")
    report = build(tmp_path / "runs", tmp_path / "site")
    assert (report.total, report.unreadable) == (1, [])


def test_a_finished_log_counts_more_than_a_larger_one_without_end(
    tmp_path: Path, copy_run: Callable[..., Path], build: Build
) -> None:
    runs = tmp_path / "runs"
    whole = copy_run(runs / "a", "twin")
    cut = copy_run(runs / "b", "twin")
    lines = cut.read_bytes().splitlines(keepends=True)
    cut.write_bytes(b"".join(lines[:-1]) + lines[1] * 50)
    build(runs, tmp_path / "site")
    assert check_run(read_site(tmp_path / "site"), "twin") == whole.read_bytes()
    assert set(unreadable(tmp_path / "site")) == {"b/twin.otlp.jsonl"}


def test_a_partial_log_beside_the_finished_one_is_not_mentioned(
    tmp_path: Path, copy_run: Callable[..., Path], build: Build
) -> None:
    runs, site = tmp_path / "runs", tmp_path / "site"
    whole = copy_run(runs / "a", "twin")
    partial = runs / "b" / "twin.otlp.jsonl.part"
    partial.parent.mkdir()
    partial.write_bytes(whole.read_bytes()[:-3000])
    for _ in range(2):
        build(runs, site)
        assert unreadable(site) == {}
        assert read_site(site)["run", "twin"]["status"] == "failure"


def test_an_unfinished_run_is_replaced_by_more_of_it_but_not_by_less(
    tmp_path: Path, copy_run: Callable[..., Path], build: Build
) -> None:
    runs, site = tmp_path / "runs", tmp_path / "site"
    path = copy_run(runs, "cut")
    lines = path.read_bytes().splitlines(keepends=True)

    def after(count: int | None) -> Any:
        path.write_bytes(b"".join(lines[:count]))
        build(runs, site)
        data = read_site(site)
        return check_run(data, "cut"), data["run", "cut"]["status"], len(data["manifest", ""]["unreadable"])

    assert after(8) == (b"".join(lines[:8]), "interrupted", 0)
    assert after(12) == (b"".join(lines[:12]), "interrupted", 0)
    assert after(6) == (b"".join(lines[:12]), "interrupted", 1)
    assert after(None) == (b"".join(lines), "failure", 0)


def test_run_ids_that_differ_in_case_alone_are_not_mixed_up(
    tmp_path: Path, copy_run: Callable[..., Path], build: Build
) -> None:
    copy_run(tmp_path / "runs", "Run")
    copy_run(tmp_path / "runs" / "b", "run")
    report = build(tmp_path / "runs", tmp_path / "site")
    assert report.total == 1
    assert [one.reason for one in report.unreadable] == [
        "its run id differs from Run, which is in the site, only in case"
    ]


def test_a_log_that_cannot_be_read_now_is_tried_again(
    tmp_path: Path, copy_run: Callable[..., Path], build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_run(tmp_path / "runs", "shy")
    from pynb_dag_runner.site import workers

    def out_of_memory(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(workers, "write_run", out_of_memory)
    assert "MemoryError" in build(tmp_path / "runs", tmp_path / "site").unreadable[0].reason
    monkeypatch.undo()
    assert build(tmp_path / "runs", tmp_path / "site").total == 1


HOSTILE = [
    "../../outside",
    "'); alert(1); ('",
    "</script><script>alert(1)</script>",
    "\u202egnp.exe \u200f",
    "\U0001f600 ä 漢",
    "__proto__",
    "constructor",
    "\u2028\u2029",
    "a" * 5000,
    "",
]


def test_names_of_strangers(tmp_path: Path, start_recording: Callable[..., Any], build: Build) -> None:
    recording = start_recording(tmp_path, "hostile", {name: [] for name in HOSTILE})
    for name in HOSTILE:
        attempt = recording.attempt(name)
        attempt.metric(name, float("inf"))
        attempt.metric(name, float("-inf"))
        attempt.value(name, {name: [name, float("nan")]})
        attempt.artifact(name or "unnamed", name, ArtifactKind.TEXT)
        attempt.output("stdout", name)
        attempt.finish_outputs()
        attempt.exception(name, name, name, name, 1)
        recording.end_attempt(name, 1, Result.FAILURE, name)
        recording.end_task(name, Result.FAILURE)
    recording.finish(Result.FAILURE)
    site = tmp_path / "site"
    report = build(tmp_path, site)
    assert (report.total, report.unreadable) == (1, [])
    data = read_site(site)
    tasks = data["run", "hostile"]["tasks"]
    assert [task["id"] for task in tasks] == HOSTILE
    for name, task in zip(HOSTILE, tasks, strict=True):
        (attempt,) = task["attempts"]
        assert attempt["metrics"] == [
            {"name": name, "last": "-Infinity", "min": "-Infinity", "max": "Infinity", "count": 2}
        ]
        assert attempt["values"] == {name: {name: [name, "NaN"]}}
        assert attempt["exceptions"][0]["message"] == name
    assert not (tmp_path.parent / "outside").exists()
    page = (site / "r/hostile/index.html").read_text(encoding="utf-8")
    assert page.count("<script>") == 1
    assert "\u202e" not in page


def test_lone_surrogates(tmp_path: Path, copy_run: Callable[..., Path], build: Build) -> None:
    path = copy_run(tmp_path / "runs", "odd")
    path.write_bytes(
        path.read_bytes().replace(b"nr_images", b"\\\\ud83d\\\\ude00\\\\udc80").replace(b"ingest", b"\\ud83d")
    )
    before = None
    for _ in range(2):
        assert build(tmp_path / "runs", tmp_path / "site").unreadable == []
        assert before in (None, files(tmp_path / "site"))
        before = files(tmp_path / "site")
    data = read_site(tmp_path / "site")
    assert data["details", "2026-09-0"]["tasks"]["values"][0][0] == "\ud83d"


def test_ten_thousand_metrics_on_a_task(tmp_path: Path, start_recording: Callable[..., Any], build: Build) -> None:
    recording = start_recording(tmp_path, "many", {"train": []})
    attempt = recording.attempt("train")
    for number in range(10_000):
        attempt.metric(f"metric-{number}", number / 3)
    recording.end_attempt("train", 1, Result.SUCCESS)
    recording.end_task("train", Result.SUCCESS)
    recording.finish(Result.SUCCESS)
    build(tmp_path, tmp_path / "site")
    data = read_site(tmp_path / "site")
    assert len(data["run", "many"]["tasks"][0]["attempts"][0]["metrics"]) == 10_000
    assert len(data["details", "2026-09-0"]["metrics"]) == 10_000
    assert len(data["index", "2026-09-0"]["metrics"]) == 6


def test_too_large_artifacts_are_left_out_and_the_rest_of_the_run_is_there(
    tmp_path: Path, start_recording: Callable[..., Any], build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_module, "LARGEST_ARTIFACT_BYTES", 1_000_000)
    recording = start_recording(tmp_path, "heavy", {"train": []})
    attempt = recording.attempt("train")
    attempt.artifact("small.bin", os.urandom(1_000_000))
    attempt.artifact("large.bin", os.urandom(1_000_001))
    attempt.artifact("after.txt", "after", ArtifactKind.TEXT)
    recording.end_attempt("train", 1, Result.SUCCESS)
    recording.end_task("train", Result.SUCCESS)
    log = recording.finish(Result.SUCCESS)
    build(tmp_path, tmp_path / "site")
    data = read_site(tmp_path / "site")
    assert check_run(data, "heavy") is None
    document = data["run", "heavy"]
    artifacts = {artifact["name"]: artifact for artifact in document["tasks"][0]["attempts"][0]["artifacts"]}
    assert {name: artifact["state"] for name, artifact in artifacts.items()} == {
        "small.bin": "complete",
        "large.bin": "left_out",
        "after.txt": "complete",
    }
    pieces = document["log"]["pieces"]
    assert [piece["script_bytes"] for piece in pieces if piece["left_out"]] == [0]
    assert sum(piece["size_bytes"] for piece in pieces) == log.stat().st_size
    ((number, offset, length),) = artifacts["after.txt"]["chunks"]
    line = json.loads(data["piece", f"heavy/{number}"][offset : offset + length])
    assert "after" in json.dumps(line)


def test_a_notebook_of_50_mb(tmp_path: Path, start_recording: Callable[..., Any], build: Build) -> None:
    recording = start_recording(tmp_path, "notebook", {"train": []})
    attempt = recording.attempt("train")
    attempt.artifact("train.ipynb", json.dumps({"cells": ["x" * 50_000_000]}), ArtifactKind.NOTEBOOK)
    recording.end_attempt("train", 1, Result.SUCCESS)
    recording.end_task("train", Result.SUCCESS)
    log = recording.finish(Result.SUCCESS)
    build(tmp_path, tmp_path / "site")
    data = read_site(tmp_path / "site")
    (notebook,) = data["run", "notebook"]["tasks"][0]["attempts"][0]["artifacts"]
    assert (notebook["state"], len(notebook["chunks"])) == ("complete", 6)
    assert check_run(data, "notebook") == log.read_bytes()
