"""What a site remembers of each run and of each chunk of its index."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pynb_dag_runner.runlog.records import State
from pynb_dag_runner.site.names import ADDRESS, CHUNK, MONTH, RUN_ID, is_file_of_run
from pynb_dag_runner.site.rows import month

MEDIA = "media"
DETAILS = "details"
LEVELS = (None, MEDIA, DETAILS)
"""How much of a run was removed to keep the site within its size: each level takes more than the one before."""

_UNFINISHED = (State.RUNNING.value, State.INTERRUPTED.value)
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class RunEntry:
    """One run of a site.

    Attributes:
        fingerprint: That of the run log it was made from; None where that is not known.
        month: Names the chunks that it is in.
        is_finished: Whether it can never change again.
        log_bytes: Size of its run log.
        log_sha256: SHA-256 of its run log.
        files: All its files, below the site's root: size in bytes and SHA-256 of each.
        pruned: One of ``LEVELS``.
        origin: ``OriginDocument`` of the contract, None for a run that was not collected.
    """

    fingerprint: str | None
    month: str
    is_finished: bool
    log_bytes: int
    log_sha256: str
    files: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    pruned: str | None = None
    origin: Mapping[str, Any] | None = None

    @property
    def site_bytes(self) -> int:
        """What the run takes in the site."""
        return sum(size_bytes for size_bytes, _ in self.files.values())

    def to_json(self) -> dict[str, Any]:
        """As in ``data/state.json``."""
        return {
            "fingerprint": self.fingerprint,
            "month": self.month,
            "is_finished": self.is_finished,
            "log_bytes": self.log_bytes,
            "log_sha256": self.log_sha256,
            "files": {name: list(facts) for name, facts in self.files.items()},
            "pruned": self.pruned,
            "origin": self.origin,
        }

    @classmethod
    def from_json(cls, run_id: str, said: Mapping[str, Any]) -> RunEntry:
        """What :meth:`to_json` made, now or in an earlier version.

        Raises:
            ValueError: it is something else. Names become paths: a state that somebody tampered with must lead nowhere.
        """
        files = {str(name): (int(facts[0]), str(facts[1])) for name, facts in said.get("files", {}).items()}
        if RUN_ID.fullmatch(run_id) is None or not all(is_file_of_run(name, run_id) for name in files):
            raise ValueError("a name in the state is none")
        if MONTH.fullmatch(str(said["month"])) is None:
            raise ValueError("a month in the state is none")
        if any(size < 0 or _SHA256.fullmatch(sha256) is None for size, sha256 in files.values()):
            raise ValueError("a size or a hash in the state is none")
        pruned = said.get("pruned")
        if pruned not in LEVELS:
            raise ValueError("a level in the state is none")
        origin = said.get("origin")
        if origin is not None and ADDRESS.fullmatch(run_id) is None:
            raise ValueError("an origin in the state is of another run")
        return cls(
            fingerprint=None if said["fingerprint"] is None else str(said["fingerprint"]),
            month=str(said["month"]),
            is_finished=bool(said["is_finished"]),
            log_bytes=int(said["log_bytes"]),
            log_sha256=str(said["log_sha256"]),
            files=files,
            pruned=pruned,
            origin=None if origin is None else dict(origin),
        )


@dataclass(frozen=True)
class ChunkEntry:
    """One chunk: its runs, and SHA-256 and size of its two files."""

    runs: list[str]
    index: str
    details: str
    index_bytes: int
    details_bytes: int

    @property
    def size_bytes(self) -> int:
        """What it takes in the site."""
        return self.index_bytes + self.details_bytes

    @classmethod
    def from_json(cls, name: str, said: Mapping[str, Any]) -> ChunkEntry:
        """What was written to ``data/state.json``.

        Raises:
            ValueError: it is something else.
        """
        if CHUNK.fullmatch(name) is None:
            raise ValueError("a name in the state is none")
        return cls(
            runs=[str(run_id) for run_id in said["runs"]],
            index=str(said["index"]),
            details=str(said["details"]),
            index_bytes=int(said["index_bytes"]),
            details_bytes=int(said["details_bytes"]),
        )


@dataclass(frozen=True)
class Reason:
    """Why a file is not in the site, and which run it says to be of."""

    run_id: str | None
    reason: str


@dataclass(frozen=True)
class Refused:
    """An artifact at GitHub that holds no run log, and never will: nobody need fetch it again."""

    name: str
    address: str | None
    reason: str


def entry_of(
    document: Mapping[str, Any], files: Mapping[str, tuple[int, str]], fingerprint: str | None = None
) -> RunEntry:
    """What is remembered of the run with this document and these files."""
    origin, pruned = document.get("origin"), document.get("pruned")
    return RunEntry(
        fingerprint=fingerprint,
        month=month(document),
        # A log that was collected never grows, whatever is missing in it.
        is_finished=origin is not None or document["status"] not in _UNFINISHED,
        log_bytes=int(document["log"]["size_bytes"]),
        log_sha256=str(document["log"]["sha256"]),
        files=dict(files),
        pruned=None if pruned is None else str(pruned["level"]),
        origin=None if origin is None else dict(origin),
    )
