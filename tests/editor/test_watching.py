"""The watchers that the editor starts: a flaw is saved, listed, mended, and gone from the list."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

_HANG_S = 180.0

FLAWS = {
    "watch: black": "x = {  'a':1 }\n",
    "watch: ruff": "import os\n",
    "watch: mypy": 'value: int = "text"\n',
    "watch: pipeline": 'raise ValueError("no")\n',
}


def wait_for_end(editor: Any, process: subprocess.Popen[bytes], number: int) -> None:
    """Wait until the watcher has ended its cycle of this number."""
    deadline = time.monotonic() + _HANG_S
    while sum(line.startswith("[watch:") and "] end" in line for line in printed(editor)) < number:
        assert process.poll() is None, printed(editor)
        assert time.monotonic() < deadline, printed(editor)
        time.sleep(0.1)


def printed(editor: Any) -> list[str]:
    """What the watcher has printed so far."""
    lines: list[str] = (editor.folder.parent / "printed.txt").read_text(encoding="utf-8").splitlines()
    return lines


def save(path: Path, text: str) -> None:
    """At once: a watcher on a busy machine may look at a file that was emptied and not written yet, and runs for it, too."""
    written = path.with_suffix(".saved")
    written.write_text(text, encoding="utf-8")
    written.replace(path)


@pytest.mark.parametrize("label", FLAWS)
def test_a_flaw_comes_and_goes(editor: Any, label: str) -> None:
    notebook = editor.folder / "notebooks" / "report.py"
    good = notebook.read_text(encoding="utf-8")
    task = editor.tasks[label]
    with (editor.folder.parent / "printed.txt").open("wb") as output:
        process = subprocess.Popen(
            [task["command"], *task["args"]],
            cwd=editor.folder,
            env=editor.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for_end(editor, process, 1)
        save(notebook, f"{good}\n# %%\n{FLAWS[label]}")
        wait_for_end(editor, process, 2)
        save(notebook, good)
        wait_for_end(editor, process, 3)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(_HANG_S)
    cycles = editor.cycles(label, [line for line in printed(editor) if line])
    assert cycles[0] == []
    assert {problem.file for problem in cycles[1]} == {"notebooks/report.py"}
    assert cycles[2] == []
    assert len(cycles) == 3
