"""The watchers that the editor starts: a flaw is saved, listed, mended, and gone from the list."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.slow

_HANG_S = 180.0

NOTEBOOK = "notebooks/report.py"
FLAWS = {
    "watch: black": (NOTEBOOK, "# %%\nx = {  'a':1 }\n"),
    "watch: ruff": (NOTEBOOK, "# %%\nimport os\n"),
    "watch: mypy": (NOTEBOOK, '# %%\nvalue: int = "text"\n'),
    "watch: tests": ("tests/test_pipeline.py", "\n\ndef test_flaw() -> None:\n    assert 1 + 1 == 3\n"),
    "watch: pipeline": (NOTEBOOK, '# %%\nraise ValueError("no")\n'),
}


class Watcher:
    """A task of the editor that goes on in the background."""

    def __init__(self, editor: Any, label: str) -> None:
        self._printed: Path = editor.folder.parent / f"{label.replace(' ', '-')}.txt"
        task = editor.tasks[label]
        with self._printed.open("wb") as output:
            self.process = subprocess.Popen(
                [task["command"], *task["args"]],
                cwd=editor.folder,
                env=editor.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def printed(self) -> list[str]:
        """What it has printed so far."""
        return self._printed.read_text(encoding="utf-8").splitlines()

    def wait_for_end(self, number: int) -> str:
        """Wait until it has ended its cycle of this number; returns how."""
        deadline = time.monotonic() + _HANG_S
        while True:
            ends = [line for line in self.printed() if line.startswith("[watch:") and "] end" in line]
            if len(ends) >= number:
                return ends[number - 1].partition("] ")[2]
            assert self.process.poll() is None, self.printed()
            assert time.monotonic() < deadline, self.printed()
            time.sleep(0.1)

    def interrupt(self) -> int:
        """Ctrl-C, as a terminal gives it to all that runs in it."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(_HANG_S)


def save(path: Path, text: str) -> None:
    """At once: a watcher on a busy machine may look at a file that was emptied and not written yet, and runs for it, too."""
    written = path.with_suffix(".saved")
    written.write_text(text, encoding="utf-8")
    written.replace(path)


@pytest.mark.parametrize("label", FLAWS)
def test_a_flaw_comes_and_goes(editor: Any, label: str) -> None:
    name, flaw = FLAWS[label]
    path = editor.folder / name
    good = path.read_text(encoding="utf-8")
    watcher = Watcher(editor, label)
    try:
        watcher.wait_for_end(1)
        save(path, f"{good}\n{flaw}")
        watcher.wait_for_end(2)
        save(path, good)
        watcher.wait_for_end(3)
    finally:
        watcher.interrupt()
    cycles = editor.cycles(label, [line for line in watcher.printed() if line])
    assert cycles[0] == []
    assert {problem.file for problem in cycles[1]} == {name}
    assert cycles[2] == []
    assert len(cycles) == 3


def test_all_of_them_at_once_and_nobody_is_left(editor: Any) -> None:
    labels = editor.tasks["watch: all"]["dependsOn"]
    assert set(labels) == set(FLAWS)
    watchers = [Watcher(editor, label) for label in labels]
    try:
        assert [watcher.wait_for_end(1) for watcher in watchers] == ["end rc=0"] * len(labels)
        assert processes_in(editor.folder)
    finally:
        codes = [watcher.interrupt() for watcher in watchers]
    # Ctrl-C is how they end, and no failure: make says nothing of one.
    assert set(codes) <= {0, -signal.SIGINT}
    assert not [line for watcher in watchers for line in watcher.printed() if "***" in line]
    deadline = time.monotonic() + _HANG_S
    while left := processes_in(editor.folder):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def processes_in(folder: Path) -> list[psutil.Process]:
    """Every living process that works in a folder."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()).is_relative_to(folder):
                found.append(process)
    return found
