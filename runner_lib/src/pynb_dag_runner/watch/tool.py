"""Runs a tool at once, and again whenever something was saved; a save ends the one that still runs."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pynb_dag_runner.conventions import Variable
from pynb_dag_runner.errors import UsageError
from pynb_dag_runner.execution.janitor import janitor
from pynb_dag_runner.watch.changes import Changes

_GRACE_S = 1.0
_POLL_S = 0.05


def begin_line(name: str) -> str:
    """What an editor waits for: a tool, or a run of the pipeline, begins."""
    return f"[watch:{name}] begin"


def end_line(name: str, exit_code: int) -> str:
    """What an editor waits for: it has ended."""
    return f"[watch:{name}] end rc={exit_code}"


def watch_tool(
    name: str, command: Sequence[str], folder: Path, say: Callable[[str], object], is_over: Callable[[], bool]
) -> None:
    """Run ``command`` in ``folder`` at the start and at each save, until ``is_over`` says so.

    Raises:
        UsageError: the command cannot be started at all.
    """
    changes = Changes(folder)
    mark = f"watch-{secrets.token_hex(8)}"
    # Should this process be killed, the janitor ends the tool.
    with janitor(mark) as helper:
        try:
            _watch(name, command, changes, folder, {**os.environ, Variable.RUN_MARK: mark}, say, is_over)
        finally:
            helper.communicate()  # closes its standard input, and waits until it has looked


def _watch(
    name: str,
    command: Sequence[str],
    changes: Changes,
    folder: Path,
    environment: Mapping[str, str],
    say: Callable[[str], object],
    is_over: Callable[[], bool],
) -> None:
    while not is_over():
        say(begin_line(name))
        process = _started(command, folder, environment)
        changed: set[Path] = set()
        try:
            while process.poll() is None and not is_over() and not changed:
                changed = changes.look()
                time.sleep(_POLL_S)
        finally:
            end_group(process)
        code = process.returncode
        say(end_line(name, code if code >= 0 else 128 - code))  # a signal, as a shell tells it
        if not changed and not is_over():
            say(f"[watch:{name}] waits for a save; Ctrl-C ends it")
            changes.wait(is_over)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process and all of its group: politely, then not. What it left behind when it ended goes, too."""
    # Its own id names the group for as long as anybody is in it.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_S
        while time.monotonic() < deadline:
            process.poll()
            os.killpg(process.pid, 0)
            time.sleep(_POLL_S)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _started(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
    except OSError as error:
        raise UsageError(f"{command[0]} cannot be started: {error.strerror}") from error
