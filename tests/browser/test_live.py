"""`pdr ui` while runs go on: what happens appears in the page without loading it again."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from recording import StartRecording

from pynb_dag_runner.conventions import Result

pytestmark = pytest.mark.system

PDR = Path(sys.executable).parent / "pdr"
MARK = "window.notReloaded = true"


def start_ui(project: Path) -> subprocess.Popen[str]:
    """`pdr ui` on any free port; Ctrl-C reaches it also where these tests run in the background of a shell."""
    return subprocess.Popen(
        [PDR, "ui", "--port", "0"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@pytest.fixture
def ui() -> Iterator[Callable[[Path], str]]:
    """``ui(project)`` starts `pdr ui` in a folder and gives the address that it prints."""
    started: list[subprocess.Popen[str]] = []

    def start(project: Path) -> str:
        process = start_ui(project)
        started.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+/", line)
        assert address is not None, line + process.stdout.read()
        return address[0]

    yield start
    for process in started:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0, "Ctrl-C is how it is ended, and no error"
        assert process.stdout is not None
        assert "Traceback" not in process.stdout.read()
        process.stdout.close()


def test_tasks_and_results_appear_by_themselves(
    tmp_path: Path, ui: Callable[[Path], str], page: Page, start_recording: StartRecording
) -> None:
    outputs = tmp_path / "pipeline-outputs"
    address = ui(tmp_path)
    page.goto(address)
    expect(page.get_by_text("There are no runs yet")).to_be_visible()
    page.evaluate(MARK)

    recording = start_recording(outputs, "20261121T060000Z-0a1b2c", {"ingest": [], "train": ["ingest"]})
    row = page.locator("tr[data-row]")
    expect(row.locator(".badge")).to_have_text("running", timeout=20_000)
    row.get_by_role("link").first.click()
    tasks = page.locator("#tasks")
    expect(tasks.locator(".badge")).to_have_text(["waiting", "waiting"])

    attempt = recording.attempt("ingest", 1, 2)
    expect(tasks.locator(".badge").first).to_have_text("running", timeout=20_000)
    attempt.exception("ValueError", "no images", "Traceback\nValueError: no images", "notebooks/ingest.py", 3)
    recording.end_attempt("ingest", 1, Result.FAILURE, "ValueError: no images")
    expect(tasks.locator("tbody tr").first).to_contain_text("1 of 2", timeout=20_000)

    recording.attempt("ingest", 2, 2).metric("nr_images", 1797)
    expect(page.get_by_text("1 attempt did not succeed")).to_be_visible(timeout=20_000)
    recording.end_attempt("ingest", 2, Result.SUCCESS)
    recording.end_task("ingest", Result.SUCCESS)
    expect(page.locator("#metrics").get_by_text("1797")).to_be_visible(timeout=20_000)

    recording.attempt("train")
    recording.end_attempt("train", 1, Result.SUCCESS)
    recording.end_task("train", Result.SUCCESS)
    recording.finish(Result.SUCCESS)
    expect(page.locator("h1 .badge")).to_have_text("success", timeout=20_000)
    assert page.evaluate("window.notReloaded"), "all this without loading the page again"


def test_a_killed_run_becomes_interrupted(
    tmp_path: Path, ui: Callable[[Path], str], page: Page, start_recording: StartRecording
) -> None:
    recording = start_recording(tmp_path / "pipeline-outputs", "20261121T060000Z-0a1b2c", {"ingest": []})
    recording.attempt("ingest")
    page.goto(ui(tmp_path) + "#/run/20261121T060000Z-0a1b2c")
    expect(page.locator("h1 .badge")).to_have_text("running")
    page.wait_for_timeout(2_000)  # so that the end is all that changes
    recording.close()
    # A dead driver leaves its file as it is; what changes is that nobody holds it any more.
    expect(page.locator("h1 .badge")).to_have_text("interrupted", timeout=20_000)


def test_the_end_of_the_server_is_said(tmp_path: Path, page: Page) -> None:
    process = start_ui(tmp_path)
    assert process.stdout is not None
    address = re.search(r"http://\S+", process.stdout.readline())
    assert address is not None
    page.goto(address[0])
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    process.stdout.close()
    expect(page.get_by_text("pdr ui has ended")).to_be_visible(timeout=20_000)
