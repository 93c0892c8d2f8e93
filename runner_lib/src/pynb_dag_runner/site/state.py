"""What a site remembers of how it was built, so that the next build need not read again what has not changed.

``data/state.json`` is a memory only: the runs' own files hold all that matters, and where it is lost or damaged, a site is
known again from them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from pynb_dag_runner import __version__
from pynb_dag_runner.errors import UsageError
from pynb_dag_runner.site.chunks import details_rows, index_rows
from pynb_dag_runner.site.names import FORMAT, MANIFEST, RUN_ID, STATE, chunk_files
from pynb_dag_runner.site.rows import Row, details_row, index_row, month
from pynb_dag_runner.site.scripts import json_text, parse_script

WRITER = f"{__version__}/3"
"""What another writer made is made again where its run log is at hand; raise the last number when files change."""


@dataclass(frozen=True)
class RunEntry:
    """One run of a site; ``fingerprint`` is None where it is not known which file it was made from."""

    fingerprint: str | None
    month: str
    is_finished: bool
    log_bytes: int
    log_sha256: str
    site_bytes: int


@dataclass(frozen=True)
class ChunkEntry:
    """One chunk: its runs, and SHA-256 and size of its two files."""

    runs: list[str]
    index: str
    details: str
    size_bytes: int


@dataclass(frozen=True)
class Reason:
    """Why a file is not in the site, and which run it says to be of."""

    run_id: str | None
    reason: str


@dataclass
class Site:
    """A site as it was built.

    ``others`` says, by fingerprint, why run logs cannot be read. ``loose`` are rows, as JSON, of runs that are in no
    chunk; ``damaged`` are runs that nothing is known of any more.
    """

    root: Path
    writer: str = WRITER
    runs: dict[str, RunEntry] = field(default_factory=dict)
    chunks: dict[str, ChunkEntry] = field(default_factory=dict)
    others: dict[str, Reason] = field(default_factory=dict)
    bundle: list[str] = field(default_factory=list)
    loose: dict[str, tuple[str, str]] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)

    def dumps(self) -> bytes:
        """The text of ``data/state.json``."""
        state = {
            "format": FORMAT,
            "writer": self.writer,
            "runs": {run_id: asdict(entry) for run_id, entry in self.runs.items()},
            "chunks": {name: asdict(entry) for name, entry in self.chunks.items()},
            "others": {fingerprint: asdict(reason) for fingerprint, reason in self.others.items()},
            "bundle": sorted(self.bundle),
            "damaged": sorted(self.damaged),
        }
        text = json.dumps(state, ensure_ascii=False, sort_keys=True, indent=0, separators=(",", ":"))
        return f"{text}\n".encode("utf-8", "backslashreplace")

    def chunk_rows(self, name: str) -> list[tuple[Row, Row]]:
        """Index and details rows of a chunk."""
        index, details = (_payload((self.root / path).read_bytes()) for path in chunk_files(name))
        return list(zip(index_rows(index), details_rows(details), strict=True))

    def mend(self) -> None:
        """Leave out chunks that are damaged or of another writer, make rows of their runs, and see which runs are damaged."""
        self.chunks = {name: chunk for name, chunk in self.chunks.items() if self._is_sound(name, chunk)}
        listed = {run_id for chunk in self.chunks.values() for run_id in chunk.runs}
        for run_id in [run_id for run_id in self.runs if run_id not in listed]:
            try:
                document = read_document(self.root, run_id)
                self.loose[run_id] = (json_text(index_row(document)), json_text(details_row(document)))
            except (ValueError, TypeError, KeyError, AttributeError):
                self.damaged.append(run_id)
                del self.runs[run_id]

    def _is_sound(self, name: str, chunk: ChunkEntry) -> bool:
        try:
            hashes = [hashlib.sha256((self.root / path).read_bytes()).hexdigest() for path in chunk_files(name)]
        except OSError:
            return False
        return self.writer == WRITER and hashes == [chunk.index, chunk.details]


def is_site(root: Path) -> bool:
    """Whether a site was built in this folder, damaged or not."""
    return (root / STATE).is_file() or (root / MANIFEST).is_file()


def load_site(root: Path) -> Site:
    """The site in ``root``.

    Raises:
        UsageError: it was written by a newer version.
    """
    try:
        site = _remembered(root, json.loads((root / STATE).read_bytes()))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        site = _recovered(root)
    site.mend()
    return site


def _remembered(root: Path, state: dict[str, Any]) -> Site:
    _check_format(root, state["format"])
    site = Site(
        root,
        str(state["writer"]),
        {run_id: RunEntry(**entry) for run_id, entry in state["runs"].items()},
        {name: ChunkEntry(**entry) for name, entry in state["chunks"].items()},
        {fingerprint: Reason(**reason) for fingerprint, reason in state["others"].items()},
        [str(name) for name in state["bundle"]],
        damaged=[str(name) for name in state["damaged"]],
    )
    # Names become paths; a file that somebody tampered with must not lead elsewhere.
    if any(RUN_ID.fullmatch(name) is None for name in [*site.runs, *site.chunks]) or any(
        PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts for name in site.bundle
    ):
        raise ValueError("a name in the state is none")
    if site.writer != WRITER:
        # Another version may tell files apart in another way.
        site.runs = {run_id: replace(entry, fingerprint=None) for run_id, entry in site.runs.items()}
    gone = [run_id for run_id in site.runs if not (root / "data/runs" / run_id / "run.js").is_file()]
    for run_id in gone:
        del site.runs[run_id]
    return site


def read_document(root: Path, run_id: str) -> dict[str, Any]:
    """The document of a run of the site.

    Raises:
        ValueError: it is damaged.
    """
    try:
        document = _payload((root / "data/runs" / run_id / "run.js").read_bytes())
    except OSError as error:
        raise ValueError(f"run.js cannot be read: {error.strerror}") from error
    if document.get("run_id") != run_id:
        raise ValueError("run.js is of another run")
    return document


def _recovered(root: Path) -> Site:
    """The site as its runs tell it."""
    # Without a manifest that can be read, the runs are all there is.
    with contextlib.suppress(OSError, ValueError):
        _check_format(root, _payload((root / MANIFEST).read_bytes()).get("format"))
    site = Site(root, writer="unknown")
    for path in sorted(root.glob("data/runs/*/run.js")):
        run_id = path.parent.name
        if RUN_ID.fullmatch(run_id) is None:
            continue
        try:
            document = read_document(root, run_id)
            site.runs[run_id] = RunEntry(
                fingerprint=None,
                month=month(document),
                is_finished=document["status"] not in ("running", "interrupted"),
                log_bytes=int(document["log"]["size_bytes"]),
                log_sha256=str(document["log"]["sha256"]),
                site_bytes=sum(
                    file.stat().st_size for file in [*path.parent.iterdir(), *(root / "r" / run_id).glob("*")]
                ),
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            site.damaged.append(run_id)
    return site


def _check_format(root: Path, format: object) -> None:
    if isinstance(format, int) and format > FORMAT:
        raise UsageError(f"{root}: this site was written by a newer pdr (its format is {format}): update pdr")


def _payload(content: bytes) -> dict[str, Any]:
    payload = parse_script(content)[2]
    if not isinstance(payload, dict):
        raise ValueError("a data file holds no mapping")
    return payload
