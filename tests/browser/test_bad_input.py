"""What is damaged, foreign, huge or strangely named shows something sensible, and the rest of the site stays as it is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect
from recording import RunLogRecording

from pynb_dag_runner.conventions import RUN_LOG_VERSION, ArtifactKind, Result
from pynb_dag_runner.site.build import build_site

pytestmark = pytest.mark.system

RUN = "20261121T060000Z-0a1b2c"
NAMES = [
    "../../etc/passwd",
    'it\'s "quoted"',
    "rocket 🚀",
    "\u202egnp.exe",
    "__proto__",
    "constructor",
    "a/b?c#d&e=%41",
    "<b>bold</b>",
]


def record(outputs: Path, needs: dict[str, list[str]], run_id: str = RUN) -> RunLogRecording:
    return RunLogRecording(outputs, run_id, needs, RUN_LOG_VERSION)


def finish(recording: RunLogRecording, tasks: list[str]) -> Path:
    for task in tasks:
        recording.end_attempt(task, 1, Result.SUCCESS)
        recording.end_task(task, Result.SUCCESS)
    return recording.finish(Result.SUCCESS)


def show(page: Page, outputs: Path, address: str) -> None:
    if not (outputs / "site").exists():
        build_site(outputs / "runs", outputs / "site", processes=1)
    page.goto((outputs / "site" / "index.html").as_uri() + address)
    page.wait_for_selector("main h1", state="attached")


def task_address(task: str) -> str:
    return f"#/run/{RUN}/task/{quote(task, safe='')}"


@pytest.mark.parametrize("name", NAMES)
def test_strange_names_lead_to_their_pages(page: Page, tmp_path: Path, name: str) -> None:
    recording = record(tmp_path, {name: [], "after": [name]})
    attempt = recording.attempt(name)
    attempt.metric(name, 0.25)
    attempt.value(name, {name: name})
    attempt.artifact(name, b"content")
    attempt.output("stdout", f"{name}\n")
    attempt.finish_outputs()
    recording.attempt("after")
    finish(recording, [name, "after"])
    show(page, tmp_path, f"#/run/{RUN}")
    page.locator("#tasks").get_by_role("link", name=name.split("[")[0], exact=True).click()
    expect(page.locator("h1")).to_contain_text(name)
    expect(page.locator("#metrics")).to_contain_text("0.25")
    with page.expect_download() as waiting:
        page.locator("#artifacts").get_by_role("button", name="Download").click()
    assert "/" not in waiting.value.suggested_filename
    assert Path(waiting.value.path()).read_bytes() == b"content"
    page.locator("#metrics a").first.click()
    expect(page.locator("h1")).to_contain_text(name)
    expect(page.locator("main")).to_contain_text("0.25")
    assert page.locator("main b", has_text="bold").count() == 0, "a name is text"


def test_numbers_that_json_does_not_have(page: Page, tmp_path: Path) -> None:
    recording = record(tmp_path, {"train": []})
    attempt = recording.attempt("train")
    for step, value in enumerate([0.5, float("nan"), float("inf"), 0.25]):
        attempt.metric("loss", value, step)
    attempt.metric("worst", float("-inf"))
    attempt.metric("lost", float("nan"))
    finish(recording, ["train"])
    show(page, tmp_path, task_address("train"))
    expect(page.locator("#metrics")).to_contain_text("-Infinity")
    expect(page.locator("#metrics")).to_contain_text("NaN")
    show(page, tmp_path, "#/metric?task=train&name=lost")
    expect(page.locator("main")).to_contain_text("NaN")
    show(page, tmp_path, "#/?q=metric.lost%3E0")
    expect(page.get_by_text("No run fits this filter.")).to_be_visible()


def test_ten_thousand_metrics_on_a_task(page: Page, tmp_path: Path) -> None:
    recording = record(tmp_path, {"train": []})
    attempt = recording.attempt("train")
    for number in range(10_000):
        attempt.metric(f"metric number {number:05}", number / 7)
    finish(recording, ["train"])
    show(page, tmp_path, task_address("train"))
    page.get_by_label("Find a metric").fill("number 09876")
    expect(page.locator("#metrics li")).to_have_count(1)
    expect(page.locator("#metrics li")).to_contain_text("1410.9")
    for address in (f"#/run/{RUN}", "#/metrics", "#/"):
        show(page, tmp_path, address)
        assert page.locator("main").inner_text().strip() != ""


def test_a_notebook_of_50_mb_is_shown_when_asked_for(page: Page, tmp_path: Path) -> None:
    output = {"output_type": "stream", "name": "stdout", "text": "a line of a long output\n" * 2_200_000}
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "1", "execution_count": 1, "outputs": [output]}
    notebook = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})
    assert len(notebook) > 50_000_000
    recording = record(tmp_path, {"train": []})
    recording.attempt("train").artifact("train.ipynb", notebook, ArtifactKind.NOTEBOOK)
    finish(recording, ["train"])
    show(page, tmp_path, task_address("train"))
    section = page.locator("#notebook")
    expect(section).to_contain_text("MiB", timeout=60_000)
    assert section.locator("iframe").count() == 0
    section.get_by_role("button", name="Show").click()
    frame = page.frame_locator("#notebook iframe")
    expect(frame.get_by_text("a line of a long output").first).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Runs", exact=True).first.click()
    expect(page.locator("tr[data-row]")).to_have_count(1)


def test_files_that_are_no_run_logs_stand_on_the_page_health(page: Page, tmp_path: Path) -> None:
    recording = record(tmp_path, {"train": []})
    recording.attempt("train")
    good = finish(recording, ["train"])
    runs = good.parent
    (runs / "empty.otlp.jsonl").touch()
    (runs / "foreign.otlp.jsonl").write_text('{"resourceSpans": []}\n', encoding="utf-8")
    (runs / "binary.otlp.jsonl").write_bytes(bytes(range(256)) * 50)
    newer = good.read_text(encoding="utf-8").replace(RUN, "20261121T070000Z-0a1b2c")
    first = newer.splitlines(keepends=True)[0]
    version = f'"intValue":"{RUN_LOG_VERSION}"'
    (runs / "newer.otlp.jsonl").write_text(first.replace(version, '"intValue":"99"', 1), encoding="utf-8")
    (runs / "copy").mkdir()
    other = good.read_text(encoding="utf-8").replace("CPython 3.11.7", "CPython 3.12.1")
    (runs / "copy" / "same-id.otlp.jsonl").write_text(other, encoding="utf-8")
    shutil.copy(good, runs / "copy" / "equal.otlp.jsonl")
    cut = good.read_bytes().replace(RUN.encode(), b"20261121T080000Z-0a1b2c")
    (runs / "cut.otlp.jsonl").write_bytes(cut[: len(cut) * 2 // 3])
    show(page, tmp_path, "#/health")
    for name in ("empty", "foreign", "binary", "newer"):
        expect(page.locator("main")).to_contain_text(f"{name}.otlp.jsonl")
    expect(page.locator("main")).to_contain_text("another file with the same run id is in the site, and the two differ")
    show(page, tmp_path, "#/")
    expect(page.locator("tr[data-row]")).to_have_count(2)
    expect(page.locator("tr[data-row]").first).to_contain_text("interrupted")
    expect(page.get_by_text("5 files could not be read")).to_be_visible()
