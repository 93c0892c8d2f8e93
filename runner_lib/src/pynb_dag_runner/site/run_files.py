"""All files of one run, made from its run log: what a worker process does."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pynb_dag_runner.conventions import PARTIAL_SUFFIX
from pynb_dag_runner.errors import RunLogError
from pynb_dag_runner.runlog.origin import Origin
from pynb_dag_runner.runlog.reader import read_run
from pynb_dag_runner.runlog.records import State
from pynb_dag_runner.site.document import is_too_large, run_document
from pynb_dag_runner.site.entries import RunEntry, entry_of
from pynb_dag_runner.site.folder import SiteFolder
from pynb_dag_runner.site.logs import LIVE, content_fingerprint, of_origin, sha256_of
from pynb_dag_runner.site.names import page_of_run, run_folder
from pynb_dag_runner.site.pieces import write_pieces
from pynb_dag_runner.site.preview import preview_page
from pynb_dag_runner.site.rows import Row, details_row, index_row
from pynb_dag_runner.site.scripts import json_text, script
from pynb_dag_runner.site.state import read_document


@dataclass(frozen=True)
class RunSummary:
    """What the rest of the site needs to know of one run; the rows are kept as JSON, which is small."""

    run_id: str
    entry: RunEntry
    index: str
    details: str

    def rows(self) -> tuple[Row, Row]:
        """The run's rows of index and details."""
        return json.loads(self.index), json.loads(self.details)


@dataclass(frozen=True)
class Failure:
    """Why a run log is not in the site; ``is_lasting`` where that lies in the file, and not in the machine."""

    reason: str
    is_lasting: bool = True

    @classmethod
    def of(cls, error: Exception, path: Path) -> Failure:
        """What an error says of the run log in ``path``, whose name is told elsewhere."""
        if isinstance(error, RunLogError):
            reason = re.sub(
                r"^(?::(\d+))?: ", lambda at: f"line {at[1]}: " if at[1] else "", str(error).removeprefix(str(path))
            )
            # An origin can be written anew beside the same log.
            is_lasting = not isinstance(error.__cause__, OSError) and not isinstance(error, WrongOriginError)
            return cls(reason, is_lasting)
        # Files of strangers can hold what nobody thought of; one of them must not end the build.
        reason = f"it holds what cannot be shown ({type(error).__name__}: {str(error)[:200]})"
        return cls(reason, is_lasting=not isinstance(error, MemoryError))


class WrongOriginError(RunLogError):
    """A run log is not the one that its origin is of."""


def write_run(path: Path, run_id: str, site: Path, origin: Origin | None = None) -> RunSummary:
    """Write the files of the run in ``path``, which the site calls ``run_id``; ``origin`` is that of a collected log.

    Raises:
        RunLogError: the run log cannot be read; nothing was written then that anybody sees.
        EngineError: a file of the site cannot be written.
    """
    if path.name.endswith(PARTIAL_SUFFIX) and not path.exists():
        # The run has just ended.
        path = path.with_name(path.name.removesuffix(PARTIAL_SUFFIX))
    if origin is not None:
        check_origin(path, origin)
    run = read_run(path)
    if origin is None and run.run_id != run_id:
        raise RunLogError("it was replaced while it was read")
    left_out = {
        chunk.offset
        for task in run
        for attempt in task.attempts
        for artifact in attempt.artifacts
        if is_too_large(artifact)
        for chunk in artifact.chunks
    }
    folder = SiteFolder(site)
    with _opened(path) as file:
        log = write_pieces(file, run_id, left_out, folder)
        # The log may have grown since it was found, and even since it was read: what is in the site now counts.
        fingerprint = content_fingerprint(file, log.size_bytes)
    if origin is None:
        fingerprint += LIVE if run.state is State.RUNNING else ""
    elif log.sha256 != origin.log_sha256:
        raise WrongOriginError("it changed while it was read")
    else:
        fingerprint = of_origin(fingerprint, origin)
    document, more = run_document(run, log, origin)
    files = _Files(folder)
    for number, piece in enumerate(log.pieces):
        if not piece.is_left_out:
            files.written[f"{run_folder(run_id)}/{number}.js"] = (piece.script_bytes, piece.script_sha256)
    for name, content in more.items():
        files.write(f"{run_folder(run_id)}/{name}.js", script("more", f"{run_id}/{name}", content))
    files.write(f"{run_folder(run_id)}/run.js", script("run", run_id, document))
    stale = [f"{run_folder(run_id)}/{name}" for name in folder.names(run_folder(run_id))]
    folder.remove(name for name in stale if name not in files.written)
    # Rows are made from what a reader of run.js gets: they are the same when they are made again from the site.
    document = json.loads(json_text(document))
    files.write(page_of_run(run_id), preview_page(document))
    return RunSummary(
        run_id=run_id,
        entry=entry_of(document, files.written, fingerprint),
        index=json_text(index_row(document)),
        details=json_text(details_row(document)),
    )


def write_page(folder: SiteFolder, run_id: str) -> dict[str, tuple[int, str]]:
    """Make the small page about a run again from its document; says what was written.

    Raises:
        EngineError: it cannot be written.
    """
    files = _Files(folder)
    files.write(page_of_run(run_id), preview_page(read_document(folder.root, run_id)))
    return files.written


def check_origin(path: Path, origin: Origin) -> None:
    """Refuse a run log that its origin does not fit.

    Raises:
        RunLogError: it does not, or the log cannot be read.
    """
    with _opened(path) as file:
        size_bytes = os.fstat(file.fileno()).st_size
    if size_bytes != origin.log_bytes:
        raise WrongOriginError(f"it has {size_bytes} bytes, but its origin is of a log of {origin.log_bytes}")
    try:
        sha256 = sha256_of(path)
    except OSError as error:
        raise RunLogError(f"it cannot be read: {error.strerror}") from error
    if sha256 != origin.log_sha256:
        raise WrongOriginError("its origin is of another file: the two differ in SHA-256")


class _Files:
    """Writes files of one run, and remembers size and SHA-256 of each."""

    def __init__(self, folder: SiteFolder) -> None:
        self._folder = folder
        self.written: dict[str, tuple[int, str]] = {}

    def write(self, name: str, content: bytes) -> None:
        self._folder.write(name, content)
        self.written[name] = (len(content), hashlib.sha256(content).hexdigest())


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise RunLogError(f"it cannot be read: {error.strerror}") from error
