"""The site inside a ``github-pages`` artifact: a zip archive with one tar archive, of which only known files are taken.

Nothing is extracted by the names that stand in it: each file that the site's state lists is looked for, copied and verified.
"""

from __future__ import annotations

import hashlib
import re
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from pynb_dag_runner.github.archives import member_blocks, only_member, opened_zip
from pynb_dag_runner.github.problems import HostileError
from pynb_dag_runner.report.escaping import one_line
from pynb_dag_runner.site.names import STATE
from pynb_dag_runner.site.published import LARGEST_STATE_BYTES

MOST_ARCHIVE_BYTES = 2 * 1024**3
"""As it is downloaded: GitHub Pages takes 1 GB."""

_TAR = re.compile(r"artifact\.tar")
_MOST_TAR_BYTES = 5 * 1024**3
_MOST_MEMBERS = 1_500_000
_MOST_HEADER_BYTES = 64 * 1024
"""Of a long name; Python reads it as a whole."""
_BLOCK_BYTES = 256 * 1024
_FILES = (tarfile.REGTYPE, tarfile.AREGTYPE)

Files = Mapping[str, tuple[int, str | None]]
"""Size in bytes and SHA-256, where that is known, by name."""


class _Member(tarfile.TarInfo):
    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Member:
        member = super().frombuf(buf, encoding, errors)
        if member.type not in (*_FILES, tarfile.DIRTYPE) and member.size > _MOST_HEADER_BYTES:
            raise HostileError("its tar archive is damaged: a name is too long")
        return member


def read_state(archive: Path) -> bytes:
    """The site's ``data/state.json``.

    Raises:
        HostileError: it is not there, or the archive is damaged.
    """
    for name, member, content in _members(archive):
        if name == STATE:
            if member.size > LARGEST_STATE_BYTES:
                raise HostileError(f"its {STATE} is larger than any that pdr writes")
            return content.read()
    raise HostileError(f"it holds no {STATE}: it is no site of pdr, or one of an old version")


def extract(archive: Path, files: Files, to: Path) -> set[str]:
    """Copy the files that are there, and are what they should be, below ``to``; gives their names.

    Raises:
        HostileError: the archive is damaged.
        OSError: a file cannot be written.
    """
    found: set[str] = set()
    for name, member, content in _members(archive):
        if name in files and name not in found and _copy(content, member.size, files[name], to / name):
            found.add(name)
    return found


def _members(archive: Path) -> Iterator[tuple[str, tarfile.TarInfo, IO[bytes]]]:
    """Name and content of each file, in the order in which they were packed."""
    with archive.open("rb") as file, opened_zip(file) as packed:
        stream = _Stream(member_blocks(packed, only_member(packed, _TAR, "site")))
        with _told(), tarfile.open(fileobj=stream, mode="r|", tarinfo=_Member, errorlevel=2) as tar:  # type: ignore[call-overload]
            for number, member in enumerate(tar):
                if number >= _MOST_MEMBERS:
                    raise HostileError("its tar archive holds more files than a site has")
                name = _name(member)
                # Python remembers every member it saw.
                tar.members = []
                if member.type in _FILES and not member.issparse():
                    content = tar.extractfile(member)
                    if content is not None:
                        yield name, member, content


def _name(member: tarfile.TarInfo) -> str:
    """The member's name below the site.

    Raises:
        HostileError: it is a link or a device, or leads out of the archive.
    """
    if member.type not in (*_FILES, tarfile.DIRTYPE) or member.issparse():
        raise HostileError(
            f"its tar archive holds {one_line(repr(member.name), 100)}, which is neither file nor folder"
        )
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts:
        raise HostileError(f"its tar archive holds {one_line(repr(member.name), 100)}, which leads out of it")
    return path.as_posix()


def _copy(content: IO[bytes], size_bytes: int, expected: tuple[int, str | None], to: Path) -> bool:
    if size_bytes != expected[0]:
        return False
    to.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with to.open("wb") as file:
        while block := content.read(_BLOCK_BYTES):
            digest.update(block)
            file.write(block)
    is_right = to.stat().st_size == size_bytes and expected[1] in (None, digest.hexdigest())
    if not is_right:
        to.unlink()
    return is_right


class _Stream:
    """What tarfile reads from; counts."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = b""
        self._size_bytes = 0

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes, none at the end."""
        if not self._rest:
            self._rest = next(self._blocks, b"")
            self._size_bytes += len(self._rest)
            if self._size_bytes > _MOST_TAR_BYTES:
                raise HostileError("its tar archive is larger than any host of pages takes")
        block, self._rest = self._rest[:size], self._rest[size:]
        return block


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, ValueError, UnicodeDecodeError, EOFError) as error:
        raise HostileError("its tar archive is damaged") from error
