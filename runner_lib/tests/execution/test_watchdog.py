from __future__ import annotations

import threading
from pathlib import Path

import pytest

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.execution.watchdog import Watchdog

_HANG_S = 30


class _Heard:
    def __init__(self) -> None:
        self.reasons: list[Result] = []
        self.has_ended = threading.Event()

    def end(self, reason: Result) -> None:
        self.reasons.append(reason)
        self.has_ended.set()


@pytest.fixture
def heard() -> _Heard:
    return _Heard()


def test_ends_at_the_time_limit_once(tmp_path: Path, heard: _Heard) -> None:
    with Watchdog(0.05, tmp_path / "cancel", heard.end) as watchdog:
        watchdog.start_clock()
        assert heard.has_ended.wait(_HANG_S)
    assert heard.reasons == [Result.TIMEOUT]
    assert watchdog.reason is Result.TIMEOUT


def test_time_before_the_clock_starts_does_not_count(tmp_path: Path, heard: _Heard) -> None:
    with Watchdog(0.01, tmp_path / "cancel", heard.end) as watchdog:
        assert not heard.has_ended.wait(0.6)
        watchdog.start_clock()
        assert heard.has_ended.wait(_HANG_S)


def test_ends_when_the_run_is_cancelled_even_without_limit_and_clock(tmp_path: Path, heard: _Heard) -> None:
    with Watchdog(None, tmp_path / "cancel", heard.end) as watchdog:
        (tmp_path / "cancel").touch()
        assert heard.has_ended.wait(_HANG_S)
    assert heard.reasons == [Result.CANCELLATION]
    assert watchdog.reason is Result.CANCELLATION


def test_leaves_an_attempt_alone_that_ends_by_itself(tmp_path: Path, heard: _Heard) -> None:
    with Watchdog(600, tmp_path / "cancel", heard.end) as watchdog:
        watchdog.start_clock()
    assert heard.reasons == []
    assert watchdog.reason is None
    assert not [thread for thread in threading.enumerate() if thread.name == "pdr-watchdog"]


def test_may_be_left_from_within_its_own_call(tmp_path: Path) -> None:
    """A runner that the watchdog ends may leave the block in the watchdog's thread."""
    left = threading.Event()

    def end(reason: Result) -> None:
        watchdog.__exit__(None, None, None)
        left.set()

    watchdog = Watchdog(0.01, tmp_path / "cancel", end)
    watchdog.__enter__()
    watchdog.start_clock()
    assert left.wait(_HANG_S)
