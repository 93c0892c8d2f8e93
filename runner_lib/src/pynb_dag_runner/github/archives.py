"""A downloaded artifact becomes a run log, or is refused: whoever opens a pull request decides what is in it.

Nothing of an archive becomes a path: its one member is read as a stream, counted, and written where this program wants it.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pynb_dag_runner.conventions import PARTIAL_SUFFIX, RUN_LOG_SUFFIX
from pynb_dag_runner.github.problems import HostileError
from pynb_dag_runner.report.escaping import one_line

MEMBER = re.compile(rf"[^/\\]+{re.escape(RUN_LOG_SUFFIX)}(?:{re.escape(PARTIAL_SUFFIX)})?")

_ZIP = b"PK\x03\x04"
_BLOCK_BYTES = 256 * 1024
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1 | 0x40
_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_END_64_SIGNATURE = b"PK\x06\x07"
_END_64_BYTES = 20
_MOST_DIRECTORY_BYTES = 64 * 1024
"""Python reads the list of members as a whole; one member with the longest name there is needs no more."""


@dataclass(frozen=True)
class Caps:
    """How much an artifact may hold.

    Attributes:
        archive_bytes: As it is downloaded. A run log of 1 GiB with images packs to less.
        log_bytes: Of the run log: GitHub Pages takes 1 GB for the whole site.
        ratio: Unpacked to packed size: text of run logs packs 5 to 50 times.
        ratio_from_bytes: Smaller run logs may pack better than that, since they do no harm.
        line_bytes: As the reader takes it: a record has at most 8 MiB of content, which may double in JSON.
        lines: A record has some 300 bytes at least, so this is more than the largest log holds.
    """

    archive_bytes: int = 512 * 1024**2
    log_bytes: int = 1024**3
    ratio: int = 200
    ratio_from_bytes: int = 32 * 1024**2
    line_bytes: int = 64 * 1024**2
    lines: int = 3_000_000


@dataclass(frozen=True)
class UnpackedLog:
    """A run log that was in an artifact."""

    is_partial: bool
    size_bytes: int
    sha256: str


def unpack_log(archive: Path, to: Path, caps: Caps) -> UnpackedLog:
    """Write the run log that an artifact holds to ``to``, as a new file of mode 0444.

    Raises:
        HostileError: it holds something else, or more than it may.
        OSError: ``to`` cannot be written.
    """
    with archive.open("rb") as file:
        is_zip = file.read(len(_ZIP)) == _ZIP
        file.seek(0)
        if not is_zip:
            size_bytes, sha256 = _write(_blocks(file), to, caps)
            return UnpackedLog(False, size_bytes, sha256)
        with opened_zip(file) as packed:
            member = only_member(packed, MEMBER, "run log")
            packed_bytes = min(member.compress_size, archive.stat().st_size)
            if member.file_size > max(caps.ratio_from_bytes, caps.ratio * packed_bytes):
                raise HostileError(f"its run log unpacks to more than {caps.ratio} times its size")
            if member.file_size > caps.log_bytes:
                raise HostileError(f"its run log has more than {caps.log_bytes} bytes")
            size_bytes, sha256 = _write(member_blocks(packed, member), to, caps)
        if size_bytes != member.file_size:
            raise HostileError("its run log ends before it should")
        return UnpackedLog(member.filename.endswith(PARTIAL_SUFFIX), size_bytes, sha256)


def opened_zip(file: BinaryIO) -> zipfile.ZipFile:
    """A zip archive whose list of members is short.

    Raises:
        HostileError: it is none, or could not be of the action that uploads.
    """
    size_bytes = file.seek(0, os.SEEK_END)
    tail_bytes = min(size_bytes, _END.size + _END_64_BYTES)
    file.seek(size_bytes - tail_bytes)
    tail = file.read(tail_bytes)
    if tail_bytes < _END.size:
        raise HostileError("it is a damaged zip archive")
    signature, _, _, _, members, directory_bytes, _, comment_bytes = _END.unpack(tail[-_END.size :])
    if signature != _END_SIGNATURE or comment_bytes:
        raise HostileError("it is a damaged zip archive, or one with something behind its end")
    if members != 1 or directory_bytes > _MOST_DIRECTORY_BYTES or tail.startswith(_END_64_SIGNATURE):
        raise HostileError(f"it is a zip archive of {members} files, where one is expected")
    file.seek(0)
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, UnicodeDecodeError) as error:
        raise HostileError("it is a damaged zip archive") from error


def only_member(packed: zipfile.ZipFile, name: re.Pattern[str], what: str) -> zipfile.ZipInfo:
    """The one member of an archive, which is an ordinary file of the expected name.

    Raises:
        HostileError: there is none such, or it is not alone.
    """
    members = packed.infolist()
    if len(members) != 1:
        raise HostileError(f"it is a zip archive of {len(members)} files, where one is expected")
    member = members[0]
    kind = stat.S_IFMT(member.external_attr >> 16)
    if name.fullmatch(member.filename) is None or member.orig_filename != member.filename or member.is_dir():
        raise HostileError(f"it holds {one_line(repr(member.orig_filename), 100)}, which is no name of a {what}")
    if kind not in (0, stat.S_IFREG):
        raise HostileError("it holds a link or a device instead of a file")
    if member.flag_bits & _ENCRYPTED:
        raise HostileError("it is encrypted")
    if member.compress_type not in _METHODS:
        raise HostileError("it is packed by a method that the action which uploads does not use")
    return member


def member_blocks(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of a member; its checksum is verified at the end.

    Raises:
        HostileError: it is damaged.
    """
    try:
        with packed.open(member) as content:
            while block := content.read(_BLOCK_BYTES):
                yield block
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error) as error:
        raise HostileError("its content is damaged") from error


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(_BLOCK_BYTES):
        yield block


def _write(blocks: Iterator[bytes], to: Path, caps: Caps) -> tuple[int, str]:
    """Copy counted; gives size and SHA-256."""
    digest, size_bytes, lines, line_bytes = hashlib.sha256(), 0, 0, 0
    to.unlink(missing_ok=True)
    with to.open("xb") as file:
        for block in blocks:
            if size_bytes == 0 and not block.startswith(b"{"):
                raise HostileError("it is no run log: it does not begin with a record")
            size_bytes += len(block)
            lines += block.count(b"\n")
            # Lines are shorter than blocks as a rule: only ends of blocks can make a longer one.
            last = block.rfind(b"\n")
            line_bytes = line_bytes + len(block) if last < 0 else len(block) - last - 1
            if size_bytes > caps.log_bytes:
                raise HostileError(f"its run log has more than {caps.log_bytes} bytes")
            if lines > caps.lines or line_bytes > caps.line_bytes:
                raise HostileError(
                    f"its run log has more than {caps.lines} lines, or one of more than {caps.line_bytes} bytes"
                )
            digest.update(block)
            file.write(block)
        os.fchmod(file.fileno(), 0o444)
        file.flush()
        os.fsync(file.fileno())
    if size_bytes == 0:
        raise HostileError("it is empty")
    return size_bytes, digest.hexdigest()
