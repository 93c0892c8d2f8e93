"""A site that was published elsewhere: which of its files a next build needs, and whether a copy of them is whole.

Who copies a site (``pdr collect``) fetches ``data/state.json``, asks here for the list of files, and fetches exactly those::

    published_files(state: bytes) -> dict[str, tuple[int, str | None]]   # name below the site: size in bytes, SHA-256
    known_runs(state: bytes) -> frozenset[str]                           # addresses that need not be fetched again
    verify(folder: Path) -> list[str]                                    # names that are missing or differ

The list has the files of all runs (``data/runs/``, ``r/``) and the chunks (``data/index/``, ``data/details/``). Manifest and
front end are not needed: each build writes them. Where a SHA-256 is None, it is not known. Beside these files, the copy needs
``data/state.json`` itself, byte for byte.

The state comes from the network. A name that is none of ours, a number that cannot be, or more than any host of pages would
hold is an error: nothing of it may lead out of the folder, or fill the disk.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pynb_dag_runner.errors import EngineError
from pynb_dag_runner.site.logs import sha256_of
from pynb_dag_runner.site.names import CHUNK, FORMAT, RUN_ID, STATE, chunk_files, is_file_of_run

LARGEST_STATE_BYTES = 64 * 1024 * 1024
"""Who fetches ``data/state.json`` need not read more than this."""

_MOST_FILES = 1_000_000
_MOST_BYTES = 4 * 1024**3
"""GitHub Pages takes 1 GB; a site of another host may be somewhat larger."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


def published_files(state: bytes) -> dict[str, tuple[int, str | None]]:
    """Every file that a copy of the site needs beside ``data/state.json``, with its size in bytes and its SHA-256.

    Raises:
        EngineError: the state is damaged, is one of a stranger or of a newer version, or says more than can be.
    """
    said = _parsed(state)
    try:
        files: dict[str, tuple[int, str | None]] = {}
        for name, size_bytes, sha256 in (*_files_of_runs(said["runs"]), *_files_of_chunks(said["chunks"])):
            if isinstance(size_bytes, bool) or not isinstance(size_bytes, int) or size_bytes < 0:
                raise ValueError(f"the size of {name} is none")
            if sha256 is not None and (not isinstance(sha256, str) or _SHA256.fullmatch(sha256) is None):
                raise ValueError(f"the SHA-256 of {name} is none")
            files[name] = (size_bytes, sha256)
        if len(files) > _MOST_FILES or sum(size_bytes for size_bytes, _ in files.values()) > _MOST_BYTES:
            raise ValueError("it names more than a site can hold")
        if len({name.lower() for name in files}) != len(files):
            raise ValueError("two names differ only in case")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise EngineError(f"{STATE} of the published site is damaged: {_told(error)}") from error
    return files


def known_runs(state: bytes) -> frozenset[str]:
    """The runs of the site, and those that were dropped from it for good: nobody need fetch their logs again.

    Raises:
        EngineError: the state is damaged, or is one of a stranger or of a newer version.
    """
    said = _parsed(state)
    try:
        run_ids = [*dict(said["runs"]), *said.get("dropped", [])]
        if not all(isinstance(run_id, str) and RUN_ID.fullmatch(run_id) for run_id in run_ids):
            raise ValueError("a run id is none")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise EngineError(f"{STATE} of the published site is damaged: {_told(error)}") from error
    return frozenset(run_ids)


def verify(folder: Path) -> list[str]:
    """Names of the files that a copy of a site in ``folder`` lacks, or that are not what its state says; sorted.

    Raises:
        EngineError: its state is missing or damaged.
    """
    try:
        state = (folder / STATE).read_bytes()
    except OSError as error:
        raise EngineError(f"{folder / STATE}: cannot be read: {error.strerror}") from error
    return sorted(name for name, expected in published_files(state).items() if not is_file(folder / name, *expected))


def is_file(path: Path, size_bytes: int, sha256: str | None) -> bool:
    """Whether a regular file of that size and SHA-256 is there."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size != size_bytes:
            return False
        return sha256 is None or sha256_of(path) == sha256
    except OSError:
        return False


def _parsed(state: bytes) -> dict[str, Any]:
    if len(state) > LARGEST_STATE_BYTES:
        raise EngineError(f"{STATE} of the published site is larger than any that pdr writes")
    try:
        said = json.loads(state)
        if not isinstance(said, dict) or isinstance(said["format"], bool) or not isinstance(said["format"], int):
            raise ValueError("it has no format")
    except (ValueError, KeyError, RecursionError) as error:
        raise EngineError(f"{STATE} of the published site is damaged: {_told(error)}") from error
    if said["format"] > FORMAT:
        raise EngineError(
            f"{STATE} of the published site was written by a newer pdr (its format is {said['format']}): update pdr"
        )
    return said


def _files_of_runs(runs: dict[str, Any]) -> Iterator[tuple[str, object, object]]:
    for run_id, entry in runs.items():
        if RUN_ID.fullmatch(run_id) is None:
            raise ValueError("a run id is none")
        for name, (size_bytes, sha256) in entry["files"].items():
            if not is_file_of_run(name, run_id):
                raise ValueError(f"a file of run {run_id} has no name that pdr gives")
            yield name, size_bytes, sha256


def _files_of_chunks(chunks: dict[str, Any]) -> Iterator[tuple[str, object, object]]:
    for name, entry in chunks.items():
        if CHUNK.fullmatch(name) is None:
            raise ValueError("the name of a chunk is none")
        index, details = chunk_files(name)
        yield index, entry["index_bytes"], entry["index"]
        yield details, entry["details_bytes"], entry["details"]


def _told(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)[:200]
