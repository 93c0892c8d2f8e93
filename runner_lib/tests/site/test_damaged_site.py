"""A site that is damaged is mended from what is left, and one of another version is understood, or left alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from site_reading import files

from pynb_dag_runner.errors import EngineError, UsageError

Build = Callable[..., Any]


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
    # The same run id and size, but not the same run.
    path.write_bytes(path.read_bytes().replace(b"1797", b"1798"))
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
