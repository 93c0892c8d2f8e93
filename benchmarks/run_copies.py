"""Many runs made of one: copies of a real run log, and rows of the tracker's index, that differ as real runs do."""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from pynb_dag_runner.runlog.reader import find_run_logs, read_run
from pynb_dag_runner.site.document import run_document
from pynb_dag_runner.site.pieces import Piece, RunLogPieces
from pynb_dag_runner.site.rows import details_row, index_row
from pynb_dag_runner.site.scripts import json_text

DEMO = Path("build/demo/pipeline-outputs")
TIMES = re.compile(rb'("\w*imeUnixNano":")(\d+)"')
METRIC = re.compile(rb'("key":"pdr\.metric\.value","value":\{"doubleValue":)([-\d.eE+]+)\}')
FIRST = datetime(2026, 1, 5, tzinfo=timezone.utc)
BETWEEN = timedelta(hours=2, minutes=37)


def demo_log() -> Path:
    """The newest run log of the demo.

    Raises:
        SystemExit: there is none.
    """
    logs = find_run_logs(DEMO)
    if not logs:
        sys.exit(f"there is no run log in {DEMO}: make demo writes one")
    return logs[0]


class Copies:
    """Run logs as ``log`` would be, had its pipeline been run again and again."""

    def __init__(self, log: Path) -> None:
        self._content = log.read_bytes()
        run = read_run(log)
        self._run_id, self._start_ns = run.run_id.encode(), run.start_ns or 0
        self._trace_id, self._commit = run.trace_id.encode(), (run.revision or "no commit").encode()

    def write(self, number: int, folder: Path) -> Path:
        """Write copy ``number`` to ``folder``."""
        chance = random.Random(number)
        start = FIRST + number * BETWEEN + timedelta(seconds=chance.uniform(0, 3600))
        start_ns = int(start.timestamp() * 1e9)
        pace = chance.uniform(0.8, 1.4)
        run_id = f"{start:%Y%m%dT%H%M%SZ}-{chance.randrange(16**6):06x}"

        def moved(match: re.Match[bytes]) -> bytes:
            return b'%s%d"' % (match[1], start_ns + int((int(match[2]) - self._start_ns) * pace))

        def varied(match: re.Match[bytes]) -> bytes:
            return b"%s%r}" % (match[1], float(match[2]) * chance.uniform(0.9, 1.0))

        content = self._content.replace(self._run_id, run_id.encode())
        content = content.replace(self._trace_id, b"%032x" % chance.randrange(16**32))
        content = content.replace(self._commit, b"%040x" % chance.randrange(16**40))
        content = METRIC.sub(varied, TIMES.sub(moved, content))
        path = folder / f"{run_id}.otlp.jsonl"
        path.write_bytes(content)
        return path


def varied_rows(log: Path, count: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Rows of index and details, oldest first: other times, commits, branches and metrics, now and then a failure."""
    document = json.loads(json_text(run_document(read_run(log), RunLogPieces([Piece(0, 0, 0, False)]))[0]))
    chance = random.Random(count)
    resource, start_ms = document["resource"], document["start_ms"]
    moments = sorted(FIRST + number * BETWEEN + timedelta(seconds=chance.uniform(0, 3600)) for number in range(count))
    for moment in moments:
        varied = json.loads(json.dumps(document))
        varied["run_id"] = f"{moment:%Y%m%dT%H%M%SZ}-{chance.randrange(16**6):06x}"
        move = moment.timestamp() * 1000 - start_ms
        pull_request = chance.randrange(1, 300) if chance.random() < 0.4 else None
        varied["resource"] = {
            **resource,
            "vcs.ref.head.revision": f"{chance.randrange(16**40):040x}",
            "vcs.ref.head.name": f"change-{pull_request}" if pull_request else "main",
            "pdr.github.event": "pull_request" if pull_request else chance.choice(["push", "schedule"]),
            **({"vcs.change.id": str(pull_request)} if pull_request else {}),
        }
        _vary(varied, move, chance)
        yield index_row(varied), details_row(varied)


def _vary(document: dict[str, Any], move_ms: float, chance: random.Random) -> None:
    """Move and stretch times, change metrics, and in one run of ten let a task fail."""
    start_ms = document["start_ms"]

    def moved(part: dict[str, Any], pace: float) -> None:
        for name in ("start_ms", "end_ms"):
            if part[name] is not None:
                part[name] = start_ms + (part[name] - start_ms) * pace + move_ms

    moved(document, chance.uniform(0.8, 1.4))
    for task in document["tasks"]:
        pace = chance.uniform(0.8, 1.4)
        moved(task, pace)
        for attempt in task["attempts"]:
            moved(attempt, pace)
            for metric in attempt["metrics"]:
                metric["last"] = float(metric["last"]) * chance.uniform(0.9, 1.0)
    if chance.random() < 0.1:
        failed = chance.choice(document["tasks"])
        document["status"] = failed["status"] = "failure"
        failed["attempts"][-1]["status"] = "failure"
        failed["attempts"][-1]["message"] = f"ValueError: {chance.randrange(2000)} images expected"
