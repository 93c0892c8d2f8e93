from __future__ import annotations

import threading
import time
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


def test_one_thread_looks_after_all(tmp_path: Path, heard: _Heard) -> None:
    with Watchdog(600, tmp_path / "cancel", heard.end) as first, Watchdog(0.01, tmp_path / "none", heard.end) as second:
        first.start_clock()
        second.start_clock()
        assert heard.has_ended.wait(_HANG_S)
        assert [thread.name for thread in threading.enumerate()].count("pdr-watchdog") == 1
    assert (first.reason, second.reason, heard.reasons) == (None, Result.TIMEOUT, [Result.TIMEOUT])


def test_block_is_not_left_while_its_attempt_is_being_ended(tmp_path: Path) -> None:
    is_ending, may_end, ended = threading.Event(), threading.Event(), []

    def end(reason: Result) -> None:
        is_ending.set()
        assert may_end.wait(_HANG_S)
        ended.append(reason)

    with Watchdog(0.01, tmp_path / "cancel", end) as watchdog:
        watchdog.start_clock()
        assert is_ending.wait(_HANG_S)
        threading.Timer(0.2, may_end.set).start()
    assert ended == [Result.TIMEOUT]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_one_that_fails_leaves_the_next_one_watched(tmp_path: Path, heard: _Heard) -> None:
    def fail(reason: Result) -> None:
        raise OSError

    for end in (fail, heard.end):
        with Watchdog(0.01, tmp_path / "cancel", end) as watchdog:
            watchdog.start_clock()
            while watchdog.reason is None:
                time.sleep(0.01)
    assert heard.reasons == [Result.TIMEOUT]


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
