"""What a reader does with a notebook in the tracker: the outline, the failed cell, links, scripts, themes, and large ones."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from recording import StartRecording
from test_notebook_viewer import NOTEBOOKS, notebook_frame

from pynb_dag_runner.conventions import ArtifactKind, Result

pytestmark = pytest.mark.system

RUN_ID = "20261121T060000Z-0000aa"
Open = Callable[..., None]


@pytest.fixture
def open_notebook(
    tmp_path: Path,
    start_recording: StartRecording,
    site: Callable[[Path], Path],
    serve: Callable[[Path], str],
    page: Page,
) -> Open:
    """``open_notebook(text)`` opens it in the site, over HTTP."""

    def show(text: str, cell: int | None = None) -> None:
        recording = start_recording(tmp_path / "runs", RUN_ID, {"train": []})
        attempt = recording.attempt("train")
        attempt.artifact("train.ipynb", text, ArtifactKind.NOTEBOOK)
        recording.end_attempt("train", 1, Result.SUCCESS)
        recording.end_task("train", Result.SUCCESS)
        recording.finish(Result.SUCCESS)
        query = "" if cell is None else f"?cell={cell}"
        page.goto(f"{serve(site(tmp_path / 'runs'))}/index.html#/run/{RUN_ID}/task/train{query}")

    return show


def committed(name: str) -> str:
    """A notebook that is there for the tests."""
    return (NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8")


def of_html(*outputs: str, **more: Any) -> str:
    """A notebook with outputs of HTML."""
    data = [{"output_type": "display_data", "data": {"text/html": html}, "metadata": {}} for html in outputs]
    cell = {"cell_type": "code", "source": "", "outputs": data, "metadata": {}, **more}
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]})


def until(holds: Callable[[], bool]) -> None:
    """Wait for it; the page's policy forbids that the page itself looks again and again."""
    for _ in range(100):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come to be within 10 s")


def height(place: Locator) -> float:
    """Of an element, as it is shown."""
    box = place.bounding_box()
    assert box is not None
    return box["height"]


def top(page: Page, selector: str) -> float:
    """How far below the window's top an element of the frame is."""
    box = notebook_frame(page).locator(selector).bounding_box()
    assert box is not None
    return box["y"]


def test_the_failed_cell_is_marked_and_one_click_away(open_notebook: Open, page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 500})
    open_notebook(committed("failed"))
    cell = page.frame_locator(".notebook-frame iframe").locator(".cell.failed")
    expect(cell).to_have_count(1)
    expect(cell.locator(".mark")).to_have_text("failed")
    assert top(page, ".cell.failed") > 300
    page.get_by_role("button", name="Jump to the failed cell").click()
    expect(cell).to_have_class("cell code failed target")
    until(lambda: page.evaluate("scrollY > 0"))
    assert 0 <= top(page, ".cell.failed") <= 120


def test_the_address_leads_to_a_cell_and_the_outline_to_a_heading(open_notebook: Open, page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 500})
    open_notebook(committed("failed"), 5)
    until(lambda: 0 < top(page, "#cell-5") < 480)
    page.get_by_text("Outline").click()
    page.get_by_role("button", name="Load").click()
    until(lambda: 0 <= top(page, "h2 >> nth=0") <= 120)


def test_the_code_can_be_hidden(open_notebook: Open, page: Page) -> None:
    open_notebook(committed("failed"))
    code = notebook_frame(page).locator(".source").first
    expect(code).to_be_visible()
    before = height(page.locator(".notebook-frame iframe"))
    page.get_by_role("button", name="Hide code").click()
    expect(code).to_be_hidden()
    until(lambda: height(page.locator(".notebook-frame iframe")) < before)
    page.get_by_role("button", name="Show code").click()
    expect(code).to_be_visible()


