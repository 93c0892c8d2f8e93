"""The files of a project that a person edits, and when they were written: found by looking."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TypeAlias

Stamp: TypeAlias = tuple[int, int, int]
"""Time of the last change in nanoseconds, size, and inode: an editor that replaces a file makes a new one."""

_LIBRARY = Path(__file__).resolve().parents[1]
_NO_SOURCES = frozenset(("__pycache__", "node_modules", "site-packages", "pipeline-outputs"))
_NO_SOURCE = ("~", ".tmp", ".swp", ".pyc", ".log", ".out", ".err")


def project_files(project_dir: Path, left_out: Collection[Path] = ()) -> dict[Path, Stamp]:
    """Every file of a project with its stamp, but for what tools write: hidden files, caches, environments, outputs.

    Nor is this library among them, where it lies in the project: a process that runs cannot take another version of it.
    """
    found: dict[Path, Stamp] = {}
    skipped = {str(path) for path in left_out}
    _look(str(project_dir), skipped, found)
    return found


def python_state(files: Mapping[Path, Stamp]) -> frozenset[tuple[Path, Stamp]]:
    """What the Python files among ``files`` are now; equal states mean that nothing of the project need be imported anew."""
    return frozenset((path, stamp) for path, stamp in files.items() if path.suffix == ".py")


def is_own_code(file: str | os.PathLike[str], project_dir: Path) -> bool:
    """Whether a module's file is the project's own: not installed in it, and not this library."""
    path = Path(file)
    if not path.is_relative_to(project_dir) or path.is_relative_to(_LIBRARY):
        return False
    return not any(part == "site-packages" or part.startswith(".") for part in path.relative_to(project_dir).parts)


def _look(folder: str, skipped: Collection[str], found: dict[Path, Stamp]) -> None:
    folders: list[str] = []
    here: dict[Path, Stamp] = {}
    # A folder may vanish while one looks, and belongs to somebody else now and then.
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name == "pyvenv.cfg":
                return
            if entry.name.startswith(".") or entry.name in _NO_SOURCES or entry.path in skipped:
                continue
            with contextlib.suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.is_file() and not entry.name.endswith(_NO_SOURCE):
                    status = entry.stat()
                    here[Path(entry.path)] = (status.st_mtime_ns, status.st_size, status.st_ino)
    found |= here
    for path in folders:
        if path != str(_LIBRARY):
            _look(path, skipped, found)
