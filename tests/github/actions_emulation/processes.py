"""Scripts of steps: how they start, what they print, how they end, also before their time."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

TRACKING = "RUNNER_TRACKING_ID"
_LOOK_S = 0.05
_DRAIN_S = 5.0


@dataclass(frozen=True)
class Patience:
    """How long a cancelled step has after SIGINT, and then after SIGTERM; and how long a minute of a time limit is."""

    interrupt_s: float = 7.5
    terminate_s: float = 2.5
    minute_s: float = 60.0


@dataclass
class Ended:
    """How a script ended."""

    exit_code: int
    is_cancelled: bool = False
    is_timed_out: bool = False
    signals: list[str] = field(default_factory=list)
    """Those that were sent to make it end."""


def run_script(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    say: Callable[[str], None],
    is_cancelled: Callable[[], bool],
    timeout_s: float | None,
    patience: Patience,
) -> Ended:
    """Runs a script to its end; ``say`` gets each line of output and errors, in their order.

    Like the runner of GitHub: to end it, its first process alone gets SIGINT, then SIGTERM; at last all of its tree is killed.
    """
    # A test that runs in the background of a shell ignores SIGINT, and its children would do so, too.
    whole = ["/usr/bin/env", "--default-signal=INT,QUIT,TERM", *command]
    process = subprocess.Popen(
        whole,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    reader = threading.Thread(target=_read, args=(process, say), daemon=True)
    reader.start()
    ended = Ended(0)
    limit = None if timeout_s is None else time.monotonic() + timeout_s
    while process.poll() is None:
        ended.is_cancelled = is_cancelled()
        ended.is_timed_out = not ended.is_cancelled and limit is not None and time.monotonic() >= limit
        if ended.is_cancelled or ended.is_timed_out:
            ended.signals = _end(process, patience)
            break
        time.sleep(_LOOK_S)
    ended.exit_code = process.wait()
    reader.join(_DRAIN_S)
    return ended


def _read(process: subprocess.Popen[str], say: Callable[[str], None]) -> None:
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            say(line.rstrip("\r\n"))


def _end(process: subprocess.Popen[str], patience: Patience) -> list[str]:
    sent = []
    for number, seconds in ((signal.SIGINT, patience.interrupt_s), (signal.SIGTERM, patience.terminate_s)):
        sent.append(number.name)
        os.kill(process.pid, number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
        return sent
    sent.append("SIGKILL")
    tree = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
    for one in tree:
        _kill(one)
    return sent


def kill_leftovers(tracking_id: str) -> list[str]:
    """At the end of a job: ends what its steps left running. Returns the names of these programs."""
    names = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(TRACKING) == tracking_id:
                names.append(process.name())
                process.kill()
        except psutil.Error:  # it is gone, or is not ours to look at
            continue
    return names


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
