"""The tracker's site from 1,000 runs: time, memory and size of a full build, and what one more run costs.

The runs are copies of a real run log. Ids, times, commits, metrics and durations of each copy are its own; artifacts stay
real, since compressing them is most of the work.
"""

# ruff: noqa: T201 (it prints its findings)

from __future__ import annotations

import argparse
import gzip
import resource
import shutil
import time
from pathlib import Path

from measuring import MIB, pdr, row, sampled, surroundings
from run_copies import DEMO, Copies, demo_log, varied_rows

from pynb_dag_runner.site.chunks import MOST_RUNS, details_chunk, index_chunk
from pynb_dag_runner.site.scripts import script

FOLDER = Path("build/benchmark/site")


def main() -> None:
    """Build, add one run, count; print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000, help="how many runs the site has")
    parser.add_argument("--log", type=Path, help=f"the run log that is copied (default: the newest in {DEMO})")
    parser.add_argument("--keep", action="store_true", help="keep the run logs and the site")
    arguments = parser.parse_args()
    log = arguments.log or demo_log()
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        measure(Copies(log), log, arguments.runs, FOLDER)
    finally:
        if not arguments.keep:
            shutil.rmtree(FOLDER, ignore_errors=True)


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


if __name__ == "__main__":
    main()
