"""The folder of a site: files appear whole or not at all, and one that would not change is not touched."""

from __future__ import annotations

import fcntl
import filecmp
import itertools
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pynb_dag_runner.errors import EngineError, UsageError

TEMPORARY = Path("data", ".tmp")
"""Below the site, so that a finished file can be moved to its place by one rename."""


class SiteFolder:
    """Writes below ``root``; names are relative to it. Several processes may write different files at once."""

    _numbers = itertools.count()

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, content: bytes) -> None:
        """Make the file ``name`` hold ``content``.

        Raises:
            EngineError: it cannot be written.
        """
        path = self.root / name
        if self.size(name) == len(content) and path.read_bytes() == content:
            return
        with self.stream(name) as file:
            file.write(content)

    @contextmanager
    def stream(self, name: str) -> Iterator[BinaryIO]:
        """A file to write to, which becomes ``name`` at the end of the block, unless that holds the same already.

        Raises:
            EngineError: it cannot be written.
        """
        path = self.root / name
        with _writing(path):
            temporary = self._temporary(path)
            with temporary.open("wb") as file:
                yield file
            if path.is_file() and filecmp.cmp(temporary, path, shallow=False):
                temporary.unlink()
                return
            os.replace(temporary, path)

    def adopt(self, source: Path, name: str) -> None:
        """Make the file ``name`` the same as ``source``: a hard link where the file system can, else a copy.

        Raises:
            EngineError: it cannot be written.
        """
        path = self.root / name
        if self.size(name) is not None and filecmp.cmp(source, path, shallow=False):
            return
        with _writing(path):
            temporary = self._temporary(path)
            try:
                os.link(source, temporary, follow_symlinks=False)
            except OSError:
                shutil.copyfile(source, temporary, follow_symlinks=False)
            os.replace(temporary, path)

    def size(self, name: str) -> int | None:
        """How large the file is, None where there is none."""
        try:
            return (self.root / name).stat().st_size
        except OSError:
            return None

    def remove(self, names: Iterable[str]) -> None:
        """Delete files or whole folders; what cannot be deleted is in nobody's way."""
        for name in names:
            path = self.root / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def names(self, folder: str) -> list[str]:
        """Names of what lies in a folder, sorted; none where there is no such folder."""
        try:
            return sorted(os.listdir(self.root / folder))
        except OSError:
            return []

    def _temporary(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        (self.root / TEMPORARY).mkdir(parents=True, exist_ok=True)
        return self.root / TEMPORARY / f"{os.getpid()}-{next(self._numbers)}"


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """The right to write below ``root`` for as long as the block runs; it ends with the process, too.

    Raises:
        UsageError: another process has it.
        EngineError: there is no such folder, and it cannot be made.
    """
    with _writing(root):
        root.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(root, os.O_RDONLY)
    try:
        _lock(descriptor, root)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, root: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise UsageError(f"{root}: another pdr is writing this site right now; wait for it") from error


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EngineError(f"{error.filename or path}: cannot be written: {error.strerror or error}") from error
