"""The tracker's site from 1,000 runs: time, memory and size of a full build, and what one more run costs.

The runs are copies of a real run log. Ids, times, commits, metrics and durations of each copy are its own; artifacts stay
real, since compressing them is most of the work.
"""

# ruff: noqa: T201 (it prints its findings)

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import resource
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from measuring import MIB, pdr, row, sampled, surroundings

from pynb_dag_runner.runlog.reader import find_run_logs, read_run
from pynb_dag_runner.site.chunks import MOST_RUNS, details_chunk, index_chunk
from pynb_dag_runner.site.document import run_document
from pynb_dag_runner.site.pieces import Piece, RunLogPieces
from pynb_dag_runner.site.rows import details_row, index_row
from pynb_dag_runner.site.scripts import json_text, script

DEMO = Path("build/demo/pipeline-outputs")
TIMES = re.compile(rb'("\w*imeUnixNano":")(\d+)"')
METRIC = re.compile(rb'("key":"pdr\.metric\.value","value":\{"doubleValue":)([-\d.eE+]+)\}')
FIRST = datetime(2026, 1, 5, tzinfo=timezone.utc)
BETWEEN = timedelta(hours=2, minutes=37)


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


def main() -> None:
    """Build, add one run, count; print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000, help="how many runs the site has")
    parser.add_argument("--log", type=Path, help=f"the run log that is copied (default: the newest in {DEMO})")
    parser.add_argument("--keep", action="store_true", help="keep the run logs and the site")
    arguments = parser.parse_args()
    logs = [arguments.log] if arguments.log else find_run_logs(DEMO)
    if not logs:
        sys.exit(f"there is no run log in {DEMO}: make demo writes one")
    folder = Path("build/benchmark-site")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        measure(Copies(logs[0]), logs[0], arguments.runs, folder)
    finally:
        if not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)


def measure(copies: Copies, log: Path, count: int, folder: Path) -> None:
    """Measure in ``folder``, which is new."""
    runs, more, site = folder / "runs", folder / "one-more", folder / "site"
    runs.mkdir(parents=True)
    more.mkdir()
    for number in range(count):
        copies.write(number, runs)
    command = [pdr(), "site", "--runs", str(runs), "--to", str(site)]
    print(row("site", "found", "wanted"))
    print(row("---", "---", "---"))
    used = processor_seconds()
    seconds, samples = sampled(command, Path(), folder / "log.txt", interval_s=0.1)
    used = processor_seconds() - used
    print(row(f"full build of {count} runs of {log.stat().st_size / MIB:.1f} MiB", f"{seconds:.1f} s", "at most 120 s"))
    print(row("its processor time, all processes together", f"{used:.1f} s", ""))
    peak = f"{samples.peak_rss_bytes / MIB:.0f} MiB in {samples.peak_processes} processes"
    print(row("its memory, what processes share counted in each", peak, "at most 512 MiB"))
    size_bytes = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    print(row("size of the site", f"{size_bytes / MIB:.0f} MiB, {size_bytes / count / MIB:.2f} MiB a run", ""))

    seconds, _ = sampled(command, Path(), folder / "log.txt", interval_s=0.1)
    print(row("build again, nothing new", f"{seconds:.2f} s", ""))
    before = modified(site)
    copies.write(count, runs)
    seconds, _ = sampled(command, Path(), folder / "log.txt", interval_s=0.1)
    print(row(f"one run more, to a site of {count}", f"{seconds:.2f} s", "at most 2 s"))
    after = modified(site)
    new = sum(name not in before for name in after)
    changed = sum(after.get(name) != time_ns for name, time_ns in before.items())
    print(
        row("files that it made, and files that it changed", f"{new} and {changed}", "the same for any number of runs")
    )

    for several, most in ((1000, 60), (10_000, 600)):
        index, details, seconds = chunk_sizes(log, several)
        print(row(f"index of {several} runs, gzip", f"{index / 1000:.1f} kB", f"at most {most} kB"))
        print(row(f"details of {several} runs, gzip", f"{details / 1000:.0f} kB", ""))
        print(row(f"making both from rows of {several} runs", f"{seconds:.1f} s", ""))
    print(f"\n{surroundings()}")


def processor_seconds() -> float:
    """What all commands that have ended took of all processors, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def modified(site: Path) -> dict[str, int]:
    """When each file of the site was written."""
    return {str(path): path.stat().st_mtime_ns for path in site.rglob("*") if path.is_file()}


def chunk_sizes(log: Path, count: int) -> tuple[int, int, float]:
    """Compressed size of index and details of many runs, and seconds for making both."""
    rows = list(varied_rows(log, count))
    index = details = 0
    started = time.perf_counter()
    for at in range(0, count, MOST_RUNS):
        part = rows[at : at + MOST_RUNS]
        index += len(gzip.compress(script("index", "chunk", index_chunk([one[0] for one in part]))))
        details += len(gzip.compress(script("details", "chunk", details_chunk([one[1] for one in part]))))
    return index, details, time.perf_counter() - started


def varied_rows(log: Path, count: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Rows of runs that differ as real ones do: in time, commit, branch, metrics, durations, and now and then a failure."""
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
        vary(varied, move, chance)
        yield index_row(varied), details_row(varied)


def vary(document: dict[str, Any], move_ms: float, chance: random.Random) -> None:
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


if __name__ == "__main__":
    main()
