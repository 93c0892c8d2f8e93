"""A run log in pieces of whole lines, each a script of its own: a page loads only those that it needs.

A piece is closed when it holds 256 KiB, and a line of that size has one of its own. So a log that grows changes its last
piece alone. Memory never holds more than one small piece, however long a line is.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from pynb_dag_runner.errors import RunLogError
from pynb_dag_runner.site.folder import SiteFolder

PIECE_BYTES = 256 * 1024
_GZIP = 31
"""Makes zlib write gzip, with a header that holds no time: the same content gives the same bytes."""
_LEVEL = 6


@dataclass(frozen=True)
class Piece:
    """Some lines of a run log, from byte ``start`` of the file; a piece that is left out has no script."""

    start: int
    size_bytes: int
    script_bytes: int
    is_left_out: bool
    script_sha256: str = ""


@dataclass
class RunLogPieces:
    """All pieces of one run log, with the file's own size and SHA-256."""

    pieces: list[Piece] = field(default_factory=list)
    size_bytes: int = 0
    sha256: str = ""

    def place(self, offset: int) -> tuple[int, int]:
        """Number of the piece that holds this byte of the file, and the byte's offset in it."""
        number = bisect_right(self.pieces, offset, key=lambda piece: piece.start) - 1
        return number, offset - self.pieces[number].start


def write_pieces(file: BinaryIO, run_id: str, left_out: Collection[int], folder: SiteFolder) -> RunLogPieces:
    """Cut ``file`` and write ``data/runs/<run_id>/<number>.js``, but for lines that start at an offset in ``left_out``.

    Raises:
        RunLogError: the run log cannot be read.
        EngineError: a piece cannot be written.
    """
    cutter = _Cutter(run_id, folder)
    while head := _read(file):
        if cutter.result.size_bytes in left_out:
            cutter.flush()
            cutter.add(_whole_line(head, file), is_left_out=True)
        elif len(head) == PIECE_BYTES:
            cutter.flush()
            cutter.add(_whole_line(head, file))
        else:
            cutter.collect(head)
    cutter.flush()
    cutter.result.sha256 = cutter.digest.hexdigest()
    return cutter.result


def _read(file: BinaryIO) -> bytes:
    try:
        return file.readline(PIECE_BYTES)
    except OSError as error:
        raise RunLogError(f"{file.name}: cannot be read: {error.strerror}") from error


def _whole_line(head: bytes, file: BinaryIO) -> Iterator[bytes]:
    yield head
    while head and not head.endswith(b"\n"):
        head = _read(file)
        yield head


class _Cutter:
    """Collects short lines into a piece; ``result.size_bytes`` counts all that it was given."""

    def __init__(self, run_id: str, folder: SiteFolder) -> None:
        self.result = RunLogPieces()
        self.digest = hashlib.sha256()
        self._run_id = run_id
        self._folder = folder
        self._lines: list[bytes] = []
        self._collected = 0

    def collect(self, line: bytes) -> None:
        self._lines.append(line)
        self._collected += len(line)
        self.result.size_bytes += len(line)
        if self._collected >= PIECE_BYTES:
            self.flush()

    def flush(self) -> None:
        if self._lines:
            lines, self._lines = self._lines, []
            self.result.size_bytes -= self._collected
            self._collected = 0
            self.add([b"".join(lines)])

    def add(self, blocks: Iterable[bytes], is_left_out: bool = False) -> None:
        start, number = self.result.size_bytes, len(self.result.pieces)
        script_bytes, digest = 0, hashlib.sha256()
        if is_left_out:
            for block in blocks:
                self._count(block)
        else:
            with self._folder.stream(f"data/runs/{self._run_id}/{number}.js") as out:
                for text in _script(f"{self._run_id}/{number}", self._counted(blocks)):
                    script_bytes += out.write(text)
                    digest.update(text)
        size_bytes = self.result.size_bytes - start
        self.result.pieces.append(Piece(start, size_bytes, script_bytes, is_left_out, digest.hexdigest()))

    def _counted(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        for block in blocks:
            self._count(block)
            yield block

    def _count(self, block: bytes) -> None:
        self.digest.update(block)
        self.result.size_bytes += len(block)


def _script(key: str, blocks: Iterable[bytes]) -> Iterator[bytes]:
    yield f'pdr.add("piece","{key}","'.encode()
    rest = b""
    for compressed in _compressed(blocks):
        rest += compressed
        whole = len(rest) - len(rest) % 3
        yield base64.b64encode(rest[:whole])
        rest = rest[whole:]
    yield base64.b64encode(rest)
    yield b'");\n'


def _compressed(blocks: Iterable[bytes]) -> Iterator[bytes]:
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    for block in blocks:
        yield compressor.compress(block)
    yield compressor.flush()
