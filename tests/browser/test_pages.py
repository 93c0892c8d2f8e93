"""Every page in Chromium: from a folder and under a sub-path, in both themes and widths, by mouse and by keyboard."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from history import GOOD, INTERRUPTED, TRAIN, TROUBLES, write_history
from playwright.sync_api import Browser, Page, expect

from pynb_dag_runner.site.build import build_site

pytestmark = pytest.mark.system

AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
FAILED = TROUBLES["exception"]
TASK = quote(TRAIN, safe="")
PAGES = {
    "runs": "#/",
    "run": f"#/run/{GOOD}",
    "failed run": f"#/run/{FAILED}",
    "interrupted run": f"#/run/{INTERRUPTED}",
    "task": f"#/run/{GOOD}/task/{TASK}",
    "failed task": f"#/run/{FAILED}/task/{TASK}",
    "attempts": f"#/run/{TROUBLES['failed after all attempts']}/task/{TASK}",
    "compare": f"#/compare?runs={FAILED},{GOOD}",
    "notebook diff": f"#/diff?task={TASK}&runs={FAILED},{GOOD}",
    "metric": f"#/metric?task={TASK}&name=accuracy",
    "metrics": "#/metrics",
    "grid": "#/grid",
    "sweep": "#/sweep",
    "pull request": "#/pr/12",
    "health": "#/health",
    "no such page": "#/nowhere",
    "no such run": "#/run/nothing",
    "no such task": f"#/run/{GOOD}/task/nothing",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a history in which every kind of trouble occurs."""
    root = tmp_path_factory.mktemp("history")
    build_site(write_history(root / "pipeline-outputs"), root / "site", processes=1)
    return root / "site"


@pytest.fixture(params=["file", "http"])
def index(request: pytest.FixtureRequest, folder: Path, serve: Callable[[Path], str]) -> str:
    """The address of index.html, opened as a file and served under a sub-path."""
    return (folder / "index.html").as_uri() if request.param == "file" else f"{serve(folder)}/index.html"


def open_page(page: Page, address: str) -> None:
    """Go to a page and wait until it is drawn."""
    page.goto(address)
    page.wait_for_selector("main h1, main .notice", state="attached")
    page.wait_for_timeout(400)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_shows_itself_and_asks_nobody_else(page: Page, index: str, name: str) -> None:
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    open_page(page, index + PAGES[name])
    home = index.removesuffix("index.html")
    assert [url for url in asked if not url.startswith((home, "data:", "blob:"))] == []
    wanted_to_fail = ["nothing/run.js"] if name == "no such run" else []
    assert [text for text in said if not any(part in text for part in [*wanted_to_fail, "ERR_FILE", "404"])] == []
    assert page.locator("main").inner_text().strip() != ""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_no_page_has_serious_violations_of_accessibility(browser: Browser, folder: Path, name: str, theme: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=_scheme(theme))
    page = context.new_page()
    open_page(page, (folder / "index.html").as_uri() + PAGES[name])
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, { iframes: false })")
    context.close()
    serious = [_told(violation) for violation in found["violations"] if violation["impact"] in ("serious", "critical")]
    assert serious == []


def _scheme(theme: str) -> Any:
    return theme


def _told(violation: dict[str, Any]) -> str:
    where = [node["target"] for node in violation["nodes"][:5]]
    return f"{violation['id']}: {violation['help']} {json.dumps(where)} {violation['nodes'][0]['failureSummary']}"


