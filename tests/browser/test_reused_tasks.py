"""A run that took a task over, in Chromium: the word, where it leads, and that no metric of it is drawn as new."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from recording import StartRecording
from reused_run import FIRST, SECOND, write_reused_run

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.site.build import build_site

pytestmark = pytest.mark.system


@pytest.fixture
def index(tmp_path: Path, start_recording: StartRecording) -> str:
    """The site of a run, and of one that has taken ``ingest`` over from it."""
    outputs = tmp_path / "outputs"
    first = start_recording(outputs, FIRST, {"ingest": []})
    first.attempt("ingest").metric("nr_images", 1797)
    first.end_attempt("ingest", 1, Result.SUCCESS)
    first.end_task("ingest", Result.SUCCESS)
    first.finish(Result.SUCCESS)
    write_reused_run(outputs)
    build_site(outputs / "runs", tmp_path / "site", processes=1)
    return (tmp_path / "site" / "index.html").as_uri()


def test_run_and_task_page_say_where_it_ran(page: Page, index: str) -> None:
    page.goto(f"{index}#/run/{SECOND}")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="ingest", exact=True))
    expect(row.first).to_contain_text("reused")
    expect(row.first).to_contain_text("nr_images 1797")
    expect(
        page.get_by_role("button", name=re.compile(r"ingest.*reused")).or_(page.locator(".dag-reused")).first
    ).to_be_visible()
    page.goto(f"{index}#/run/{SECOND}/task/ingest")
    expect(page.get_by_role("heading", level=1)).to_contain_text("reused")
    expect(page.get_by_role("main")).to_contain_text("nr_images1797")
    page.get_by_role("link", name=f"run {FIRST}").click()
    expect(page).to_have_url(re.compile(f"{FIRST}/task/ingest$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("success")


def test_a_history_has_one_point_and_the_grid_the_word(page: Page, index: str) -> None:
    page.goto(f"{index}#/grid")
    expect(page.get_by_role("button", name=re.compile("ingest · reused$"))).to_have_count(1)
    page.goto(f"{index}#/metric?task=ingest&name=nr_images")
    expect(page.get_by_role("main")).to_contain_text("1797")
    expect(page.get_by_role("main").get_by_role("link", name=re.compile(SECOND))).to_have_count(0)
