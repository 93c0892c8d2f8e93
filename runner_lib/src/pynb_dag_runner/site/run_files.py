"""All files of one run, made from its run log: what a worker process does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pynb_dag_runner.conventions import PARTIAL_SUFFIX
from pynb_dag_runner.errors import RunLogError
from pynb_dag_runner.runlog.reader import read_run
from pynb_dag_runner.runlog.records import State
from pynb_dag_runner.site.document import is_too_large, run_document
from pynb_dag_runner.site.folder import SiteFolder
from pynb_dag_runner.site.logs import LIVE, content_fingerprint
from pynb_dag_runner.site.pieces import write_pieces
from pynb_dag_runner.site.preview import preview_page
from pynb_dag_runner.site.rows import Row, details_row, index_row, month
from pynb_dag_runner.site.scripts import json_text, script

_UNFINISHED = ("running", "interrupted")


@dataclass(frozen=True)
class RunSummary:
    """What the rest of the site needs to know of one run; the rows are kept as JSON, which is small."""

    run_id: str
    fingerprint: str
    month: str
    is_finished: bool
    log_bytes: int
    log_sha256: str
    site_bytes: int
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
            return cls(reason, is_lasting=not isinstance(error.__cause__, OSError))
        # Files of strangers can hold what nobody thought of; one of them must not end the build.
        reason = f"it holds what cannot be shown ({type(error).__name__}: {str(error)[:200]})"
        return cls(reason, is_lasting=not isinstance(error, MemoryError))


def write_run(path: Path, run_id: str, site: Path) -> RunSummary:
    """Write the files of the run in ``path``, whose id is ``run_id``.

    Raises:
        RunLogError: the run log cannot be read; nothing was written then that anybody sees.
        EngineError: a file of the site cannot be written.
    """
    if path.name.endswith(PARTIAL_SUFFIX) and not path.exists():
        # The run has just ended.
        path = path.with_name(path.name.removesuffix(PARTIAL_SUFFIX))
    run = read_run(path)
    if run.run_id != run_id:
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
    document, more = run_document(run, log)
    files = {f"{number}.js": piece.script_bytes for number, piece in enumerate(log.pieces) if not piece.is_left_out}
    for name, content in more.items():
        files[f"{name}.js"] = _write(folder, f"data/runs/{run_id}/{name}.js", "more", f"{run_id}/{name}", content)
    files["run.js"] = _write(folder, f"data/runs/{run_id}/run.js", "run", run_id, document)
    stale = [name for name in folder.names(f"data/runs/{run_id}") if name not in files]
    folder.remove(f"data/runs/{run_id}/{name}" for name in stale)
    # Rows are made from what a reader of run.js gets: they are the same when they are made again from the site.
    document = json.loads(json_text(document))
    page = preview_page(document)
    folder.write(f"r/{run_id}/index.html", page)
    return RunSummary(
        run_id=run_id,
        fingerprint=fingerprint + (LIVE if run.state is State.RUNNING else ""),
        month=month(document),
        is_finished=document["status"] not in _UNFINISHED,
        log_bytes=document["log"]["size_bytes"],
        log_sha256=document["log"]["sha256"],
        site_bytes=sum(files.values()) + len(page),
        index=json_text(index_row(document)),
        details=json_text(details_row(document)),
    )


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise RunLogError(f"it cannot be read: {error.strerror}") from error


def _write(folder: SiteFolder, path: str, kind: str, key: str, payload: object) -> int:
    content = script(kind, key, payload)
    folder.write(path, content)
    return len(content)
