"""Spool files: each process of a run appends lines to a file of its own, and the driver copies them into the run log.

What a process handed to ``write`` survives its death; a line it was just writing may be torn and is then left out.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

_BLOCK_SIZE_BYTES = 1024 * 1024
_LONGEST_SEEN_LINE_BYTES = 8 * 1024 * 1024


class LineFile:
    """A file that lines are appended to, each as a whole, from any thread.

    It has the few methods of a text stream that OpenTelemetry's file exporters call.
    """

    def __init__(self, path: Path, *, exclusive: bool = False) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_EXCL if exclusive else 0)
        self.path = path
        self._descriptor = os.open(path, flags, 0o600)
        self._lock = threading.Lock()

    @property
    def descriptor(self) -> int:
        """The file's descriptor, for locks and fsync."""
        return self._descriptor

    def write(self, text: str) -> int:
        """Append ``text``, a whole number of lines; raises OSError when the disk is full, and then appends nothing."""
        with self._lock, self._all_or_nothing():
            _write_all(self._descriptor, text.encode("utf-8", "backslashreplace"))
        return len(text)

    def flush(self) -> None:
        """Nothing waits: each write goes to the operating system at once."""

    def copy_from(self, source: int, start: int, end: int) -> None:
        """Append bytes ``start`` to ``end`` of the open file ``source``, block by block.

        Raises:
            OSError: the disk is full, or ``source`` ends too early; nothing was appended then.
        """
        with self._lock, self._all_or_nothing():
            while start < end:
                block = os.pread(source, min(_BLOCK_SIZE_BYTES, end - start), start)
                if not block:
                    raise OSError(errno.EIO, "a spool file became shorter while it was read")
                _write_all(self._descriptor, block)
                start += len(block)

    def close(self) -> None:
        """Close the file; whoever still writes gets an OSError, and never somebody else's descriptor."""
        with self._lock:
            os.close(self._descriptor)
            self._descriptor = -1

    @contextlib.contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        # The start of a line that found no room would spoil the line after it.
        size_bytes = os.fstat(self._descriptor).st_size
        try:
            yield
        except BaseException:
            os.ftruncate(self._descriptor, size_bytes)
            raise


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


class SpoolFolder:
    """The spool files of one run, read as they grow.

    Those of workers lie in ``folder`` itself, those of other processes in a folder of their attempt. The folders of attempts
    that are over are left, so that the cost of a look does not grow with the run.

    ``on_line`` sees each complete line of up to 8 MiB: every metric and value is one, most artifacts are not.
    """

    def __init__(self, folder: Path, run_log: LineFile, on_line: Callable[[bytes], None]) -> None:
        self.folder = folder
        self._run_log = run_log
        self._on_line = on_line
        self._copied: dict[str, int] = {}
        self._followed: dict[str, None] = {}
        self._left: dict[str, None] = {}
        self.torn_lines = 0

    def follow(self, folder: Path) -> None:
        """Look into a further folder from now on, until it is left."""
        if str(folder) not in self._left:
            self._followed[str(folder)] = None

    def leave(self, folder: Path) -> None:
        """Copy what ``folder`` holds by now; it is looked at once more at the end, and no more before."""
        self._collect_folder(str(folder))
        self._followed.pop(str(folder), None)
        self._left[str(folder)] = None

    def collect(self) -> int:
        """Copy the complete lines that are new; returns how many bytes that were."""
        copied = self._collect_folder(str(self.folder))
        # Those of which the lines just copied told are among them.
        return copied + sum(map(self._collect_folder, list(self._followed)))

    def finish(self) -> None:
        """Copy what is left; a torn last line is dropped and counted."""
        self.collect()
        for folder in self._left:
            self._collect_folder(folder)
        for path, copied in self._copied.items():
            if os.stat(path).st_size > copied:
                self.torn_lines += 1

    def _collect_folder(self, folder: str) -> int:
        try:
            with os.scandir(folder) as entries:
                paths = sorted(entry.path for entry in entries if entry.name.endswith(".jsonl"))
        except FileNotFoundError:
            return 0
        return sum(map(self._collect_file, paths))

    def _collect_file(self, path: str) -> int:
        start = self._copied.setdefault(path, 0)
        # What is written from now on waits for the next time, else a busy process would keep the driver here.
        size_bytes = os.stat(path).st_size
        if size_bytes <= start:
            return 0
        with open(path, "rb", buffering=0) as source:
            end = start
            for line_start, line_end, line in _complete_lines(source.fileno(), start, size_bytes):
                end = line_end
                if line is not None:
                    self._on_line(line)
                elif end - line_start > _BLOCK_SIZE_BYTES:
                    # Long lines go out one by one, so that the run log never lags by hundreds of megabytes.
                    self._run_log.copy_from(source.fileno(), self._copied[path], end)
                    self._copied[path] = end
            self._run_log.copy_from(source.fileno(), self._copied[path], end)
            self._copied[path] = end
        return end - start


def _complete_lines(descriptor: int, offset: int, limit: int) -> Iterator[tuple[int, int, bytes | None]]:
    """Start, end and content of each line that ends with a newline before ``limit``; content is None for long lines."""
    pieces: list[bytes] = []
    line_start, length = offset, 0
    while block := os.pread(descriptor, min(_BLOCK_SIZE_BYTES, limit - offset), offset):
        position = 0
        while (newline := block.find(b"\n", position)) >= 0:
            length += newline + 1 - position
            content = b"".join([*pieces, block[position : newline + 1]]) if length <= _LONGEST_SEEN_LINE_BYTES else None
            yield line_start, offset + newline + 1, content
            line_start, pieces, length, position = offset + newline + 1, [], 0, newline + 1
        rest = len(block) - position
        length += rest
        pieces = [*pieces, block[position:]] if length <= _LONGEST_SEEN_LINE_BYTES else []
        offset += len(block)
