"""Sends what this process, and every process it starts, writes to stdout and stderr into an attempt's log."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import selectors
import sys
import threading
import time
from collections.abc import Iterator

from pynb_dag_runner.runlog.attempt_log import AttemptLog

_BLOCK_SIZE_BYTES = 64 * 1024
_DRAIN_LIMIT_S = 2.0
"""A process that nobody could end may go on writing for ever."""


class OutputReader:
    """Reads pipes while others write to them, and records their text; invalid UTF-8 is shown as escapes."""

    def __init__(self, log: AttemptLog, pipes: dict[int, str]) -> None:
        """``pipes`` maps the descriptor to read from to the name of the stream."""
        self._log = log
        self._pipes = pipes
        self._is_woken = True
        self._decoders = {pipe: codecs.getincrementaldecoder("utf-8")(errors="backslashreplace") for pipe in pipes}
        self._open = set(pipes)
        self._lock = threading.Lock()
        self._error: OSError | None = None
        for pipe in pipes:
            os.set_blocking(pipe, False)
            _pump.add(pipe, self)

    def take(self, pipe: int) -> bool:
        """Record what a pipe holds, a block at most; whether it held anything."""
        with self._lock:
            return pipe in self._open and self._take(pipe)

    def stop_waiting(self) -> None:
        """Read nothing more before :meth:`finish`, which is near: closing a pipe would wake a thread for nothing."""
        with self._lock:
            self._is_woken = False
            for pipe in self._open:
                _pump.remove(pipe)

    def finish(self) -> None:
        """Read what is left; a process that still holds the other end is not waited for.

        Raises:
            OSError: not all of it could be recorded, for instance since the disk is full.
        """
        with self._lock:
            deadline_s = time.monotonic() + _DRAIN_LIMIT_S
            while self._take_each() and time.monotonic() < deadline_s:
                pass
            for pipe in list(self._open):
                self._leave(pipe)
            for pipe, stream in self._pipes.items():
                rest = self._decoders[pipe].decode(b"", final=True)
                if rest:
                    self._record(stream, rest)
        if self._error is not None:
            raise self._error

    def _take_each(self) -> bool:
        """A block of each pipe, so that one that is never empty does not keep the other from being read."""
        return sum(self._take(pipe) for pipe in list(self._open)) > 0

    def _take(self, pipe: int) -> bool:
        try:
            block = os.read(pipe, _BLOCK_SIZE_BYTES)
        except BlockingIOError:
            return False
        if not block:
            self._leave(pipe)
        text = self._decoders[pipe].decode(block)
        if text:
            self._record(self._pipes[pipe], text)
        return bool(block)

    def _leave(self, pipe: int) -> None:
        self._open.discard(pipe)
        if self._is_woken:
            _pump.remove(pipe)

    def _record(self, stream: str, text: str) -> None:
        # Whatever happens, pipes are read on: whoever writes to a full one stands still.
        try:
            if self._error is None:
                self._log.output(stream, text)
        except OSError as error:
            self._error = error


class _Pump:
    """Waits for all pipes of this process, in one thread that stays: it wakes up when something is written, and only then."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def add(self, pipe: int, reader: OutputReader) -> None:
        with self._lock:
            # In a process that was forked from one with a pump its thread is not there, and the selector is the parent's.
            if self._thread is None or not self._thread.is_alive():
                self._selector = selectors.DefaultSelector()
                self._thread = threading.Thread(target=self._run, name="pdr-output", daemon=True)
                self._thread.start()
            self._selector.register(pipe, selectors.EVENT_READ, reader)

    def remove(self, pipe: int) -> None:
        with self._lock:
            self._selector.unregister(pipe)

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                key.data.take(key.fd)


_pump = _Pump()


@contextlib.contextmanager
def captured_output(log: AttemptLog) -> Iterator[None]:
    """While entered, descriptors 1 and 2 of this process lead into ``log``."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = {1: os.dup(1), 2: os.dup(2)}
    kept_streams = sys.stdout, sys.stderr
    pipes = {1: os.pipe(), 2: os.pipe()}
    for descriptor, (_, write_end) in pipes.items():
        os.dup2(write_end, descriptor)
        os.close(write_end)
    sys.stdout = io.TextIOWrapper(
        io.FileIO(1, "w", closefd=False), encoding="utf-8", errors="backslashreplace", write_through=True
    )
    sys.stderr = io.TextIOWrapper(
        io.FileIO(2, "w", closefd=False), encoding="utf-8", errors="backslashreplace", write_through=True
    )
    reader = OutputReader(log, {pipes[1][0]: "stdout", pipes[2][0]: "stderr"})
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            # User code may have closed it, or put anything in its place.
            with contextlib.suppress(AttributeError, OSError, ValueError):
                stream.flush()
        sys.stdout, sys.stderr = kept_streams
        reader.stop_waiting()
        for descriptor, copy in kept.items():
            os.dup2(copy, descriptor)
            os.close(copy)
        try:
            reader.finish()
        finally:
            for read_end, _ in pipes.values():
                os.close(read_end)
