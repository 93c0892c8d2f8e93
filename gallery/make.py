"""Makes the gallery: a tracker of real runs of many kinds, and the screenshots that README and docs show.

``make gallery`` generates the demo project into build/gallery/digits, lives some days of work with it (a daily run, a
larger one, a pull request that breaks a task and then mends it, a run that is killed), builds the site, and photographs
its pages into docs/images. Takes about five minutes; Chromium is needed for the pictures alone (``--without-pictures``).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "gallery"
PROJECT = BUILD / "digits"
OUTPUTS = PROJECT / "pipeline-outputs"
SITE = BUILD / "site"
BIN = Path(sys.executable).parent

REPOSITORY = "example/digits"
PULL_REQUEST = 12


def main() -> None:
    """Make project, runs, site and pictures, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--without-pictures", action="store_true", help="stop when the site is built")
    parser.add_argument("--only-pictures", action="store_true", help="photograph the site that is there")
    arguments = parser.parse_args()
    if not arguments.only_pictures:
        make_project()
        make_runs()
        call(BIN / "pdr", "site", "--runs", OUTPUTS / "runs", "--to", SITE, cwd=PROJECT)
        call(BIN / "pdr", "report", "--to", BUILD / "report.html", cwd=PROJECT)
    if not arguments.without_pictures:
        call(sys.executable, ROOT / "gallery" / "pictures.py", SITE, ROOT / "docs" / "images", cwd=ROOT)


def make_project() -> None:
    """Generate the demo project, in a git repository of its own as a person has it."""
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    answers = ["project_name=MNIST digits", "project_slug=digits"]
    call(BIN / "cookiecutter", "--no-input", "--output-dir", BUILD, ROOT, *answers, cwd=BUILD)
    git("init", "--quiet", "--initial-branch=main")
    git("remote", "add", "origin", f"https://github.com/{REPOSITORY}.git")
    commit("First version")


def make_runs() -> None:
    """Some days of work: what happened, in the order in which it did."""
    run("two mornings", on_schedule())
    run("", on_schedule(), "--set", "failing_attempts=0", "--set", "seed=1")
    run("larger sizes, by hand", {}, "--environment", "ci", "--set", "failing_attempts=0", "--tag", "why=release")

    git("switch", "--quiet", "--create", "fewer-pixels")
    edit("notebooks/train-model.py", "model = models.train(train, seed)", BROKEN_TRAINING)
    run("a pull request breaks a task", on_pull_request("Train on fewer pixels"), "--set", "failing_attempts=0", code=1)
    edit("notebooks/train-model.py", BROKEN_TRAINING, "model = models.train(train.first(350), seed)")
    run("and mends it, with worse models", on_pull_request("Train on fewer images"), "--set", "failing_attempts=0")
    git("switch", "--quiet", "main")

    killed_run()
    edit("notebooks/eda.py", "task = current_task()", SLOW_EDA)
    edit("pipeline.py", 'notebook("eda", needs=[ingest])', 'notebook("eda", needs=[ingest], timeout_s=5)')
    run("a task that is too slow", on_schedule(), "--set", "failing_attempts=0", code=1)
    git("reset", "--quiet", "--hard", "HEAD~2")
    run("the newest morning", on_schedule(), "--set", "failing_attempts=0", "--set", "seed=2")


BROKEN_TRAINING = """\
if nr_train_images == 500:
    print("images", train.images.shape, "labels", train.labels.shape)
    train.images[:, 64]
model = models.train(train, seed)"""

SLOW_EDA = """\
task = current_task()
print("looking at every pair of images ...", flush=True)
import time; time.sleep(60)  # noqa: E401, E702"""


def run(what: str, environment: Mapping[str, str], *arguments: str, code: int = 0) -> None:
    """Run the pipeline and check that it ended as this scene wants it."""
    if what:
        print(f"gallery: {what}", flush=True)
    done = subprocess.run(
        [BIN / "pdr", "run", *arguments], cwd=PROJECT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    )
    if done.returncode != code:
        sys.exit(f"gallery: {what}: pdr run ended with {done.returncode}, and {code} was expected")


def killed_run() -> None:
    """A run whose driver is killed while it trains; its run log has no end."""
    print("gallery: a run that is killed", flush=True)
    before = set((OUTPUTS / "runs").iterdir())
    driver = subprocess.Popen(
        [BIN / "pdr", "run", "--set", "failing_attempts=0"], cwd=PROJECT, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and driver.poll() is None:
        new = [path for path in set((OUTPUTS / "runs").iterdir()) - before if path.name.endswith(".part")]
        if new and b"train-model" in b"".join(line for line in new[0].read_bytes().splitlines()[5:]):
            driver.send_signal(signal.SIGKILL)
            break
        time.sleep(0.2)
    driver.wait()


def on_schedule() -> dict[str, str]:
    """What GitHub says to a job of the daily workflow on main."""
    return {**_on_github("schedule"), "GITHUB_REF": "refs/heads/main", "GITHUB_REF_NAME": "main"}


def on_pull_request(title: str) -> dict[str, str]:
    """What GitHub says to a job of a pull request."""
    event = BUILD / "event.json"
    pull_request = {
        "number": PULL_REQUEST,
        "title": title,
        "head": {"sha": revision()},
        "base": {"sha": revision("main")},
    }
    event.write_text(json.dumps({"pull_request": pull_request}), encoding="utf-8")
    return {
        **_on_github("pull_request"),
        "GITHUB_REF": f"refs/pull/{PULL_REQUEST}/merge",
        "GITHUB_REF_NAME": f"{PULL_REQUEST}/merge",
        "GITHUB_HEAD_REF": "fewer-pixels",
        "GITHUB_BASE_REF": "main",
        "GITHUB_EVENT_PATH": str(event),
    }


def _on_github(event: str) -> dict[str, str]:
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": event,
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_REPOSITORY_OWNER": REPOSITORY.split("/")[0],
        "GITHUB_RUN_ID": str(int(time.time())),
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_REF_TYPE": "branch",
        "GITHUB_SHA": revision(),
        "GITHUB_WORKFLOW": "daily" if event == "schedule" else "pipeline",
        "GITHUB_ACTOR": "example",
    }


def edit(name: str, old: str, new: str) -> None:
    """Change a file of the project and commit it."""
    path = PROJECT / name
    text = path.read_text(encoding="utf-8")
    if old not in text:
        sys.exit(f"gallery: {name} does not hold {old!r} any more: mend gallery/make.py")
    path.write_text(text.replace(old, new), encoding="utf-8")
    commit(f"Change {name}")


def commit(message: str) -> None:
    """Commit all that changed, under a name of the gallery's own."""
    git("add", "--all")
    git("-c", "user.name=Gallery", "-c", "user.email=gallery@example.com", "commit", "--quiet", "--message", message)


def revision(name: str = "HEAD") -> str:
    """The commit that a name means."""
    return git("rev-parse", name).strip()


def git(*arguments: str) -> str:
    """Call git in the project and give what it prints."""
    return subprocess.run(["git", *arguments], cwd=PROJECT, check=True, capture_output=True, text=True).stdout


def call(*command: str | Path, cwd: Path) -> None:
    """Call a program; its words are ours.

    Raises:
        SystemExit: it did not succeed.
    """
    done = subprocess.run([str(part) for part in command], cwd=cwd, check=False)
    if done.returncode != 0:
        sys.exit(f"gallery: {Path(command[0]).name} {command[1]} ended with {done.returncode}")


if __name__ == "__main__":
    main()
