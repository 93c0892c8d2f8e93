"""Run logs as ``pdr collect`` leaves them: each with its origin beside it, whatever the log says of itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from pynb_dag_runner.runlog.origin import Origin, write_origin

DAY_MS = 24 * 3600 * 1000
RECORDED_MS = 1_790_000_001_000
"""When the recorded run started."""

PULL_REQUEST: dict[str, Any] = {
    "event": "pull_request",
    "head_branch": "faster",
    "pull_request": 12,
    "pull_request_title": "Train faster",
}
FORK: dict[str, Any] = {**PULL_REQUEST, "head_branch": "main", "head_repository": "stranger/digits"}


class Collect(Protocol):
    """``collect(folder, number, days)`` writes the log of a run that started so many days later; says where it is.

    Its address is ``<number>-1``, and it calls itself ``run_id``. ``change`` is applied to its content; ``origin`` replaces
    facts of the origin, which by default is of a push to main.
    """

    def __call__(
        self,
        folder: Path,
        number: int,
        days: float = 0,
        *,
        run_id: str | None = None,
        change: Callable[[bytes], bytes] | None = None,
        **origin: Any,
    ) -> Path: ...


def collector(copy_run: Callable[..., Path]) -> Collect:
    """The function that :class:`Collect` describes."""

    def collect(
        folder: Path,
        number: int,
        days: float = 0,
        *,
        run_id: str | None = None,
        change: Callable[[bytes], bytes] | None = None,
        **origin: Any,
    ) -> Path:
        copied = copy_run(folder / "copy", run_id or f"own-{number}", days)
        content = copied.read_bytes()
        copied.unlink()
        copied.parent.rmdir()
        path = folder / f"{number}-1.otlp.jsonl"
        path.write_bytes(content if change is None else change(content))
        write_origin(path, Origin(**{**_facts(number, days, path.read_bytes()), **origin}))
        return path

    return collect


def claiming(facts: Mapping[str, Any]) -> Callable[[bytes], bytes]:
    """Lets a recorded log say these attributes of itself."""
    claimed = json.dumps(json.dumps(dict(facts)))[1:-1].encode()

    def change(content: bytes) -> bytes:
        place = b'\\"facts\\": {}'
        assert content.count(place) == 1
        return content.replace(place, b'\\"facts\\": ' + claimed)

    return change


def _facts(number: int, days: float, content: bytes) -> dict[str, Any]:
    started_ms = int(RECORDED_MS + days * DAY_MS) - 60_000
    return {
        "repository": "octo/digits",
        "run_id": number,
        "run_attempt": 1,
        "event": "push",
        "head_sha": f"{number:040x}",
        "head_branch": "main",
        "head_repository": "octo/digits",
        "pull_request": None,
        "pull_request_title": None,
        "workflow": ".github/workflows/pipeline.yml",
        "conclusion": "success",
        "url": f"https://github.com/octo/digits/actions/runs/{number}/attempts/1",
        "actor": "octocat",
        "started_ms": started_ms,
        "uploaded_ms": started_ms + 300_000,
        "artifact_id": 1000 + number,
        "log_bytes": len(content),
        "log_sha256": hashlib.sha256(content).hexdigest(),
    }
