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
_DRAIN_S = 0.2
_DRAIN_LIMIT_S = 2.0
"""A process that nobody could end may go on writing for ever."""


class OutputReader:
    """Reads pipes in a thread and records their text; invalid UTF-8 is shown as escapes."""

    def __init__(self, log: AttemptLog, pipes: dict[int, str]) -> None:
        """``pipes`` maps the descriptor to read from to the name of the stream."""
        self._log = log
        self._pipes = pipes
        self._decoders = {pipe: codecs.getincrementaldecoder("utf-8")(errors="backslashreplace") for pipe in pipes}
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._read, name="pdr-output", daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Read what is left; a process that still holds the other end is not waited for."""
        self._is_over.set()
        self._thread.join()
        for pipe, stream in self._pipes.items():
            rest = self._decoders[pipe].decode(b"", final=True)
            if rest:
                self._log.output(stream, rest)

    def _read(self) -> None:
        with selectors.DefaultSelector() as selector:
            for pipe in self._pipes:
                os.set_blocking(pipe, False)
                selector.register(pipe, selectors.EVENT_READ)
            deadline_s = None
            while selector.get_map():
                if self._is_over.is_set():
                    deadline_s = deadline_s or time.monotonic() + _DRAIN_LIMIT_S
                    if time.monotonic() > deadline_s:
                        return
                ready = selector.select(0 if self._is_over.is_set() else _DRAIN_S)
                if not ready and self._is_over.is_set():
                    return
                for key, _ in ready:
                    if not self._take(key.fd):
                        selector.unregister(key.fd)

    def _take(self, pipe: int) -> bool:
        try:
            block = os.read(pipe, _BLOCK_SIZE_BYTES)
        except BlockingIOError:
            return True
        text = self._decoders[pipe].decode(block)
        if text:
            self._log.output(self._pipes[pipe], text)
        return bool(block)


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
        for descriptor, copy in kept.items():
            os.dup2(copy, descriptor)
            os.close(copy)
        reader.finish()
        for read_end, _ in pipes.values():
            os.close(read_end)
