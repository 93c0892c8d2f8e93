"""Who ran what is known from GitHub alone: logs that claim something else, and origins that do not fit."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from collected_runs import FORK, PULL_REQUEST, Collect, claiming
from site_reading import check_run, check_usable, files, index_rows, read_site, unreadable

from pynb_dag_runner.runlog.origin import origin_path
from pynb_dag_runner.site import run_files

Build = Callable[..., Any]

CLAIMS = {
    "vcs.ref.head.revision": "f" * 40,
    "vcs.ref.head.name": "main",
    "vcs.ref.head.type": "branch",
    "vcs.ref.base.name": "main",
    "vcs.ref.base.revision": "e" * 40,
    "vcs.change.id": "1",
    "vcs.change.title": "Nothing to see",
    "vcs.repository.url.full": "https://evil.example/octo/digits",
    "vcs.repository.name": "digits",
    "vcs.owner.name": "octo",
    "vcs.something.new": "x",
    " VCS.ref.head.name": "main",
    "pdr.github.event": "push",
    "pdr.github.run_id": "999999",
    "pdr.github.run_attempt": "1",
    "pdr.github.workflow": "Daily",
    "pdr.github.actor": "octocat",
    "pdr.github.more": "x",
    "cicd.pipeline.run.url.full": "https://evil.example/",
    "cicd.pipeline.run.id": "999999-1",
    "pdr.vcs.dirty": True,
    "host.name": "runner",
}


def test_a_collected_run_is_known_by_its_address(tmp_path: Path, collect: Collect, build: Build) -> None:
    log = collect(tmp_path / "runs", 6513, run_id="20261121T060000Z-abc")
    site = tmp_path / "site"
    build(tmp_path / "runs", site)
    assert check_usable(site) == ["6513-1"]
    data = read_site(site)
    assert check_run(data, "6513-1") == log.read_bytes()
    document = data["run", "6513-1"]
    assert (document["run_id"], document["log"]["run_id"]) == ("6513-1", "20261121T060000Z-abc")
    assert document["log"]["file"] == "20261121T060000Z-abc.otlp.jsonl"
    assert document["origin"]["run_id"] == 6513
    assert document["origin"]["head_branch"] == "main"
    assert "#/run/6513-1" in (site / "r/6513-1/index.html").read_text()
    assert index_rows(site)["6513-1"]["branch"] == "main"
    before = files(site)
    assert build(tmp_path / "runs", site).unchanged == 1
    assert files(site) == before


def test_a_pull_request_cannot_pose_as_the_newest_run_of_main(tmp_path: Path, collect: Collect, build: Build) -> None:
    runs, site = tmp_path / "runs", tmp_path / "site"
    collect(runs, 1)
    collect(runs, 2, days=1, change=claiming(CLAIMS), run_id="20991231T235959Z-newest", **FORK)
    build(runs, site)
    row = index_rows(site)["2-1"]
    assert (row["trigger"], row["branch"], row["pull_request"], row["fork"]) == (
        "pull_request",
        "stranger:main",
        "12",
        True,
    )
    assert row["commit"] == f"{2:040x}"[:12]
    document = read_site(site)["run", "2-1"]
    assert document["resource"] == {
        "cicd.pipeline.run.id": "2-1",
        "cicd.pipeline.run.url.full": "https://github.com/octo/digits/actions/runs/2/attempts/1",
        "vcs.repository.url.full": "https://github.com/octo/digits",
        "vcs.repository.name": "digits",
        "vcs.owner.name": "octo",
        "vcs.provider.name": "github",
        "vcs.ref.head.revision": f"{2:040x}",
        "vcs.ref.head.name": "main",
        "vcs.ref.head.type": "branch",
        "vcs.change.id": "12",
        "vcs.change.title": "Train faster",
        "pdr.github.event": "pull_request",
        "pdr.github.run_id": "2",
        "pdr.github.run_attempt": "1",
        "pdr.github.workflow": ".github/workflows/pipeline.yml",
        "pdr.github.actor": "octocat",
        "pdr.vcs.dirty": True,
        "host.name": "runner",
    }
    page = (site / "r/2-1/index.html").read_text()
    assert "stranger:main" in page
    assert "999999" not in page
    assert index_rows(site)["1-1"]["fork"] is None


def test_what_the_origin_does_not_know_is_not_taken_from_the_log(
    tmp_path: Path, collect: Collect, build: Build
) -> None:
    unknown: dict[str, Any] = dict.fromkeys(("pull_request", "pull_request_title", "head_branch", "actor"))
    collect(tmp_path / "runs", 1, change=claiming(CLAIMS), **(FORK | unknown | {"head_repository": None}))
    build(tmp_path / "runs", tmp_path / "site")
    row = index_rows(tmp_path / "site")["1-1"]
    assert (row["trigger"], row["branch"], row["pull_request"], row["fork"]) == ("pull_request", None, None, True)
    resource = read_site(tmp_path / "site")["run", "1-1"]["resource"]
    assert not {"vcs.change.id", "vcs.change.title", "vcs.ref.head.name", "pdr.github.actor"} & resource.keys()


def test_without_an_origin_a_log_is_believed(tmp_path: Path, copy_run: Callable[..., Path], build: Build) -> None:
    path = copy_run(tmp_path / "runs", "local")
    path.write_bytes(claiming(CLAIMS)(path.read_bytes()))
    build(tmp_path / "runs", tmp_path / "site")
    document = read_site(tmp_path / "site")["run", "local"]
    assert (document["resource"], document["origin"], document["log"]["run_id"]) == (CLAIMS, None, "local")
    assert index_rows(tmp_path / "site")["local"]["pull_request"] == "1"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"log_bytes": 17}, "but its origin is of a log of 17"),
        ({"log_sha256": "0" * 64}, "its origin is of another file"),
    ],
)
def test_an_origin_of_another_log_makes_it_unreadable(
    tmp_path: Path, collect: Collect, build: Build, change: dict[str, Any], reason: str
) -> None:
    runs, site = tmp_path / "runs", tmp_path / "site"
    path = collect(runs, 7, **change)
    build(runs, site)
    (entry,) = unreadable(site).items()
    assert entry[0] == "7-1.otlp.jsonl"
    assert entry[1][0] == "7-1"
    assert reason in entry[1][1]
    assert not (site / "data/runs").exists() or not list((site / "data/runs").iterdir())
    # Collected again, it is tried again.
    path.unlink()
    collect(runs, 7)
    assert build(runs, site).total == 1
    assert unreadable(site) == {}


def test_a_log_that_changes_while_it_is_read_is_unreadable(
    tmp_path: Path, collect: Collect, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    collect(tmp_path / "runs", 7, log_sha256="0" * 64)
    monkeypatch.setattr(run_files, "check_origin", lambda *_: None)
    assert build(tmp_path / "runs", tmp_path / "site").total == 0
    assert unreadable(tmp_path / "site") == {"7-1.otlp.jsonl": ("7-1", "it changed while it was read")}


@pytest.mark.parametrize(
    "damaged", [b"", b"{}", b"null", b'{"version": 99}', b"[" * 100_000, b'{"version": 1, "run_id": "__proto__"}']
)
def test_a_log_with_a_damaged_origin_is_not_taken_for_one_without(
    tmp_path: Path, collect: Collect, build: Build, damaged: bytes
) -> None:
    runs, site = tmp_path / "runs", tmp_path / "site"
    collect(runs, 6)
    origin_path(collect(runs, 7, days=1, run_id="20261121T060000Z-abc")).write_bytes(damaged)
    report = build(runs, site)
    assert report.total == 1
    assert list(unreadable(site)) == ["7-1.otlp.jsonl"]
    assert "its origin 7-1.origin.json" in unreadable(site)["7-1.otlp.jsonl"][1]


def test_nobody_takes_the_address_of_a_run_at_github(
    tmp_path: Path, collect: Collect, copy_run: Callable[..., Path], build: Build
) -> None:
    runs, site = tmp_path / "runs", tmp_path / "site"
    claiming_log = copy_run(runs / "a-stranger", "500-1")
    claiming_log.rename(claiming_log.with_name("plain.otlp.jsonl"))
    assert build(runs, site).total == 0
    assert "its run id 500-1 is that of a run at GitHub, but" in unreadable(site)["a-stranger/plain.otlp.jsonl"][1]
    log = collect(runs / "collected", 500)
    build(runs, site)
    assert check_run(read_site(site), "500-1") == log.read_bytes()
    assert len(unreadable(site)) == 1
    # Nor where it comes to a site that has the run, whose log is gone.
    log.unlink()
    build(runs, site)
    assert read_site(site)["run", "500-1"]["origin"]["run_id"] == 500


def test_a_collected_log_without_its_origin_is_not_taken_for_a_local_one(
    tmp_path: Path, collect: Collect, build: Build
) -> None:
    runs, site = tmp_path / "runs", tmp_path / "site"
    log = collect(runs, 7)
    origin_path(log).rename(tmp_path / "later.json")
    assert build(runs, site).total == 0
    assert "its name is that of a run at GitHub, but no origin" in unreadable(site)["7-1.otlp.jsonl"][1]
    (tmp_path / "later.json").rename(origin_path(log))
    assert build(runs, site).total == 1


def test_a_log_that_calls_itself_as_another_run_displaces_nobody(
    tmp_path: Path, collect: Collect, build: Build
) -> None:
    runs, site = tmp_path / "runs", tmp_path / "site"
    logs = {
        "1-1": collect(runs, 1, run_id="2-1"),
        "2-1": collect(runs, 2, run_id="1-1"),
        "3-1": collect(runs, 3, run_id="1-1", change=lambda content: content + b"\n", **FORK),
    }
    build(runs, site)
    assert unreadable(site) == {}
    data = read_site(site)
    for address, log in logs.items():
        assert check_run(data, address) == log.read_bytes()
        assert data["run", address]["run_id"] == address


def test_the_same_content_under_two_addresses_is_of_two_runs(tmp_path: Path, collect: Collect, build: Build) -> None:
    runs, site = tmp_path / "runs", tmp_path / "site"
    first, second = collect(runs, 1, run_id="same"), collect(runs, 2, run_id="same", **PULL_REQUEST)
    assert first.read_bytes() == second.read_bytes()
    assert build(runs, site).total == 2
    build(runs, tmp_path / "once-more", site)
    for root in (site, tmp_path / "once-more"):
        assert check_usable(root) == ["1-1", "2-1"]
        assert [index_rows(root)[address]["pull_request"] for address in ("1-1", "2-1")] == [None, "12"]
    # And a local copy without an origin is a third.
    (runs / "copy").mkdir()
    shutil.copy(first, runs / "copy" / "same.otlp.jsonl")
    assert build(runs, site).total == 3


def test_of_two_uploads_for_one_attempt_the_first_counts(tmp_path: Path, collect: Collect, build: Build) -> None:
    runs, site = tmp_path / "runs", tmp_path / "site"
    later = collect(runs / "a", 5, artifact_id=9, change=lambda content: content + b"\n")
    first = collect(runs / "b", 5, artifact_id=8)
    tampered = collect(runs / "c", 5, artifact_id=7)
    tampered.write_bytes(tampered.read_bytes()[:-1] + b" ")
    build(runs, site)
    assert check_run(read_site(site), "5-1") == first.read_bytes()
    assert {file: reason.split(":")[0] for file, (_, reason) in unreadable(site).items()} == {
        "a/5-1.otlp.jsonl": "another file with the same run id is in the site, and the two differ",
        "c/5-1.otlp.jsonl": "its origin is of another file",
    }
    first.unlink()
    build(runs, site)
    assert check_run(read_site(site), "5-1") != later.read_bytes()


def test_an_own_name_that_is_none_leads_nowhere(tmp_path: Path, collect: Collect, build: Build) -> None:
    def renamed(content: bytes) -> bytes:
        return content.replace(b'"own-4"', b'"../../../../tmp/<b>"')

    collect(tmp_path / "runs", 4, change=renamed)
    assert build(tmp_path / "runs", tmp_path / "site").unreadable == []
    log = read_site(tmp_path / "site")["run", "4-1"]["log"]
    assert (log["run_id"], log["file"]) == ("../../../../tmp/<b>", "4-1.otlp.jsonl")


def test_a_collected_log_without_its_end_is_finished(tmp_path: Path, collect: Collect, build: Build) -> None:
    def cut(content: bytes) -> bytes:
        return b"".join(content.splitlines(keepends=True)[:-3])

    runs, site = tmp_path / "runs", tmp_path / "site"
    path = collect(runs, 9, change=cut, conclusion="cancelled")
    path = path.rename(path.with_name("9-1.otlp.jsonl.part"))
    build(runs, site)
    data = read_site(site)
    assert data["run", "9-1"]["status"] == "interrupted"
    assert data["run", "9-1"]["log"]["file"] == "own-9.otlp.jsonl.part"
    assert data["manifest", ""]["unfinished"] == {}
    assert json.loads((site / "data/state.json").read_bytes())["runs"]["9-1"]["is_finished"] is True
    # Nothing longer takes its place.
    path.unlink()
    collect(runs, 9)
    build(runs, site)
    assert read_site(site)["run", "9-1"]["status"] == "interrupted"
    assert "9-1.otlp.jsonl" in unreadable(site)


def test_step_by_step_and_from_a_previous_site_origins_stay(tmp_path: Path, collect: Collect, build: Build) -> None:
    logs = [
        collect(tmp_path / "runs", number, days=number, run_id="same", **(FORK if number % 2 else {}))
        for number in range(1, 7)
    ]
    site: Path | None = None
    for number, log in enumerate(logs):
        new = tmp_path / f"new-{number}"
        new.mkdir()
        shutil.copy(log, new)
        shutil.copy(origin_path(log), new)
        build(new, tmp_path / f"site-{number}", site)
        site = tmp_path / f"site-{number}"
    assert site is not None
    build(tmp_path / "runs", tmp_path / "at-once")
    assert files(site) == files(tmp_path / "at-once")
    # What is known of origins is in the documents, too.
    for name in ("data/state.json", "data/manifest.js"):
        (site / name).write_bytes(b"torn")
    (tmp_path / "none").mkdir()
    build(tmp_path / "none", site)
    build(tmp_path / "runs", site)
    assert files(site) == files(tmp_path / "at-once")