@pytest.mark.parametrize("width", [360, 390])
@pytest.mark.parametrize("name", PAGES)
def test_a_phone_shows_pages_without_scrolling_sideways(browser: Browser, folder: Path, name: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_page(page, (folder / "index.html").as_uri() + PAGES[name])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


@pytest.mark.parametrize("trouble", TROUBLES)
def test_two_clicks_lead_from_home_to_the_cause(page: Page, folder: Path, trouble: str) -> None:
    open_page(page, (folder / "index.html").as_uri())
    row = page.locator("tr[data-row]", has_text=TROUBLES[trouble][-6:])
    row.get_by_role("link").first.click()
    panel = page.locator(".failure-panel")
    expect(panel).to_contain_text(TRAIN)
    wanted = {
        "exception": "Cell In[3], line 2",
        "timeout": "stopped at its time limit of 10 s",
        "killed worker": "most likely out of memory",
        "never started": "the kernel did not start within 60 s",
        "failed after all attempts": "attempt 3 of 3",
    }[trouble]
    expect(panel).to_contain_text(wanted)
    expect(panel).to_contain_text("Not run because of this: summary")
    expect(panel).to_be_in_viewport()


def test_the_keyboard_alone_reaches_the_traceback(page: Page, folder: Path) -> None:
    open_page(page, (folder / "index.html").as_uri() + "#/?q=error%3AKeyError")
    wanted = f"#/run/{FAILED}"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") == wanted:
            break
    else:
        pytest.fail("no row of the failed run could be focused")
    page.keyboard.press("Enter")
    expect(page.locator(".failure-panel")).to_be_visible()
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label')") == "Traceback":
            break
    else:
        pytest.fail("the traceback could not be focused")
    assert "KeyError" in page.evaluate("document.activeElement.textContent")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", "the focus can be seen"


def test_the_filter_acts_at_once_and_says_where_it_cannot_be_read(page: Page, folder: Path) -> None:
    open_page(page, (folder / "index.html").as_uri())
    box = page.get_by_label("Filter the runs")
    box.fill("result:timeout")
    expect(page.locator("tr[data-row]")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=result%3Atimeout"))
    box.fill("resutl:timeout")
    expect(page.get_by_text("result", exact=False).first).to_be_visible()
    expect(page.locator("#filter-said")).to_contain_text("Column 1")
    assert box.get_attribute("aria-invalid") == "true"
    expect(page.locator("tr[data-row]")).to_have_count(7)


def test_an_address_shows_the_same_to_somebody_else(browser: Browser, page: Page, folder: Path) -> None:
    open_page(page, (folder / "index.html").as_uri())
    page.get_by_label("Filter the runs").fill("result:success,failure")
    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("accuracy").first.check()
    page.get_by_role("button", name="Duration", exact=True).click()
    expect(page.locator("thead")).to_contain_text("accuracy")
    shown = page.locator(".rows").inner_text()
    other = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    open_page(other, page.url)
    expect(other.locator("thead")).to_contain_text("accuracy")
    expect(other.locator("th[aria-sort=descending]")).to_contain_text("Duration")
    assert other.locator(".rows").inner_text() == shown
    other.context.close()


def test_the_notebook_is_shown_with_its_failed_cell(page: Page, index: str) -> None:
    open_page(page, index + PAGES["failed task"])
    frame = page.frame_locator("iframe").first
    expect(frame.get_by_role("heading", name="Train a model")).to_be_visible()
    expect(frame.get_by_text("KeyError").first).to_be_visible()
    page.get_by_role("button", name="Jump to the failed cell").click()


def test_the_run_log_is_given_back_byte_for_byte(page: Page, index: str, folder: Path) -> None:
    original = next((folder.parent / "pipeline-outputs" / "runs").glob(f"{GOOD}*"))
    open_page(page, index + PAGES["run"])
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Run log").click()
    assert waiting.value.suggested_filename == original.name
    taken = Path(waiting.value.path()).read_bytes()
    assert hashlib.sha256(taken).digest() == hashlib.sha256(original.read_bytes()).digest()


def test_an_artifact_is_given_as_it_was_recorded(page: Page, folder: Path) -> None:
    open_page(page, (folder / "index.html").as_uri() + PAGES["task"])
    row = page.locator("#artifacts tr", has_text="model.onnx")
    with page.expect_download() as waiting:
        row.get_by_role("button", name="Download").click()
    assert Path(waiting.value.path()).read_bytes() == b"\x08onnx" * 100
    notes = page.locator("#artifacts tr", has_text="notes.md")
    notes.get_by_role("button", name="Show").click()
    expect(page.frame_locator("#artifacts iframe").get_by_role("cell", name="2")).to_be_visible()


def test_the_log_is_searched_and_its_lines_have_addresses(browser: Browser, page: Page, folder: Path) -> None:
    open_page(page, (folder / "index.html").as_uri() + PAGES["task"])
    log = page.locator("#log")
    log.get_by_label("Find in the log").fill("line 2999")
    expect(log.locator(".line")).to_have_count(1)
    log.get_by_label("Address of line 3000").click()
    other = browser.new_context().new_page()
    open_page(other, page.url)
    expect(other.locator("#log .line.marked")).to_contain_text("line 2999")
    other.context.close()


def test_the_theme_is_remembered(page: Page, folder: Path) -> None:
    open_page(page, (folder / "index.html").as_uri())
    page.get_by_role("button", name="Dark colours").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    page.wait_for_selector("main h1", state="attached")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_no_runs_at_all(page: Page, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    build_site(tmp_path / "runs", tmp_path / "site", processes=1)
    for address in PAGES.values():
        open_page(page, (tmp_path / "site" / "index.html").as_uri() + address)
        assert page.locator("main").inner_text().strip() != ""
    open_page(page, (tmp_path / "site" / "index.html").as_uri())
    expect(page.get_by_text("There are no runs yet")).to_be_visible()


def test_a_page_without_its_data_says_what_to_do(page: Page, folder: Path, tmp_path: Path) -> None:
    alone = tmp_path / "index.html"
    alone.write_bytes((folder / "index.html").read_bytes())
    page.goto(alone.as_uri())
    expect(page.get_by_text("the archive must be extracted first")).to_be_visible()


def test_a_data_file_that_is_gone_is_said_and_the_rest_is_shown(page: Page, tmp_path: Path) -> None:
    build_site(write_history(tmp_path / "pipeline-outputs"), tmp_path / "site", processes=1)
    (tmp_path / "site" / "data" / "runs" / GOOD / "run.js").unlink()
    open_page(page, (tmp_path / "site" / "index.html").as_uri() + PAGES["run"])
    expect(page.get_by_role("alert")).to_contain_text("could not be loaded")
    open_page(page, (tmp_path / "site" / "index.html").as_uri())
    expect(page.locator("tr[data-row]")).to_have_count(7)


def test_the_filter_suggests_keys_and_values(page: Page, folder: Path) -> None:
    open_page(page, (folder / "index.html").as_uri())
    box = page.get_by_label("Filter the runs")
    box.press_sequentially("resu")
    expect(page.get_by_role("option").first).to_contain_text("result:")
    box.press("ArrowDown")
    box.press("Enter")
    assert box.input_value() == "result:"
    page.get_by_role("option", name="timeout").click()
    assert box.input_value() == "result:timeout"
    expect(page.locator("tr[data-row]")).to_have_count(1)
    expect(page.get_by_role("option")).to_have_count(0)
    box.press_sequentially(" branch:main metr", delay=1)
    assert box.input_value() == "result:timeout branch:main metr", "no key is lost"
    expect(page.get_by_role("option").first).to_be_visible()
    box.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    assert box.input_value() != "", "the first Escape closes the suggestions alone"
