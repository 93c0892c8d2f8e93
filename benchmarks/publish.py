"""From the end of a run on GitHub to a site that can be deployed: our own time, with 100 runs of history.

GitHub is imitated on this machine (``runner_lib/tests/support/fake_github``), so neither its network nor its queues count:
only what ``pdr collect`` and ``pdr site`` do, and the tar that the upload makes of the site. The runs are copies of a real
run of the demo.
"""

# ruff: noqa: T201 (it prints its findings)

from __future__ import annotations

import argparse
import io
import os
import shutil
import sys
import tarfile
import time
import zipfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

from measuring import MIB, pdr, row, surroundings, timed
from run_copies import DEMO, Copies, demo_log

sys.path.insert(0, str(Path(__file__).parent.parent / "runner_lib" / "tests" / "support"))

from fake_github import Deployment, FakeGitHub, GitHub, Pages, Repository

FOLDER = Path("build/benchmark/publish")
REPOSITORY = "ann/digits"


class History:
    """A repository whose pipeline has run again and again, and the folders of one publishing job after another."""

    def __init__(self, log: Path, folder: Path) -> None:
        self.github = GitHub()
        self.repository: Repository = self.github.add_repository(REPOSITORY, pages=Pages())
        self._copies = Copies(log)
        self._folder = folder
        self._runs = 0

    def add_runs(self, count: int) -> None:
        """Runs on main, each with its run log as artifact."""
        logs = self._folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        for _ in range(count):
            log = self._copies.write(self._runs, logs)
            self._runs += 1
            # The workflow starts a little before the pipeline does.
            self.github.now = _start(log) - timedelta(seconds=30)
            run = self.github.add_run(self.repository)
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                archive.write(log, log.name)
            log.unlink()
            self.github.add_artifact(self.repository, run, "run-log-v1-1", packed.getvalue())

    def publish(self, fake: FakeGitHub, name: str) -> dict[str, float]:
        """One publishing job in a folder of its own: seconds of its steps. The site is deployed then."""
        job = self._folder / name
        job.mkdir(parents=True)
        environment = {"GITHUB_API_URL": fake.api_url, "GITHUB_TOKEN": "token", "GITHUB_REPOSITORY": REPOSITORY}
        collect = [pdr(), "collect", "--to", "collected", "--published", "published", "--most", "1000"]
        seconds = {"pdr collect": timed(collect, job, environment, job.with_suffix(".collect.txt"))}
        previous = ["--previous", "published"] if (job / "published").is_dir() else []
        site = [pdr(), "site", "--runs", "collected", *previous, "--to", "site", "--most-bytes", "800MB"]
        seconds["pdr site"] = timed(site, job, environment, job.with_suffix(".site.txt"))
        seconds["tar"] = self._deploy(job)
        return seconds

    def _deploy(self, job: Path) -> float:
        """What upload-pages-artifact and deploy-pages do; the seconds that packing takes."""
        started = time.perf_counter()
        with tarfile.open(job / "artifact.tar", "w", dereference=True) as tar:
            tar.add(job / "site", ".")
        seconds = time.perf_counter() - started
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.write(job / "artifact.tar", "artifact.tar")
        run = self.github.add_run(self.repository, event="workflow_run", path=".github/workflows/publish.yml")
        self.github.add_artifact(self.repository, run, "github-pages", packed.getvalue(), days=7)
        site = job / "site"
        assert self.repository.pages is not None
        self.repository.pages.site = {
            path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()
        }
        self.repository.deployments.append(Deployment(self.github.new_id(), "github-pages", self.github.now))
        shutil.rmtree(job)
        return seconds


def _start(log: Path) -> datetime:
    return datetime.strptime(log.name.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)


def main() -> None:
    """Publish for the first time, once more, and from the live site alone; print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100, help="how many runs the history has")
    parser.add_argument("--log", type=Path, help=f"the run log that is copied (default: the newest in {DEMO})")
    arguments = parser.parse_args()
    log = arguments.log or demo_log()
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        measure(log, arguments.runs, FOLDER)
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)


def measure(log: Path, count: int, folder: Path) -> None:
    """Measure in ``folder``, which is new."""
    history = History(log, folder.absolute())
    print(row("publishing", "found", "wanted"))
    print(row("---", "---", "---"))
    with FakeGitHub(history.github) as fake:
        history.add_runs(count)
        tell(f"first time: {count} run logs of {log.stat().st_size / MIB:.1f} MiB", history.publish(fake, "first"), "")
        history.add_runs(1)
        seconds = history.publish(fake, "second")
        tell(f"one run more, with {count} runs of history", seconds, "at most 60 s")
        history.github.now += timedelta(days=91)
        history.add_runs(1)
        tell("the same, 91 days later, from the live site alone", history.publish(fake, "third"), "")
    print()
    print(surroundings())


def tell(what: str, seconds: dict[str, float], wanted: str) -> None:
    """One row, and one for each of its steps."""
    print(row(what, f"{sum(seconds.values()):.1f} s", wanted))
    for step, took in seconds.items():
        print(row(f"- {step}", f"{took:.1f} s", ""))


if __name__ == "__main__":
    os.environ.pop("GITHUB_ACTIONS", None)
    main()
