"""Artifacts that hold no run log that could be had: ``unreadable.json``, which ``pdr collect`` leaves beside the logs.

The site shows them; those that can never be read it remembers, so that nobody fetches them again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

UNREADABLE = "unreadable.json"

_VERSION = 1
_MOST = 10_000
_LONGEST = 1000


@dataclass(frozen=True)
class Refusal:
    """One artifact without a run log.

    Attributes:
        artifact_id: GitHub's id.
        name: Its name, such as ``run-log-v1-1``.
        address: What its run would be called in a site, where that is known: ``<run id>-<attempt>``.
        reason: Why it was refused.
        is_lasting: Whether it lies in the artifact itself, which never changes.
    """

    artifact_id: int
    name: str
    address: str | None
    reason: str
    is_lasting: bool

    @property
    def file(self) -> str:
        """What the list of unreadable files calls it."""
        return f"artifact {self.name} ({self.artifact_id})"


def write_refusals(folder: Path, refusals: Iterable[Refusal]) -> None:
    """Write ``unreadable.json`` into ``folder``, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    path = folder / UNREADABLE
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    listed = [asdict(refusal) for refusal in sorted(refusals, key=lambda one: one.artifact_id)]
    temporary.write_text(f"{json.dumps({'version': _VERSION, 'artifacts': listed}, indent=1)}\n", encoding="utf-8")
    os.replace(temporary, path)


def read_refusals(folder: Path) -> list[Refusal]:
    """What ``unreadable.json`` in ``folder`` lists; nothing where it is missing or damaged, since it is told anew each time."""
    try:
        said = json.loads((folder / UNREADABLE).read_bytes())
        return [_refusal(one) for one in said["artifacts"][:_MOST]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []


def _refusal(said: dict[str, object]) -> Refusal:
    artifact_id, name, address, reason = said["artifact_id"], said["name"], said["address"], said["reason"]
    if not isinstance(artifact_id, int) or not isinstance(name, str) or not isinstance(reason, str):
        raise TypeError("a value has the wrong type")
    if address is not None and not isinstance(address, str):
        raise TypeError("an address is none")
    return Refusal(artifact_id, name[:_LONGEST], address, reason[:_LONGEST], said["is_lasting"] is True)
