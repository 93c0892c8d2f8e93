"""Whatever builds follow one another, no run is ever lost, and what was there of one stays as it was."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from collected_runs import FORK, PULL_REQUEST, Collect
from site_reading import check_run, check_usable, files, read_site

from pynb_dag_runner.runlog.origin import origin_path
from pynb_dag_runner.site import chunk_files, chunks
from pynb_dag_runner.site import folder as folder_module

Build = Callable[..., Any]

COUNT = 12


class Killed(BaseException):
    """Stands for the end of the process: nobody catches it."""


class History:
    """A tracker over many builds, and all that was ever promised of it."""

    def __init__(self, folder: Path, logs: list[Path], build: Build, chance: random.Random) -> None:
        self._folder = folder
        self._logs = logs
        self._build = build
        self._chance = chance
        self._site = folder / "site-0"
        self._shown: dict[str, Any] = {}
        self._dropped: set[str] = set()
        self._new: list[Path] = []
        self.now_ms = 1_800_000_000_000

    def step(self, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
        """One build of some kind, perhaps killed on its way, and perhaps somewhere else than the one before."""
        chance = self._chance
        self.now_ms += 1000
        runs = self._some_logs(number)
        options: dict[str, Any] = {"now_ms": self.now_ms}
        if chance.random() < 0.4:
            options["most_bytes"] = chance.randrange(20_000, 120_000)
        if self._shown and chance.random() < 0.1:
            options["drop"] = [chance.choice(sorted(self._shown))]
        to, previous = self._site, None
        if chance.random() < 0.5 and self._site.exists():
            to, previous = self._folder / f"site-{number}", self._site
        dropped = set(options.get("drop", ()))
        if chance.random() < 0.5:
            left = iter(range(chance.randrange(4)))
            replace = os.replace

            def counted(source: Any, target: Any) -> None:
                if next(left, None) is None:
                    raise Killed
                replace(source, target)

            monkeypatch.setattr(folder_module.os, "replace", counted)
            try:
                self._build(runs, to, previous, **options)
            except Killed:
                monkeypatch.undo()
                if to == self._site and (to / "data/manifest.js").exists():
                    # A row may be on its way from one chunk to the next, but whatever is listed can be shown.
                    check_usable(to)
            monkeypatch.undo()
        self._build(runs, to, previous, **options)
        self._dropped |= dropped
        self._site = to
        self._check(dropped)

    def _some_logs(self, number: int) -> Path:
        """A folder with some logs: build artifacts come, and expire."""
        runs = self._folder / f"runs-{number}"
        runs.mkdir()
        for log in self._chance.sample(self._logs, self._chance.randrange(4)):
            for path in (log, origin_path(log)):
                if path.exists():
                    shutil.copy(path, runs)
        return runs

    def _check(self, dropped: set[str]) -> None:
        shown = set(check_usable(self._site))
        data = read_site(self._site)
        state = json.loads((self._site / "data/state.json").read_bytes())
        assert set(state["runs"]) == shown
        assert set(state["dropped"]) == self._dropped
        assert not shown & self._dropped
        assert self._shown.keys() - dropped <= shown
        levels = [None, "media", "details"]
        for run_id in shown:
            document = data["run", run_id]
            row = self._row(data, run_id)
            level = document["pruned"] and document["pruned"]["level"]
            log = check_run(data, run_id)
            before = self._shown.get(run_id)
            if before is not None:
                assert row == before["row"]
                assert levels.index(level) >= levels.index(before["level"])
                assert log in (before["log"], None)
                assert (log is None) == (level is not None)
                if level is not None and level == before["level"]:
                    assert document["pruned"] == before["pruned"]
            self._shown[run_id] = {"row": row, "level": level, "log": log, "pruned": document["pruned"]}
        for run_id in dropped:
            self._shown.pop(run_id, None)

    def _row(self, data: Any, run_id: str) -> Any:
        """All that index and details say of a run."""
        row: list[Any] = []
        for (kind, _), chunk in sorted(data.items()):
            if kind in ("index", "details") and run_id in chunk["run_id"]:
                at = chunk["run_id"].index(run_id)
                for name, column in sorted(chunk.items()):
                    if name in ("run_id", "base_ms", "statuses"):
                        continue
                    if isinstance(column, dict):
                        row.append((kind, name, None if column["at"][at] == -1 else column["values"][column["at"][at]]))
                    elif name == "metrics":
                        values = [(one["task"], one["name"], one["values"][at]) for one in column]
                        row.append((kind, name, [value for value in values if value[2] is not None]))
                    elif name == "start":
                        row.append((kind, name, column[at] + chunk["base_ms"]))
                    elif name == "status":
                        row.append((kind, name, [chunk["statuses"][code] for code in column[at]]))
                    else:
                        row.append((kind, name, column[at]))
        return row


@pytest.mark.parametrize("seed", range(4))
def test_no_run_is_ever_lost(
    tmp_path: Path,
    collect: Collect,
    copy_run: Callable[..., Path],
    build: Build,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    chance = random.Random(seed)
    logs = [
        collect(tmp_path / "all", number, chance.uniform(0, 70), **chance.choice([{}, {}, PULL_REQUEST, FORK]))
        for number in range(1, COUNT)
    ]
    logs += [copy_run(tmp_path / "all", f"local-{number}", chance.uniform(0, 70)) for number in range(3)]
    with monkeypatch.context() as patch:
        for module in (chunks, chunk_files):
            patch.setattr(module, "MOST_RUNS", 4)
        history = History(tmp_path, logs, build, chance)
        for number in range(1, 16):
            with pytest.MonkeyPatch.context() as kill:
                history.step(number, kill)


def test_publications_one_after_another_keep_the_first_run(tmp_path: Path, collect: Collect, build: Build) -> None:
    """As on GitHub: each build has the previous site and one new log, and nothing else."""
    site: Path | None = None
    first = b""
    for number in range(1, 41):
        runs = tmp_path / f"runs-{number}"
        log = collect(runs, number, days=number * 3)
        first = first or log.read_bytes()
        build(runs, tmp_path / f"site-{number}", site)
        if site is not None:
            shutil.rmtree(site)
        shutil.rmtree(runs)
        site = tmp_path / f"site-{number}"
    assert site is not None
    assert len(check_usable(site)) == 40
    assert check_run(read_site(site), "1-1") == first
    assert "data/state.json" in files(site)