def test_scripts_run_when_the_reader_says_so(open_notebook: Open, page: Page) -> None:
    open_notebook(committed("scripted_html"))
    frame = page.frame_locator(".notebook-frame iframe")
    expect(frame.locator("#counter")).to_have_text("not yet")
    frame.get_by_role("button", name="click").click()
    expect(frame.get_by_role("button", name="click")).to_have_text("click")
    page.get_by_role("button", name="Run this notebook’s scripts").click()
    expect(frame.locator("#counter")).to_have_text("the script ran")
    expect(page.get_by_role("button", name="Run this notebook’s scripts")).to_have_count(0)
    frame.get_by_role("button", name="click").click()
    expect(frame.get_by_role("button", name="clicked")).to_be_visible()


def test_a_notebook_without_scripts_has_no_page_for_them(open_notebook: Open, page: Page) -> None:
    open_notebook(committed("tables"))
    notebook_frame(page)
    assert page.locator(".notebook-frame iframe").get_attribute("src") == "viewer.html"
    assert page.locator(".notebook-frame iframe").get_attribute("sandbox") == "allow-scripts"
    expect(page.get_by_role("button", name="Run this notebook’s scripts")).to_have_count(0)


def test_links_are_asked_about_and_only_real_ones_can_be_followed(open_notebook: Open, page: Page) -> None:
    open_notebook(
        of_html(
            "<a href='https://example.com/a?b'>out</a> <a href=\"javascript:alert(1)\">evil</a> "
            "<a href='other.ipynb'>relative</a> <a href='#there'>within</a><p id='there' style='margin-top:3000px'>!</p>"
        )
    )
    frame = page.frame_locator(".notebook-frame iframe")
    bar = page.locator(".link-bar")
    expect(bar).to_have_count(0)
    frame.get_by_text("out").click()
    link = bar.get_by_role("link")
    expect(link).to_have_attribute("href", "https://example.com/a?b")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(bar.locator("strong")).to_have_text("example.com")
    frame.get_by_text("evil").click()
    expect(bar.locator("code")).to_have_text("javascript:alert(1)")
    expect(link).to_have_count(0)
    frame.get_by_text("relative").click(button="middle")
    expect(bar.locator("code")).to_have_text("other.ipynb")
    bar.get_by_role("button", name="Close").click()
    expect(bar).to_have_count(0)
    frame.get_by_text("within").click()
    until(lambda: page.evaluate("scrollY > 1000"))
    assert len(page.context.pages) == 1


def test_the_theme_changes_while_one_reads(open_notebook: Open, page: Page) -> None:
    open_notebook(committed("tables"))
    frame = notebook_frame(page)
    colour = "getComputedStyle(document.documentElement).backgroundColor"
    assert frame.evaluate(colour) == "rgb(255, 255, 255)"
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    until(lambda: frame.evaluate(colour) == "rgb(28, 31, 37)")


def test_nothing_is_loaded_from_elsewhere(open_notebook: Open, page: Page) -> None:
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    open_notebook(committed("plotly_data"))
    notebook_frame(page)
    assert any(url.endswith("assets/plotly.js") for url in asked)
    assert {url.partition("/owner/repository/")[0] for url in asked if not url.startswith("data:")} == {
        page.url.partition("/owner/repository/")[0]
    }


def test_a_plotly_figure_has_its_bars(open_notebook: Open, page: Page) -> None:
    open_notebook(committed("plotly_data"))
    bars = notebook_frame(page).locator("[data-figure] >> nth=0").locator(".bars .point path")
    heights = [height(bars.nth(index)) for index in range(bars.count())]
    assert len(heights) == 2
    assert heights[1] / heights[0] == pytest.approx(5 / 3, rel=0.02)


