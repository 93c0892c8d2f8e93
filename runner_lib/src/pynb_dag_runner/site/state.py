"""What a site remembers of how it was built, so that the next build need not read again what has not changed.

``data/state.json`` has size and SHA-256 of every file of every run. So whoever copies a site knows that all of it arrived,
and a next build knows that nothing of it was lost. It is a memory only: the runs' own files hold all that matters but for
the list of dropped runs, and where it is lost or damaged, a site is known again from them (``loading.py``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from pynb_dag_runner import __version__
from pynb_dag_runner.errors import UsageError
from pynb_dag_runner.site.chunks import details_rows, index_rows
from pynb_dag_runner.site.entries import ChunkEntry, Reason, Refused, RunEntry
from pynb_dag_runner.site.names import FORMAT, MANIFEST, RUN_ID, STATE, chunk_files, run_folder
from pynb_dag_runner.site.rows import Row
from pynb_dag_runner.site.scripts import parse_script

WRITER = f"{__version__}/5"
"""What another writer made is made again where its run log is at hand; raise the last number when files change."""


@dataclass
class Site:
    """A site as it was built.

    Attributes:
        root: Its folder.
        writer: Version of the library that wrote it, and of its way to write.
        runs: All runs by id.
        chunks: The chunks of its index that are sound, by name.
        others: By fingerprint, why run logs cannot be read.
        bundle: Files of the front end.
        refused: By GitHub's id, artifacts that hold no run log.
        dropped: Runs that were removed for good; neither a log nor another site brings them back.
        loose: Rows, as JSON, of runs that are in no chunk.
        damaged: Runs that nothing is known of any more.
        broken: Those of ``runs`` that lack some of their files.
    """

    root: Path
    writer: str = WRITER
    runs: dict[str, RunEntry] = field(default_factory=dict)
    chunks: dict[str, ChunkEntry] = field(default_factory=dict)
    others: dict[str, Reason] = field(default_factory=dict)
    bundle: list[str] = field(default_factory=list)
    refused: dict[str, Refused] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    loose: dict[str, tuple[str, str]] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)

    def dumps(self) -> bytes:
        """The text of ``data/state.json``."""
        state = {
            "format": FORMAT,
            "writer": self.writer,
            "runs": {run_id: entry.to_json() for run_id, entry in self.runs.items()},
            "chunks": {name: asdict(entry) for name, entry in self.chunks.items()},
            "others": {fingerprint: asdict(reason) for fingerprint, reason in self.others.items()},
            "bundle": sorted(self.bundle),
            "refused": {number: asdict(refused) for number, refused in self.refused.items()},
            "dropped": sorted(self.dropped),
            "damaged": sorted(self.damaged),
            "broken": sorted(self.broken),
        }
        return f"{_lines(state, 2)}\n".encode("utf-8", "backslashreplace")

    def chunk_rows(self, name: str) -> list[tuple[Row, Row]]:
        """Index and details rows of a chunk."""
        index, details = (payload((self.root / path).read_bytes()) for path in chunk_files(name))
        return list(zip(index_rows(index), details_rows(details), strict=True))

    def index_rows(self, name: str) -> list[Row]:
        """Index rows of a chunk."""
        return index_rows(payload((self.root / chunk_files(name)[0]).read_bytes()))


def remembered(root: Path, state: dict[str, Any]) -> Site:
    """The site in ``root``, as its state tells it.

    Raises:
        UsageError: it was written by a newer version.
        ValueError: the state is damaged; also TypeError, KeyError or AttributeError.
    """
    check_format(root, state["format"])
    site = Site(
        root,
        writer=str(state["writer"]),
        runs={run_id: RunEntry.from_json(run_id, said) for run_id, said in state["runs"].items()},
        others={fingerprint: Reason(**reason) for fingerprint, reason in state["others"].items()},
        bundle=[str(name) for name in state["bundle"]],
        refused={number: Refused(**refused) for number, refused in state.get("refused", {}).items()},
        dropped=_run_ids(state.get("dropped", [])),
        damaged=set(_run_ids(state["damaged"])),
        broken=set(_run_ids(state.get("broken", []))),
    )
    # Names become paths; a file that somebody tampered with must not lead elsewhere.
    if any(PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts for name in site.bundle):
        raise ValueError("a name in the state is none")
    if site.writer == WRITER:
        site.chunks = {name: ChunkEntry.from_json(name, said) for name, said in state["chunks"].items()}
    else:
        # Another version may tell files apart in another way, and have other columns.
        site.runs = {run_id: replace(entry, fingerprint=None) for run_id, entry in site.runs.items()}
    return site


def read_document(root: Path, run_id: str) -> dict[str, Any]:
    """The document of a run of the site.

    Raises:
        ValueError: it is damaged.
    """
    try:
        document = payload((root / run_folder(run_id) / "run.js").read_bytes())
    except OSError as error:
        raise ValueError(f"run.js cannot be read: {error.strerror}") from error
    if document.get("run_id") != run_id:
        raise ValueError("run.js is of another run")
    return document


def payload(content: bytes) -> dict[str, Any]:
    """What a data file holds.

    Raises:
        ValueError: it is damaged.
    """
    found = parse_script(content)[2]
    if not isinstance(found, dict):
        raise ValueError("a data file holds no mapping")
    return found


def is_site(root: Path) -> bool:
    """Whether a site was built in this folder, damaged or not."""
    return (root / STATE).is_file() or (root / MANIFEST).is_file()


def check_format(root: Path, format: object) -> None:
    """Refuse the data of a newer version.

    Raises:
        UsageError: it is one.
    """
    if isinstance(format, int) and format > FORMAT:
        raise UsageError(f"{root}: this site was written by a newer pdr (its format is {format}): update pdr")


def _lines(value: object, levels: int) -> str:
    """JSON with a line for each run: a person can look for one in it, and it is written as fast as without."""
    if isinstance(value, dict) and levels and value:
        items = (f"{_lines(name, 0)}:{_lines(value[name], levels - 1)}" for name in sorted(value))
        return "{\n" + ",\n".join(items) + "\n}"
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _run_ids(said: Iterable[object]) -> list[str]:
    run_ids = [str(run_id) for run_id in said]
    if not all(RUN_ID.fullmatch(run_id) for run_id in run_ids):
        raise ValueError("a run id in the state is none")
    return run_ids
