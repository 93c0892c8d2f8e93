"""What the editor debugs: each configuration's command line, run by the debugger itself.

debugpy comes with the kernels of notebooks. It runs the program as it does for an editor, only that nobody is connected.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

pytestmark = pytest.mark.slow


def command_line(configuration: Mapping[str, Any], variables: Mapping[str, str]) -> list[str]:
    """What debugpy runs for a configuration of launch.json."""

    def filled(text: str) -> str:
        for name, value in variables.items():
            text = text.replace(f"${{{name}}}", value)
        assert "${" not in text, text
        return text

    target = ["-m", configuration["module"]] if "module" in configuration else [filled(configuration["program"])]
    options = [] if configuration.get("subProcess", True) else ["--configure-subProcess", "false"]
    return [*options, *target, *(filled(argument) for argument in configuration.get("args", []))]


def debug(editor: Any, name: str, *, exit_code: int, **variables: str) -> str:
    """Run a configuration under the debugger; everything that it printed."""
    (configuration,) = (one for one in editor.read("launch.json")["configurations"] if one["name"] == name)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "debugpy",
        "--listen",
        f"127.0.0.1:{port}",
        *command_line(configuration, variables),
    ]
    ended = subprocess.run(
        command,
        cwd=editor.folder,
        env={**editor.environment, "PYDEVD_DISABLE_FILE_VALIDATION": "1", "MPLBACKEND": "agg"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == exit_code, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def test_one_task_then_a_notebook_that_needs_it(editor: Any) -> None:
    printed = debug(editor, "run of one task (stops in pipeline.py)", exit_code=0, **{"input:task": "measure"})
    assert "success   measure" in printed
    assert "report" not in "".join(line for line in printed.splitlines() if " start " in line)

    notebook = str(editor.folder / "notebooks" / "report.py")
    printed = debug(editor, "this notebook, as a script", exit_code=0, file=notebook)
    assert "The mean of 100 measurements is " in printed
    assert not os.path.exists(editor.folder / "notebooks" / "measurements.png")


def test_a_notebook_that_fails_says_where(editor: Any) -> None:
    editor.write("notebooks/my note-book.py", "# %%\nnumber = 1\n\n# %%\nnumber / 0\n")
    printed = debug(
        editor, "this notebook, as a script", exit_code=1, file=str(editor.folder / "notebooks/my note-book.py")
    )
    assert 'my note-book.py", line 5, in <module>' in printed
    assert "ZeroDivisionError" in printed


def test_a_file_of_tests(editor: Any) -> None:
    file = str(editor.folder / "tests" / "test_measurements.py")
    assert " passed" in debug(editor, "this file of tests", exit_code=0, file=file)
    editor.write("tests/test_measurements.py", "def test_wrong() -> None:\n    assert 1 == 2\n")
    printed = debug(editor, "this file of tests", exit_code=1, file=file)
    assert "tests/test_measurements.py:2: error: [test_wrong] assert 1 == 2" in printed
