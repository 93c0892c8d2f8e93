"""Files that are no good run logs never stop a build: each becomes a row that says why."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from site_reading import check_run, check_usable, files, read_site

from pynb_dag_runner.conventions import ArtifactKind, Result
from pynb_dag_runner.errors import EngineError, UsageError
from pynb_dag_runner.site import document as document_module

Build = Callable[..., Any]


def unreadable(site: Path) -> dict[str, tuple[str | None, str]]:
    rows = read_site(site)["manifest", ""]["unreadable"]
    return {row["file"]: (row["run_id"], row["reason"]) for row in rows}


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


def test_nothing_of_a_damaged_site_is_lost(
    tmp_path: Path, many_runs: Path, build: Build, copied: Callable[[Path], Path]
) -> None:
    build(many_runs, tmp_path / "whole")
    whole = files(tmp_path / "whole")
    no_logs = tmp_path / "no-logs"
    no_logs.mkdir()
    for name, damage in {
        "data/state.json": b"",
        "data/manifest.js": b"torn",
        "data/index/2026-09-0.js": b"torn",
        "data/details/2026-10-0.js": None,
    }.items():
        for runs in (many_runs, no_logs):
            site = copied(tmp_path / "whole")
            if damage is None:
                (site / name).unlink()
            else:
                (site / name).write_bytes(damage)
            assert build(runs, site).total == 7
            repaired = files(site)
            if name == "data/state.json" and runs is no_logs:
                # Which files the runs were made from is not known any more.
                del repaired["data/state.json"]
                assert repaired == {path: content for path, content in whole.items() if path != "data/state.json"}
            else:
                assert repaired == whole


def test_a_site_without_its_memory_takes_no_other_log_for_its_own(
    tmp_path: Path, copy_run: Callable[..., Path], build: Build
) -> None:
    runs, site = tmp_path / "runs", tmp_path / "site"
    path = copy_run(runs, "twin")
    build(runs, site)
    (site / "data/state.json").write_text("{}")
    other_content(path)
    report = build(runs, site)
    assert len(report.unreadable) == 1


def test_a_damaged_run_is_mended_from_its_log_and_kept_until_then(
    tmp_path: Path, many_runs: Path, build: Build
) -> None:
    site, no_logs = tmp_path / "site", tmp_path / "no-logs"
    no_logs.mkdir()
    build(many_runs, site)
    whole = files(site)
    (site / "data/state.json").write_bytes(b"torn")
    (site / "data/runs/run-2/run.js").write_bytes(b"torn")
    torn = files(site)
    with pytest.raises(EngineError, match=r"1 run of the earlier site would be lost: files of run-2 .* --drop RUN_ID"):
        build(no_logs, site)
    assert files(site) == torn
    # Who looks at the own site goes on with the others: nothing is published by that.
    report = build(no_logs, site, is_strict=False)
    assert (report.total, report.damaged) == (6, ["run-2"])
    assert build(no_logs, site, is_strict=False).damaged == ["run-2"]
    assert (site / "data/runs/run-2/0.js").exists()
    with pytest.raises(EngineError, match="run-2"):
        build(no_logs, site)
    report = build(many_runs, site)
    assert (report.total, report.damaged) == (7, [])
    assert files(site) == whole


def test_a_run_whose_files_are_gone_is_made_again(tmp_path: Path, many_runs: Path, build: Build) -> None:
    site = tmp_path / "site"
    build(many_runs, site)
    whole = files(site)
    shutil.rmtree(site / "data/runs/run-2")
    build(many_runs, site)
    assert files(site) == whole


@pytest.mark.parametrize("damaged_state", [False, True])
def test_a_site_of_a_newer_version_is_not_touched(
    tmp_path: Path, many_runs: Path, build: Build, damaged_state: bool
) -> None:
    site = tmp_path / "site"
    build(many_runs, site)
    state, manifest = site / "data/state.json", site / "data/manifest.js"
    state.write_bytes(b"torn" if damaged_state else state.read_bytes().replace(b'"format":1', b'"format":2'))
    manifest.write_bytes(manifest.read_bytes().replace(b'"format":1', b'"format":2'))
    before = files(site)
    for arguments in ((many_runs, site), (many_runs, tmp_path / "new", site)):
        with pytest.raises(UsageError, match="newer pdr"):
            build(*arguments)
    assert files(site) == before


@pytest.mark.parametrize("place", ["runs", "chunks", "bundle", "files", "month", "dropped", "damaged", "broken"])
def test_names_in_a_state_that_somebody_tampered_with_lead_nowhere(
    tmp_path: Path, many_runs: Path, build: Build, bundle: Path, place: str
) -> None:
    site, precious = tmp_path / "site", tmp_path / "precious"
    build(many_runs, site)
    precious.write_text("stay")
    state = json.loads((site / "data/state.json").read_bytes())
    if place in ("bundle", "dropped", "damaged", "broken"):
        state[place].append("../precious")
    elif place == "files":
        state["runs"]["run-1"]["files"]["../precious"] = [4, "0" * 64]
    elif place == "month":
        state["runs"]["run-1"]["month"] = "../../../precious"
    else:
        state[place]["../../../precious"] = next(iter(state[place].values()))
    (site / "data/state.json").write_text(json.dumps(state))
    assert build(many_runs, tmp_path / "new", site).total == 7
    assert build(many_runs, site, most_bytes=1).total == 7
    assert precious.read_text() == "stay"
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "original") == [
        "bundle",
        "many",
        "new",
        "precious",
        "site",
    ]


def test_what_an_earlier_version_wrote_is_made_again_where_logs_are_at_hand(
    tmp_path: Path, many_runs: Path, build: Build
) -> None:
    site = tmp_path / "site"
    build(many_runs, site)
    whole = files(site)
    state = json.loads((site / "data/state.json").read_bytes())
    state["writer"] = "0.0.1/1"
    for entry in state["runs"].values():
        entry["fingerprint"] = "made in another way"
    (site / "data/state.json").write_text(json.dumps(state))
    for number in range(7):
        page = site / f"r/run-{number}/index.html"
        page.write_text("as an earlier version wrote it")
    (many_runs / "run-3.otlp.jsonl").unlink()
    report = build(many_runs, site)
    assert (report.total, report.replaced, report.unreadable) == (7, 6, [])
    different = {name for name, content in files(site).items() if whole[name] != content}
    assert different == {"data/state.json"}
