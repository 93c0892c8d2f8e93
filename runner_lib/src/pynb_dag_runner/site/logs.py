"""Run logs below a folder: which there are, and what tells one from another without reading all of it."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from pynb_dag_runner.conventions import PARTIAL_SUFFIX, RUN_LOG_SUFFIX, SPOOL_SUFFIX, ResourceAttribute
from pynb_dag_runner.errors import RunLogError
from pynb_dag_runner.report.escaping import one_line
from pynb_dag_runner.runlog.origin import Origin, read_origin
from pynb_dag_runner.runlog.otlp import parse_line
from pynb_dag_runner.runlog.reader import is_live, run_id_of
from pynb_dag_runner.runlog.refusals import UNREADABLE, Refusal, read_refusals
from pynb_dag_runner.site.names import ADDRESS, RUN_ID

LIVE = "-live"
"""Ends the fingerprint of a run that goes on."""

_LARGEST_LIST_BYTES = 16 * 1024 * 1024
_END_BYTES = 16 * 1024
_LONGEST_LINE_BYTES = 64 * 1024 * 1024
_NOT_RUN_LOGS = {"data-lake", "expanded"}


@dataclass(frozen=True)
class FoundLog:
    """A file that may be a run log; ``name`` is its path below the folder that was searched."""

    path: Path
    name: str
    fingerprint: str
    size_bytes: int
    origin: Origin | None = None

    @property
    def is_partial(self) -> bool:
        """Whether its name says that its run has not ended."""
        return self.name.endswith(PARTIAL_SUFFIX)


@dataclass
class Fingerprints:
    """Remembers fingerprints for as long as a program runs, so that files that stay as they are need not be opened."""

    _known: dict[tuple[int, int, int, int], str] = field(default_factory=dict)

    def of(self, path: Path) -> tuple[str, int]:
        """Fingerprint and size of a file.

        Raises:
            OSError: it cannot be read.
            RunLogError: it is no regular file.
        """
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise RunLogError("it is no regular file")
        key = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
        if key not in self._known:
            with path.open("rb") as file:
                self._known[key] = content_fingerprint(file, found.st_size)
        # A driver that dies leaves its file as it was, but the run is interrupted then.
        return self._known[key] + (LIVE if is_live(path) else ""), found.st_size


@dataclass(frozen=True)
class Unreadable:
    """A file that is not in the site, and why."""

    file: str
    run_id: str | None
    reason: str


def find_logs(folder: Path, site: Path, fingerprints: Fingerprints) -> Iterator[FoundLog | Unreadable | Refusal]:
    """The run logs below ``folder``, what cannot be read, and what was not collected; ``site`` is not searched."""
    closed: list[OSError] = []
    for path in _files(folder, site.resolve(), closed.append):
        name = _name(path, folder)
        if path.name == UNREADABLE:
            yield from _refusals(path, name)
            continue
        try:
            yield _found(path, name, fingerprints)
        except FileNotFoundError as error:
            # A run that has just ended gave its file the final name, which a later search finds.
            if path.is_symlink():
                yield Unreadable(name, None, f"it cannot be read: {error.strerror}")
        except OSError as error:
            yield Unreadable(name, None, f"it cannot be read: {error.strerror}")
        except RunLogError as error:
            # A log whose origin is damaged is left out: it must not be taken for one that nobody ever collected.
            yield Unreadable(name, None, str(error))
    for problem in closed:
        reason = f"this folder cannot be read: {problem.strerror}"
        yield Unreadable(_name(Path(problem.filename), folder), None, reason)


def _refusals(path: Path, name: str) -> Iterator[Refusal | Unreadable]:
    """What ``pdr collect`` says of artifacts that it refused."""
    try:
        if path.stat().st_size > _LARGEST_LIST_BYTES:
            raise ValueError("it is too large")
        count = len(json.loads(path.read_bytes())["artifacts"])
        refusals = read_refusals(path.parent)
        if count and not refusals:
            raise ValueError("an entry is none")
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        yield Unreadable(name, None, f"it is no list of artifacts that were refused: {one_line(str(error), 100)}")
        return
    yield from refusals


def _found(path: Path, name: str, fingerprints: Fingerprints) -> FoundLog:
    fingerprint, size_bytes = fingerprints.of(path)
    origin = read_origin(path)
    if origin is not None:
        # Nobody writes to a log that was collected.
        fingerprint = of_origin(fingerprint.removesuffix(LIVE), origin)
    elif ADDRESS.fullmatch(run_id_of(path)) is not None:
        raise RunLogError(
            "its name is that of a run at GitHub, but no origin beside it says so: pdr collect fetches both"
        )
    return FoundLog(path, name, fingerprint, size_bytes, origin)


def _files(folder: Path, site: Path, on_error: Callable[[OSError], None]) -> list[Path]:
    found: list[Path] = []
    for parent, folders, files in os.walk(folder, onerror=on_error):
        is_outputs = "runs" in folders
        folders[:] = [
            name
            for name in folders
            if not name.endswith(SPOOL_SUFFIX)
            and not (is_outputs and name in _NOT_RUN_LOGS)
            and Path(parent, name).resolve() != site
        ]
        there = set(files)
        found.extend(
            Path(parent, name)
            for name in files
            if name == UNREADABLE
            or name.endswith(RUN_LOG_SUFFIX)
            or (name.endswith(RUN_LOG_SUFFIX + PARTIAL_SUFFIX) and name.removesuffix(PARTIAL_SUFFIX) not in there)
        )
    return sorted(found)


def peek_run_id(path: Path) -> str:
    """The run id that the first line says.

    Raises:
        RunLogError: the file is no run log, or its run id cannot be the name of a folder, or is an address at GitHub.
    """
    try:
        line = _first_line(path)
    except OSError as error:
        raise RunLogError(f"it cannot be read: {error.strerror}") from error
    if not line:
        raise RunLogError("it is empty")
    try:
        run_id = str(parse_line(line).resource.get(ResourceAttribute.RUN_ID, ""))
    except RunLogError as error:
        if not line.endswith(b"\n"):
            raise RunLogError("it has no complete line: it was cut off, or is no run log") from error
        raise RunLogError(f"it is no run log: {error}") from error
    if not run_id:
        raise RunLogError("it is OTLP, but of no pipeline run")
    if RUN_ID.fullmatch(run_id) is None:
        raise RunLogError(f"its run id {_printable(run_id[:100])!r} is not one that pdr makes")
    if ADDRESS.fullmatch(run_id) is not None:
        raise RunLogError(f"its run id {run_id} is that of a run at GitHub, but no origin beside it says so")
    return run_id


def content_fingerprint(file: BinaryIO, size_bytes: int) -> str:
    """What tells a run log from others: it only grows until it has ended, so its size and its two ends are enough.

    Raises:
        OSError: the file cannot be read.
    """
    digest = hashlib.sha256(f"{size_bytes}\n".encode())
    file.seek(0)
    digest.update(file.read(min(size_bytes, _END_BYTES)))
    if size_bytes > _END_BYTES:
        start = max(_END_BYTES, size_bytes - _END_BYTES)
        file.seek(start)
        digest.update(file.read(size_bytes - start))
    return digest.hexdigest()


def of_origin(fingerprint: str, origin: Origin) -> str:
    """The fingerprint of a log that was collected: the same content under two addresses is of two runs."""
    return f"{fingerprint}@{origin.address}"


def sha256_of(path: Path) -> str:
    """SHA-256 of the whole file.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1024 * 1024):
            digest.update(block)
    return digest.hexdigest()


def _first_line(path: Path) -> bytes:
    """The first line that is not blank."""
    with path.open("rb") as file:
        while line := file.readline(_LONGEST_LINE_BYTES):
            if line.strip():
                return line
    return b""


def _name(path: Path, folder: Path) -> str:
    return _printable(path.relative_to(folder).as_posix())


def _printable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
