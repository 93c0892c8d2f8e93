"""Spool files are copied as they grow: whole lines only, of any length."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pynb_dag_runner.runlog.spool import LineFile, SpoolFolder

MIB = 1024 * 1024


class Spool:
    """A spool folder, the log it is copied into, and what was seen of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "spool"
        self.folder.mkdir()
        self.log = LineFile(folder / "log.jsonl", exclusive=True)
        self.seen: list[bytes] = []
        self.spool = SpoolFolder(self.folder, self.log, self.seen.append)

    def append(self, name: str, content: bytes) -> None:
        """Write to a spool file."""
        with (self.folder / name).open("ab") as file:
            file.write(content)

    @property
    def copied(self) -> bytes:
        """The log as it is."""
        return self.log.path.read_bytes()


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    made = Spool(tmp_path)
    yield made
    made.log.close()


def test_that_complete_lines_are_copied_once(spool: Spool) -> None:
    spool.append("a.jsonl", b"one\ntwo\nthr")
    assert spool.spool.collect() == 8
    assert spool.spool.collect() == 0
    spool.append("a.jsonl", b"ee\n")
    spool.append("b.jsonl", b"four\n")
    spool.append("notes.txt", b"no spool file\n")
    assert spool.spool.collect() == 11
    assert spool.copied == b"one\ntwo\nthree\nfour\n"
    assert spool.seen == [b"one\n", b"two\n", b"three\n", b"four\n"]


def test_that_folders_of_attempts_are_followed_until_they_are_left(spool: Spool) -> None:
    attempt = spool.folder / "attempt"
    spool.spool.follow(attempt)
    assert spool.spool.collect() == 0, "a folder may come later"
    attempt.mkdir()
    spool.append("attempt/a.jsonl", b"one\n")
    assert spool.spool.collect() == 4
    spool.append("attempt/a.jsonl", b"two\n")
    spool.spool.leave(attempt)
    assert spool.seen == [b"one\n", b"two\n"]
    spool.append("attempt/a.jsonl", b"late\nto")
    spool.spool.follow(attempt)
    assert spool.spool.collect() == 0
    spool.spool.finish()
    assert spool.copied == b"one\ntwo\nlate\n"
    assert spool.spool.torn_lines == 1


def test_that_torn_lines_are_dropped_and_counted(spool: Spool) -> None:
    spool.append("a.jsonl", b"one\ntorn")
    spool.append("b.jsonl", b"torn from the start")
    spool.append("c.jsonl", b"two\n")
    spool.spool.finish()
    assert (spool.copied, spool.spool.torn_lines) == (b"one\ntwo\n", 2)


def test_that_an_empty_folder_is_fine(spool: Spool) -> None:
    spool.append("a.jsonl", b"")
    spool.spool.finish()
    assert (spool.copied, spool.spool.torn_lines) == (b"", 0)


@pytest.mark.parametrize("length", [MIB - 1, MIB, MIB + 1, 3 * MIB, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 12 * MIB])
def test_that_lines_longer_than_a_block_are_copied(spool: Spool, length: int) -> None:
    line = b"x" * (length - 1) + b"\n"
    spool.append("a.jsonl", b"before\n" + line + b"after\nto")
    spool.spool.collect()
    assert spool.copied == b"before\n" + line + b"after\n"
    expected = [b"before\n", line, b"after\n"] if length <= 8 * MIB else [b"before\n", b"after\n"]
    assert spool.seen == expected


def test_that_a_long_line_is_copied_once_it_is_complete(spool: Spool) -> None:
    for _ in range(12):
        spool.append("a.jsonl", b"x" * MIB)
        assert spool.spool.collect() == 0
    spool.append("a.jsonl", b"\n")
    assert spool.spool.collect() == 12 * MIB + 1
    assert len(spool.copied) == 12 * MIB + 1


def test_that_a_file_may_grow_while_it_is_read(spool: Spool) -> None:
    def write_more(line: bytes) -> None:
        spool.seen.append(line)
        spool.append("a.jsonl", b"more\n")

    growing = SpoolFolder(spool.folder, spool.log, write_more)
    spool.append("a.jsonl", b"first\n")
    assert growing.collect() == 6
    assert growing.collect() == 5
    assert spool.seen == [b"first\n", b"more\n"]


def test_that_a_file_that_became_shorter_is_an_error_and_copies_nothing(spool: Spool) -> None:
    def cut_off(line: bytes) -> None:
        os.truncate(spool.folder / "a.jsonl", 3)

    shrinking = SpoolFolder(spool.folder, spool.log, cut_off)
    spool.append("a.jsonl", b"first\nsecond\n")
    with pytest.raises(OSError, match="became shorter"):
        shrinking.collect()
    assert spool.copied == b""


def test_that_threads_append_whole_lines(tmp_path: Path) -> None:
    file = LineFile(tmp_path / "a.jsonl")
    line = "x" * 9999 + "\n"
    threads = [threading.Thread(target=lambda: [file.write(line) for _ in range(50)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    file.close()
    assert set((tmp_path / "a.jsonl").read_text().splitlines(keepends=True)) == {line}


def test_that_an_exclusive_file_is_never_an_old_one(tmp_path: Path) -> None:
    LineFile(tmp_path / "a.jsonl", exclusive=True).close()
    with pytest.raises(FileExistsError):
        LineFile(tmp_path / "a.jsonl", exclusive=True)


def test_that_a_line_without_room_leaves_nothing(tmp_path: Path) -> None:
    file = LineFile(tmp_path / "a.jsonl")
    file.write("first\n")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
        with pytest.raises(OSError, match="too large"):
            file.write("x" * 2000 + "\n")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    file.write("second\n")
    file.close()
    assert (tmp_path / "a.jsonl").read_text() == "first\nsecond\n"


def test_that_what_was_written_survives_a_kill(spool: Spool) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; from pynb_dag_runner.runlog.spool import LineFile\n"
        "file = LineFile(Path(sys.argv[1])); file.write('kept\\n'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(spool.folder / "a.jsonl")])
    spool.spool.finish()
    assert (done.returncode, spool.copied) == (-signal.SIGKILL, b"kept\n")
