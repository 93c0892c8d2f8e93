"""Run logs as they lie after `pdr collect`: each with what GitHub says of it beside it."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from history import write_run
from recording import START_NS

from pynb_dag_runner.conventions import ResourceAttribute
from pynb_dag_runner.runlog.origin import Origin, write_origin

REPOSITORY = "owner/digits"
FORK = "someone/digits"
TITLE = "Train with fewer images"
FIRST = datetime(2026, 10, 1, 3, 17, tzinfo=timezone.utc)
CLAIMS = {
    ResourceAttribute.HEAD_NAME: "claimed",
    ResourceAttribute.CHANGE_ID: "99",
    ResourceAttribute.CHANGE_TITLE: "claimed title",
    ResourceAttribute.GITHUB_EVENT: "schedule",
    ResourceAttribute.REPOSITORY_URL: "https://example.org/claimed",
    ResourceAttribute.RUN_URL: "https://example.org/claimed",
}
"""What each run log says of itself, none of which is so."""

_TIMES = re.compile(r'("\w*imeUnixNano":")(\d+)"')
_FIRST_RUN = 19_000_000_000


class Collected:
    """Writes run logs into a folder, each with its origin."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "collected"
        self.folder.mkdir(parents=True)
        self._recorded = folder / "recorded"
        self._number = 0
        self.own_ids: dict[str, str] = {}
        """By address, what the run log calls its run."""

    def scheduled(self, day: int, kind: str = "good", **changes: Any) -> str:
        """A daily run of main, at this day from the first one; gives its address in a site."""
        return self.add(day, kind, event="schedule", workflow=".github/workflows/daily.yml", **changes)

    def forked(self, day: int, kind: str, **changes: Any) -> str:
        """A run of pull request 12, whose code is in another repository."""
        facts = {"head_repository": FORK, "pull_request": 12, "pull_request_title": TITLE, "actor": "someone"}
        return self.add(day, kind, event="pull_request", **{**facts, **changes})

    def add(self, day: int, kind: str, **changes: Any) -> str:
        """A run of this kind with an origin; gives its address in a site."""
        self._number += 1
        start = FIRST + timedelta(days=day)
        own_id = f"{start:%Y%m%dT%H%M%SZ}-{self._number:06x}"
        log = self._moved(write_run(self._recorded, own_id, kind, CLAIMS), start)
        conclusion = {"good": "success", "interrupted": "cancelled"}.get(kind, "failure")
        origin = _origin(log, _FIRST_RUN + self._number, start, {"conclusion": conclusion, **changes})
        write_origin(log, origin)
        self.own_ids[origin.address] = own_id
        return origin.address

    def _moved(self, log: Path, start: datetime) -> Path:
        """The same log as if it had been written at another time; nobody writes to it any more."""
        move_ns = int(start.timestamp()) * 10**9 - START_NS
        text = _TIMES.sub(lambda match: f'{match[1]}{int(match[2]) + move_ns}"', log.read_text(encoding="utf-8"))
        path = self.folder / log.name
        path.write_text(text, encoding="utf-8")
        return path


def _origin(log: Path, run_id: int, start: datetime, changes: dict[str, Any]) -> Origin:
    started_ms = int(start.timestamp() * 1000)
    content = log.read_bytes()
    attempt = changes.get("run_attempt", 1)
    facts: dict[str, Any] = {
        "repository": REPOSITORY,
        "run_id": run_id,
        "run_attempt": attempt,
        "event": "push",
        "head_sha": f"{run_id:x}".rjust(40, "a"),
        "head_branch": "main",
        "head_repository": REPOSITORY,
        "pull_request": None,
        "pull_request_title": None,
        "workflow": ".github/workflows/pipeline.yml",
        "url": f"https://github.com/{REPOSITORY}/actions/runs/{run_id}/attempts/{attempt}",
        "actor": "owner",
        "started_ms": started_ms,
        "uploaded_ms": started_ms + 60_000,
        "artifact_id": run_id + 1,
        "log_bytes": len(content),
        "log_sha256": hashlib.sha256(content).hexdigest(),
    }
    return Origin(**{**facts, **changes})