def test_a_long_text_is_shown_in_two_goes(open_notebook: Open, page: Page) -> None:
    text = "".join(f"line {number}\n" for number in range(40_000))
    output = {"output_type": "stream", "name": "stdout", "text": text}
    cell = {"cell_type": "code", "source": "", "outputs": [output], "metadata": {}}
    open_notebook(json.dumps({"cells": [cell]}))
    shown = notebook_frame(page).locator("pre.stream")
    assert len(shown.inner_text()) < 250_000
    page.frame_locator(".notebook-frame iframe").get_by_role("button", name="Show the other").click()
    expect(shown).to_contain_text("line 39999\n")
    assert shown.inner_text().rstrip() == text.rstrip()


def test_a_notebook_of_50_megabytes_is_shown_when_its_size_is_accepted(open_notebook: Open, page: Page) -> None:
    outputs = [{"output_type": "stream", "name": "stdout", "text": f"{number}" * 20_000} for number in range(100, 360)]
    markdown = {"cell_type": "markdown", "source": "word " * 4_000, "metadata": {}}
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "source": "", "outputs": [output], "metadata": {}} for output in outputs
    ]
    picture = {"image/png": "A" * 30_000_000}
    last = {"output_type": "display_data", "data": picture, "metadata": {}}
    cells += [markdown] * 100 + [{"cell_type": "code", "source": "the_end", "outputs": [last], "metadata": {}}]
    text = json.dumps({"cells": cells})
    assert len(text) > 45_000_000
    open_notebook(text)
    page.get_by_role("button", name="Show the notebook").click(timeout=60_000)
    page.locator(".notebook-frame iframe").wait_for(timeout=60_000)
    frame = notebook_frame(page)
    assert frame.locator("section").count() == len(cells)
    expect(frame.get_by_text("the_end")).to_be_attached()


@pytest.mark.parametrize("style", ["height: 100vh; margin: 20px", "height: 120vh", "height: 99999999px"])
def test_content_cannot_make_the_page_grow_for_ever(style: str, open_notebook: Open, page: Page) -> None:
    open_notebook(of_html(f"<div style='{style}'>tall</div>"))
    notebook_frame(page)
    frame = page.locator(".notebook-frame iframe")
    heights = []
    for _ in range(12):
        page.wait_for_timeout(100)
        heights.append(height(frame))
    assert heights[-1] == heights[-2] == heights[-3]
    assert heights[-1] <= 100_000


def test_content_that_leads_its_frame_away_is_closed(open_notebook: Open, page: Page) -> None:
    open_notebook(of_html("<script>location = 'data:text/html,gone'</script>"))
    page.get_by_role("button", name="Run this notebook’s scripts").click()
    expect(page.get_by_text("tried to leave the page")).to_be_visible()
    expect(page.locator("iframe")).to_have_count(0)


@pytest.mark.parametrize("name", ["viewer.html", "viewer-scripts.html"])
@pytest.mark.parametrize("sandbox", [None, "allow-scripts allow-same-origin"])
def test_a_viewer_page_without_its_sandbox_shows_nothing(
    name: str, sandbox: str | None, open_notebook: Open, page: Page
) -> None:
    open_notebook(committed("tables"))
    notebook_frame(page)
    page.evaluate(
        """([name, sandbox]) => {
          window.heard = [];
          const frame = document.createElement("iframe");
          frame.id = "bare";
          if (sandbox !== null) frame.sandbox = sandbox;
          frame.src = name;
          addEventListener("message", (event) => event.source === frame.contentWindow && heard.push(event.data));
          frame.onload = () => frame.contentWindow.postMessage({ kind: "show", html: "<p>shown</p>", theme: "light" }, "*");
          document.body.append(frame);
        }""",
        [name, sandbox],
    )
    bare = page.frame_locator("#bare")
    expect(bare.locator("main")).to_have_text("This page is a part of the tracker, and shows something only within it.")
    assert page.evaluate("heard") == []


def test_it_can_be_read_on_a_phone(open_notebook: Open, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    open_notebook(committed("tables"))
    frame = notebook_frame(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
    wide = frame.locator(".scrolled").nth(1)
    assert wide.evaluate("box => box.scrollWidth > box.clientWidth && box.tabIndex === 0")
