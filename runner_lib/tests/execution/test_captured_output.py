"""Output of real pipes and processes on its way into an attempt's log."""

from __future__ import annotations

import errno
import os
import select
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from pynb_dag_runner.conventions import Event, EventAttribute
from pynb_dag_runner.execution.captured_output import OutputReader, captured_output
from pynb_dag_runner.runlog.attempt_log import AttemptLog
from pynb_dag_runner.runlog.otlp import parse_line
from pynb_dag_runner.runlog.redaction import Redactor
from pynb_dag_runner.runlog.spool import LineFile
from pynb_dag_runner.runlog.traces import SpanReference
from pynb_dag_runner.runlog.writer import RunLogWriter

Texts = Callable[[], dict[str, str]]


@pytest.fixture
def log(tmp_path: Any) -> AttemptLog:
    writer = RunLogWriter(LineFile(tmp_path / "spool.jsonl"), {}, Redactor())
    return AttemptLog(writer, SpanReference.new_trace(), "task", 1)


@pytest.fixture
def texts(log: AttemptLog, tmp_path: Any) -> Texts:
    """``texts()`` ends the log, and returns what it has by the name of the stream."""

    def read() -> dict[str, str]:
        log.finish_outputs()
        found: dict[str, str] = {}
        for line in (tmp_path / "spool.jsonl").read_bytes().splitlines():
            for record in parse_line(line).logs:
                assert record.name == Event.OUTPUT
                stream = record.attributes[EventAttribute.IOSTREAM]
                found[stream] = found.get(stream, "") + str(record.body)
        return found

    return read


def test_descriptors_and_children_lead_into_the_log(log: AttemptLog, texts: Texts) -> None:
    with captured_output(log):
        print("printed")
        os.write(1, b"written\n")
        subprocess.run([sys.executable, "-c", "import sys; print('child'); print('bad', file=sys.stderr)"], check=True)
    assert texts() == {"stdout": "printed\nwritten\nchild\n", "stderr": "bad\n"}


def test_everything_is_as_before_afterwards(log: AttemptLog) -> None:
    before = sys.stdout, sys.stderr, os.fstat(1), os.fstat(2)
    with pytest.raises(ValueError, match="no"), captured_output(log):
        raise ValueError("no")
    after = sys.stdout, sys.stderr, os.fstat(1), os.fstat(2)
    assert [one if not isinstance(one, os.stat_result) else (one.st_dev, one.st_ino) for one in before] == [
        one if not isinstance(one, os.stat_result) else (one.st_dev, one.st_ino) for one in after
    ]


def test_streams_that_user_code_closed_or_replaced_do_no_harm(log: AttemptLog, texts: Texts) -> None:
    with captured_output(log):
        print("before")
        sys.stdout.close()
        sys.stderr = None  # type: ignore[assignment]
    assert texts() == {"stdout": "before\n"}


def test_child_that_holds_the_pipe_is_not_waited_for(log: AttemptLog, texts: Texts) -> None:
    with captured_output(log):
        child = subprocess.Popen([sys.executable, "-c", "print('up', flush=True); import time; time.sleep(600)"])
        print("done")
    try:
        assert "done\n" in texts()["stdout"]
        assert child.poll() is None
    finally:
        child.kill()
        child.wait()


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([b"\xe2\x9c", b"\x93"], "✓"),
        ([b"a\xffb"], "a\\xffb"),
        ([b"cut \xf0\x9f"], "cut \\xf0\\x9f"),
        ([b"tab\tand\r\nline"], "tab\tand\r\nline"),
    ],
)
def test_bytes_become_text(log: AttemptLog, texts: Texts, pieces: list[bytes], expected: str) -> None:
    read_end, write_end = os.pipe()
    reader = OutputReader(log, {read_end: "stdout"})
    for piece in pieces:
        os.write(write_end, piece)
    os.close(write_end)
    reader.finish()
    os.close(read_end)
    assert texts() == {"stdout": expected}


def test_process_that_never_stops_writing_is_not_waited_for(log: AttemptLog, texts: Texts) -> None:
    with subprocess.Popen(["yes"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        select.select([process.stdout], [], [])  # until it writes
        OutputReader(log, {process.stdout.fileno(): "stdout"}).finish()
        process.kill()
    assert texts()["stdout"].startswith("y\ny\n")


def test_output_that_cannot_be_recorded_is_read_on_and_said(log: AttemptLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes must not stand still at a full pipe, which holds 64 KiB."""

    def full(stream: str, text: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(log, "output", full)
    with pytest.raises(OSError, match="No space left"), captured_output(log):
        print("x" * 1_000_000)
