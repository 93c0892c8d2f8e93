"""A copy of a published site on this machine: made beside its place, and put there when it is done."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pynb_dag_runner.errors import EngineError, UsageError
from pynb_dag_runner.github.published_archive import Files
from pynb_dag_runner.site.names import MANIFEST, STATE
from pynb_dag_runner.site.published import is_file

_FETCHING = ".fetching-"


@contextmanager
def staged(place: Path) -> Iterator[Path]:
    """An empty folder beside ``place`` for as long as the block runs; what killed calls left there is removed.

    Raises:
        EngineError: nothing can be written there.
    """
    start = f".{place.name}{_FETCHING}"
    with _told(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        with _alone(place.parent):
            for path in place.parent.glob(f"{start}*"):
                _remove_abandoned(path)
            folder = Path(tempfile.mkdtemp(prefix=start, dir=place.parent))
            # Says that somebody is at work there, until this process ends, in whatever way.
            descriptor = os.open(folder, os.O_RDONLY)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Other calls wait for the end of this block, which is short."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _told(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EngineError(f"{error.filename or place}: cannot be written: {error.strerror or error}") from error


def _remove_abandoned(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path, ignore_errors=True)
    except BlockingIOError:
        # Another call is at work.
        return
    finally:
        os.close(descriptor)


def check_place(place: Path) -> None:
    """Whether a copy may take this place.

    Raises:
        UsageError: something else than a site is there.
    """
    if not place.exists():
        return
    is_empty = place.is_dir() and not any(place.iterdir())
    if not is_empty and not (place / STATE).is_file() and not (place / MANIFEST).is_file():
        raise UsageError(f"--published {place}: something else than a site is there; name another folder")


def reuse(place: Path, files: Files, to: Path) -> set[str]:
    """Take what an earlier copy at ``place`` holds already, by its digest; gives the names.

    Raises:
        OSError: it cannot be written.
    """
    found = set()
    for name, (size_bytes, sha256) in files.items():
        if sha256 is not None and is_file(place / name, size_bytes, sha256):
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            # Another call may put its copy there in this moment.
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(place / name, to / name)
                found.add(name)
    return found


def put(site: Path | None, place: Path) -> None:
    """Make ``place`` the copy that is in ``site``, or nothing where that is None.

    Raises:
        EngineError: it cannot be written.
    """
    if site is None and not place.exists():
        return
    with _told(place), _alone(place.parent):
        if place.exists():
            former = Path(tempfile.mkdtemp(prefix=f".{place.name}{_FETCHING}", dir=place.parent))
            os.replace(place, former / "former")
            shutil.rmtree(former, ignore_errors=True)
        if site is not None:
            os.replace(site, place)
