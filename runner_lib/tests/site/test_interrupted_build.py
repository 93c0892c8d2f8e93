"""A build may be killed at any moment: what it leaves can be shown, and the next build makes it whole."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from site_reading import check_usable, files, read_site

from pynb_dag_runner.errors import EngineError
from pynb_dag_runner.site import folder as folder_module

Build = Callable[..., Any]


class Killed(BaseException):
    """Stands for the end of the process: nobody catches it."""


def kill_at(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let the file that would appear as ``number`` not appear."""
    left = iter(range(number))
    replace = os.replace

    def counted(source: Any, target: Any) -> None:
        if next(left, None) is None:
            raise Killed
        replace(source, target)

    monkeypatch.setattr(folder_module.os, "replace", counted)


def test_wherever_a_first_build_is_killed_the_next_one_makes_the_site(
    many_runs: Path, tmp_path: Path, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(many_runs, tmp_path / "at-once")
    expected = files(tmp_path / "at-once")
    number = 0
    while True:
        site = tmp_path / f"site-{number}"
        kill_at(monkeypatch, number)
        try:
            build(many_runs, site)
        except Killed:
            monkeypatch.undo()
            build(many_runs, site)
            assert files(site) == expected
            number += 1
        else:
            break
    assert number > 20


def test_wherever_a_later_build_is_killed_the_site_stays_usable_and_nothing_is_lost(
    many_runs: Path,
    tmp_path: Path,
    build: Build,
    copy_run: Callable[..., Path],
    copied: Callable[[Path], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = tmp_path / "old"
    build(many_runs, old)
    shutil.rmtree(many_runs)
    for number in (3, 30, 60):
        copy_run(many_runs, f"run-new-{number}", days=number)
    whole = copied(old)
    build(many_runs, whole)
    expected = files(whole)
    number = 0
    while True:
        site = copied(old)
        kill_at(monkeypatch, number)
        try:
            build(many_runs, site)
        except Killed:
            monkeypatch.undo()
            shown = check_usable(site)
            assert {f"run-{index}" for index in range(7)} <= set(shown)
            build(many_runs, site)
            assert files(site) == expected
            number += 1
        else:
            break
    assert number > 12


@pytest.mark.parametrize("place", ["in place", "elsewhere"])
@pytest.mark.parametrize("options", [{"most_bytes": 60_000}, {"most_bytes": 1}, {"drop": ["run-1", "run-5"]}])
def test_wherever_a_build_that_removes_something_is_killed_the_rest_stays(
    many_runs: Path,
    tmp_path: Path,
    build: Build,
    copied: Callable[[Path], Path],
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
    place: str,
) -> None:
    old, no_logs, whole = tmp_path / "old", tmp_path / "no-logs", tmp_path / "whole"
    no_logs.mkdir()
    build(many_runs, old)
    content = files(old)
    options = {**options, "now_ms": 1_800_000_000_000}
    build(no_logs, whole, old, **options)
    expected = files(whole)
    assert expected != content
    number = 0
    while True:
        site, previous = (copied(old), None) if place == "in place" else (tmp_path / f"new-{number}", old)
        kill_at(monkeypatch, number)
        try:
            build(no_logs, site, previous, **options)
        except Killed:
            monkeypatch.undo()
            if place == "in place":
                assert {f"run-{index}" for index in range(7)} - set(options.get("drop", ())) <= set(check_usable(site))
            build(no_logs, site, previous, **options)
            assert files(site) == expected
            number += 1
        else:
            break
    assert number >= (2 if place == "in place" else 20)
    assert files(old) == content


def test_a_build_that_is_killed_while_a_run_grows_leaves_no_row_of_what_it_was(
    tmp_path: Path,
    copy_run: Callable[..., Path],
    build: Build,
    copied: Callable[[Path], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old, runs, no_logs = tmp_path / "old", tmp_path / "runs", tmp_path / "no-logs"
    no_logs.mkdir()
    log = copy_run(runs, "run")
    content = log.read_bytes()
    log.write_bytes(b"".join(content.splitlines(keepends=True)[:8]))
    build(runs, old)
    log.write_bytes(content)
    statuses = set()
    for number in range(20):
        site = copied(old)
        kill_at(monkeypatch, number)
        try:
            build(runs, site)
        except Killed:
            monkeypatch.undo()
        else:
            break
        # The log is gone meanwhile: what was written of it is all there is.
        try:
            build(no_logs, site)
        except EngineError:
            # Half of its files are old.
            build(runs, site)
        (status,) = read_site(site)["index", "2026-09-0"]["status"]["values"]
        assert status == read_site(site)["run", "run"]["status"]
        statuses.add(status)
    assert statuses == {"interrupted", "failure"}


def test_what_a_killed_build_had_no_time_to_delete_is_deleted_by_the_next(
    many_runs: Path, tmp_path: Path, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    build(many_runs, site)

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(folder_module.SiteFolder, "remove", killed)
        with pytest.raises(Killed):
            build(many_runs, site, most_bytes=1, drop=["run-3"], now_ms=1_800_000_000_000)
    assert check_usable(site) == [f"run-{number}" for number in range(7) if number != 3]
    assert (site / "data/runs/run-3").exists()
    assert (site / "data/runs/run-1/0.js").exists()
    build(many_runs, site)
    build(many_runs, tmp_path / "at-once", most_bytes=1, drop=["run-3"], now_ms=1_800_000_000_000)
    assert files(site) == files(tmp_path / "at-once")


@pytest.mark.slow
def test_a_build_that_is_really_killed_leaves_no_processes(
    tmp_path: Path, copy_run: Callable[..., Path], bundle: Path, build: Build
) -> None:
    for number in range(300):
        copy_run(tmp_path / "runs", f"run-{number:03}", days=number / 10)
    program = (
        "import sys; from pathlib import Path; from pynb_dag_runner.site.build import build_site\n"
        "if __name__ == '__main__':\n"
        "    build_site(Path(sys.argv[1]), Path(sys.argv[2]), bundle=Path(sys.argv[3]), processes=2,"
        " progress=lambda done, of: print(done, flush=True))\n"
    )
    (tmp_path / "program.py").write_text(program)
    site = tmp_path / "site"
    command = [sys.executable, str(tmp_path / "program.py"), str(tmp_path / "runs"), str(site), str(bundle)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            if int(line) >= 20:
                break
        process.kill()
        process.wait()
        deadline = time.monotonic() + 30
        while has_members(process.pid):
            assert time.monotonic() < deadline, "a process of the killed build is still there"
            time.sleep(0.05)
    build(tmp_path / "runs", site)
    build(tmp_path / "runs", tmp_path / "at-once")
    assert files(site) == files(tmp_path / "at-once")


def has_members(session: int) -> bool:
    """Whether the process group has members that are more than a dead process nobody has asked for."""
    try:
        os.killpg(session, signal.SIG_DFL)
    except ProcessLookupError:
        return False
    listed = subprocess.run(["ps", "-o", "stat=", "-g", str(session)], capture_output=True, text=True).stdout.split()
    return any(not state.startswith("Z") for state in listed)
