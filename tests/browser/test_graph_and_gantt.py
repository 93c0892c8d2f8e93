"""The graph and the timeline of a run, and the grid of runs and tasks, in a real browser and from file://."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Locator, Page, expect
from recording import RunLogRecording, StartRecording

from pynb_dag_runner.conventions import Result

pytestmark = pytest.mark.system

RUN_ID = "20261121T060000Z-0a1b2c"
HOSTILE = "<img src=x onerror=alert(1)>"


def open_page(page: Page, site: Path, route: str = f"/run/{RUN_ID}") -> None:
    page.goto(f"{(site / 'index.html').as_uri()}#{route}")


def succeed(recording: RunLogRecording, task_id: str) -> None:
    recording.attempt(task_id)
    recording.end_attempt(task_id, 1, Result.SUCCESS)
    recording.end_task(task_id, Result.SUCCESS)


def node(page: Page, name: str) -> Locator:
    return page.locator(".dag").get_by_role("button", name=name)


def expect_focus(page: Page, label: str) -> None:
    """Wait until the element with the focus is one of which a screen reader says something that begins so."""
    script = """label => {
        const element = document.activeElement;
        const said = element?.getAttribute("aria-label") ?? element?.querySelector("title")?.textContent ?? "";
        return said.startsWith(label);
    }"""
    page.wait_for_function(script, arg=label)


@pytest.fixture
def failed_run(tmp_path: Path, site: Callable[[Path], Path], record_run: Callable[..., Path]) -> Path:
    """Site of a run with a retried task, a failed and a skipped one."""
    record_run(tmp_path / "outputs", RUN_ID)
    return site(tmp_path / "outputs" / "runs")


@pytest.fixture
def fan_out(tmp_path: Path, site: Callable[[Path], Path], start_recording: StartRecording) -> Path:
    """Site of a run with a hundred equal tasks, one of which failed."""
    work = [f"work[size={number}]" for number in range(100)]
    needs = {"start": [], **{task_id: ["start"] for task_id in work}, "end": work}
    recording = start_recording(tmp_path / "outputs", RUN_ID, needs)
    succeed(recording, "start")
    for task_id in work:
        if task_id == "work[size=42]":
            recording.attempt(task_id)
            recording.end_attempt(task_id, 1, Result.FAILURE, "ValueError: 42")
            recording.end_task(task_id, Result.FAILURE)
        else:
            succeed(recording, task_id)
    recording.end_task("end", Result.SKIP, "work[size=42]")
    recording.finish(Result.FAILURE)
    return site(tmp_path / "outputs" / "runs")


def test_a_node_says_what_the_task_came_to(failed_run: Path, page: Page) -> None:
    open_page(page, failed_run)
    expect(page.locator(".dag-node")).to_have_count(4)
    expect(node(page, "ingest size=600, success, 6.00 s, 3 attempts, needs nothing")).to_be_visible()
    expect(node(page, "train size=600, failure, 2.00 s, needs ingest")).to_be_visible()
    expect(node(page, "summary size=600, skipped, needs train")).to_be_visible()


def test_the_keyboard_alone_leads_to_the_failed_task(failed_run: Path, page: Page) -> None:
    open_page(page, failed_run)
    expect(page.locator(".dag-node")).to_have_count(4)
    page.get_by_role("button", name="Fit").focus()
    page.keyboard.press("Tab")
    # The failed task is where the keys begin.
    expect_focus(page, "train size=600, failure")
    page.keyboard.press("ArrowLeft")
    expect_focus(page, "ingest")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    expect_focus(page, "summary")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash.includes('task/train')")


def test_a_hundred_equal_tasks_are_one_node_that_unfolds(fan_out: Path, page: Page) -> None:
    open_page(page, fan_out)
    expect(page.locator(".dag-node")).to_have_count(3)
    folded = node(page, "work, 100 tasks folded, 1 failure, 99 success")
    expect(folded).to_contain_text("work ×100")
    folded.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".dag-node")).to_have_count(102)
    # The focus is not lost with the node.
    expect(page.locator(".dag-node:focus")).to_have_count(1)
    page.get_by_role("button", name="work ×100").click()
    expect(page.locator(".dag-node")).to_have_count(3)


def test_dragging_and_zooming_move_the_graph_and_choose_nothing(fan_out: Path, page: Page) -> None:
    open_page(page, fan_out)
    page.get_by_role("button", name="work ×100").click()
    expect(page.locator(".dag-node")).to_have_count(102)
    scene = page.locator(".dag-canvas > g")
    before = scene.get_attribute("transform")
    canvas = page.locator(".dag-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 - 150, steps=4)
    page.mouse.up()
    expect(scene).not_to_have_attribute("transform", before or "")
    assert page.url.endswith(f"#/run/{RUN_ID}"), "a drag is no click"

    page.get_by_role("button", name="Fit").click()
    fitted = scene.get_attribute("transform")
    page.keyboard.down("Control")
    page.mouse.wheel(0, -400)
    page.keyboard.up("Control")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -400)
    page.keyboard.up("Control")
    expect(scene).not_to_have_attribute("transform", fitted or "")
    page.get_by_role("button", name="Fit").click()
    expect(scene).to_have_attribute("transform", fitted or "")


def test_each_attempt_is_a_bar_that_opens_it(failed_run: Path, page: Page) -> None:
    open_page(page, failed_run)
    gantt = page.locator(".gantt")
    expect(gantt.locator(".gantt-bar")).to_have_count(5)
    bar = gantt.get_by_role("button", name="ingest size=600, attempt 2 of 3, timeout")
    bar.hover()
    tip = page.locator(".gantt-tip")
    expect(tip).to_contain_text("2 of 3")
    expect(tip).to_contain_text("1.00 s")
    bar.click()
    page.wait_for_function("location.hash.includes('task/ingest') && location.hash.includes('attempt=2')")


def test_keys_lead_through_the_timeline(failed_run: Path, page: Page) -> None:
    open_page(page, failed_run)
    page.get_by_role("button", name="Whole run").focus()
    page.keyboard.press("Tab")
    expect_focus(page, "train size=600, attempt 1 of 1, failure")
    page.keyboard.press("Home")
    expect_focus(page, "ingest size=600, attempt 3 of 3")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect_focus(page, "ingest size=600, attempt 1 of 3, failure")
    expect(page.locator(".gantt-tip")).to_contain_text("failure")
    page.keyboard.press("Escape")
    expect(page.locator(".gantt-tip")).to_have_count(0)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator(".gantt-attempt")).to_have_count(3)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash.includes('attempt=1')")


def test_a_part_of_the_time_can_be_drawn_large(failed_run: Path, page: Page) -> None:
    open_page(page, failed_run)
    expect(page.locator(".gantt-bar")).to_have_count(5)
    widths = "[...document.querySelectorAll('.gantt-bar')].map(bar => bar.getBoundingClientRect().width)"
    before = page.evaluate(widths)
    axis = page.locator(".gantt-axis")
    axis.scroll_into_view_if_needed()
    box = axis.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 300, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 500, box["y"] + 14, steps=4)
    expect(page.locator(".gantt-selection")).to_be_visible()
    page.mouse.up()
    expect(page.get_by_role("button", name="Earlier")).to_be_visible()
    assert max(page.evaluate(widths)) > 2 * max(before)
    page.get_by_role("button", name="Whole run").click()
    expect(page.get_by_role("button", name="Earlier")).to_have_count(0)
    assert page.evaluate(widths) == pytest.approx(before, abs=1)


def test_the_timeline_is_a_table_for_those_who_want_one(failed_run: Path, page: Page) -> None:
    open_page(page, failed_run)
    page.get_by_role("button", name="As table").click()
    rows = page.locator(".gantt-table tbody tr")
    expect(rows).to_have_count(6)
    expect(rows.nth(1)).to_contain_text("timeout")
    page.get_by_role("button", name="Attempt 2 of ingest size=600").click()
    page.wait_for_function("location.hash.includes('attempt=2')")


def test_the_grid_says_and_opens_each_task_of_each_run(
    tmp_path: Path, site: Callable[[Path], Path], record_run: Callable[..., Path], page: Page
) -> None:
    for number in range(3):
        record_run(tmp_path / "outputs", f"2026112{number}T060000Z-0a1b2c")
    folder = site(tmp_path / "outputs" / "runs")
    open_page(page, folder, "/grid")
    cells = page.locator(".runs-cell")
    expect(cells).to_have_count(12)
    assert page.get_by_role("rowheader").count() == 3
    assert page.get_by_role("columnheader").count() == 5
    page.locator(".runs-cell[tabindex='0']").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowDown")
    said = page.locator(".runs-said")
    expect(said).to_contain_text("summary")
    expect(said).to_contain_text("skipped")
    expect(page.locator(".runs-cell[tabindex='0']")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash.includes('task/summary')")


@pytest.mark.parametrize("width", [360, 390])
def test_a_phone_has_no_need_to_scroll_sideways(failed_run: Path, browser: Browser, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 740})
    page = context.new_page()
    open_page(page, failed_run)
    expect(page.locator(".gantt-bar")).to_have_count(5)
    for part in (".dag", ".gantt"):
        assert page.locator(part).evaluate("e => e.scrollWidth <= e.clientWidth")
    tops = page.locator(".dag-node").evaluate_all("nodes => nodes.map(node => node.getBoundingClientRect().top)")
    assert tops == sorted(tops), "the graph runs down"
    assert tops[0] < tops[-1]
    context.close()


def test_names_from_a_stranger_are_text(
    tmp_path: Path, site: Callable[[Path], Path], start_recording: StartRecording, page: Page
) -> None:
    recording = start_recording(
        tmp_path / "outputs", RUN_ID, {HOSTILE: [], "__proto__": [HOSTILE, "gone"], "circle": ["circle"]}
    )
    for task_id in (HOSTILE, "__proto__", "circle"):
        succeed(recording, task_id)
    recording.finish(Result.SUCCESS)
    dialogs: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    open_page(page, site(tmp_path / "outputs" / "runs"))
    expect(page.locator(".dag-node")).to_have_count(3)
    expect(page.locator(".dag-name").first).to_contain_text("<img")
    expect(page.locator(".dag-notice")).to_have_count(2)
    expect(page.locator(".gantt-bar")).to_have_count(3)
    assert page.locator(".dag img, .gantt img").count() == 0
    assert dialogs == []
