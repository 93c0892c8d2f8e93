"""Comparison of runs, difference of notebooks and sweep, in a real browser over sites of real run logs."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from recording import RunLogRecording

from pynb_dag_runner.conventions import RUN_LOG_VERSION, ArtifactKind, Result
from pynb_dag_runner.site.build import build_site

pytestmark = pytest.mark.system

BASE, OTHER, FAILED = "20261121T060000Z-0000aa", "20261121T070000Z-0000bb", "20261121T080000Z-0000cc"
ATTACK = "<img src=x onerror=\"document.title='attacked'\">"
RED, BLUE = (
    base64.b64encode(f'<svg xmlns="http://www.w3.org/2000/svg" fill="{ink}"/>'.encode()).decode()
    for ink in ("#f00", "#00f")
)


def _cell(source: str, output: str = "", image: str | None = None, kind: str = "code") -> dict[str, Any]:
    outputs: list[dict[str, Any]] = []
    if output:
        outputs.append({"output_type": "stream", "name": "stdout", "text": output})
    if image is not None:
        outputs.append({"output_type": "display_data", "metadata": {}, "data": {"image/png": image}})
    code = {"outputs": outputs, "execution_count": 1} if kind == "code" else {}
    return {"cell_type": kind, "metadata": {}, "source": source, **code}


def _notebook(*cells: dict[str, Any]) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)})


MOVED = _cell("labels = [digit for digit in range(10) if digit % 2 == 1]")
SAME = [_cell(f"step_{at} = {at}") for at in range(3)]
NOTEBOOK_BEFORE = _notebook(
    _cell("# Ingest", kind="markdown"),
    MOVED,
    *SAME,
    _cell("rate = 0.1\nsize = 600\nload(rate, size)", "loss 0.5\n", RED),
)
NOTEBOOK_AFTER = _notebook(
    _cell("# Ingest", kind="markdown"),
    *SAME,
    _cell("rate = 0.2\nsize = 600\nload(rate, size)", f"loss 0.4 {ATTACK}\n", BLUE),
    MOVED,
    _cell("print('new')", "new\n"),
)

Metrics = dict[str, Sequence[float]]


def _run(
    folder: Path, run_id: str, tasks: dict[str, Metrics], notebook: str | None, result: Result = Result.SUCCESS
) -> Path:
    first = next(iter(tasks))
    recording = RunLogRecording(
        folder, run_id, {task: [] if task == first else [first] for task in tasks}, RUN_LOG_VERSION
    )
    for task, metrics in tasks.items():
        attempt = recording.attempt(task)
        for name, values in metrics.items():
            for step, value in enumerate(values):
                attempt.metric(name, value, step=step)
        if notebook is not None:
            attempt.artifact("notebook.ipynb", notebook, ArtifactKind.NOTEBOOK)
        recording.end_attempt(task, 1, result)
        recording.end_task(task, result)
    return recording.finish(result)


def _edit(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the definition of the run in its run log."""
    lines = path.read_bytes().splitlines()
    record = json.loads(lines[0])
    event = record["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]
    definition = json.loads(event["body"]["stringValue"])
    change(definition)
    event["body"]["stringValue"] = json.dumps(definition)
    path.chmod(0o644)
    path.write_bytes(b"\n".join([json.dumps(record).encode(), *lines[1:], b""]))


def _describe(revision: str, packages: dict[str, str], **facts: str) -> Callable[[dict[str, Any]], None]:
    """What a definition says of code and packages; parameters are those in the ids of the tasks."""

    def change(definition: dict[str, Any]) -> None:
        repository = {"vcs.repository.url.full": "https://github.com/example/digits", "vcs.ref.head.revision": revision}
        definition["facts"] = {**repository, **{name.replace("_", "."): value for name, value in facts.items()}}
        definition["packages"] = packages
        for task in definition["tasks"]:
            found = re.search(r"\[(\w+)=(.+)\]", task["id"])
            task["parameters"] = {found[1]: json.loads(found[2])} if found else {}

    return change


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A site of three runs: one, another with other code, parameters and notebooks, and a failed one."""
    runs = tmp_path_factory.mktemp("runs")
    path = _run(
        runs,
        BASE,
        {
            "ingest": {"nr_images": [1797]},
            "split[ratio=0.7]": {"nr_train": [1257]},
            "train[size=400]": {"accuracy": [0.8, 0.9], "loss": [0.5]},
            "train[size=600]": {"accuracy": [0.85, 0.93], "loss": [0.4]},
        },
        NOTEBOOK_BEFORE,
    )
    _edit(path, _describe("a" * 40, {"numpy": "2.0"}))
    path = _run(
        runs,
        OTHER,
        {
            "ingest": {"nr_images": [1797]},
            "split[ratio=0.6]": {"nr_train": [1078]},
            "train[size=400]": {"accuracy": [0.7, 0.95], "loss": [0.7]},
            "train[size=600]": {"accuracy": [0.8, 0.9], "loss": [0.4], ATTACK: [1]},
        },
        NOTEBOOK_AFTER,
    )
    _edit(path, _describe("b" * 40, {"numpy": "2.1", "__proto__": "1.0"}, vcs_change_id="12"))
    _run(runs, FAILED, {"ingest": {}}, None, Result.FAILURE)
    folder = tmp_path_factory.mktemp("site")
    build_site(runs, folder, processes=1)
    return f"{(folder / 'index.html').as_uri()}"


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A narrow window in dark colours."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme="dark")
    yield context.new_page()
    context.close()


def _titles(heads: Locator) -> list[str | None]:
    return [head.get_attribute("title") for head in heads.all()]


def _row(page: Page, name: str) -> Locator:
    return page.locator(".compare-table tbody tr.row").filter(has=page.get_by_role("rowheader").filter(has_text=name))


def test_only_what_differs_is_shown_at_first(page: Page, address: str) -> None:
    page.goto(f"{address}#/compare?runs={BASE},{OTHER}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare 2 runs")
    expect(_row(page, "numpy").get_by_role("cell")).to_have_text(["2.0", "2.1"])
    expect(_row(page, "__proto__").get_by_role("cell")).to_have_text(["–", "1.0"])
    expect(_row(page, "nr_images")).to_have_count(0)
    page.get_by_label("Only differences").click()
    expect(_row(page, "nr_images").get_by_role("cell")).to_have_text(["1797", "1797"])
    assert "all=1" in page.url, "what is shown stands in the address"


def test_metrics_say_how_far_they_are_from_the_base_and_which_is_best(page: Page, address: str) -> None:
    page.goto(f"{address}#/compare?runs={BASE},{OTHER}&find=train%5Bsize%3D400%5D")
    accuracy, loss = _row(page, "accuracy"), _row(page, "loss")
    expect(accuracy.get_by_role("cell")).to_have_text(
        [re.compile(r"^0\.9$"), re.compile(r"0\.95.*best.*\+0\.05.*better")]
    )
    expect(loss.get_by_role("cell")).to_have_text([re.compile(r"0\.5.*best"), re.compile(r"0\.7.*\+0\.2.*worse")])
    page.get_by_label("Metrics:").select_option("min")
    expect(accuracy.get_by_role("cell").last).to_contain_text("−0.1")


def test_a_task_whose_parameter_changed_is_the_same_task(page: Page, address: str) -> None:
    page.goto(f"{address}#/compare?runs={BASE},{OTHER}")
    expect(_row(page, "ratio").get_by_role("cell")).to_have_text([re.compile("0.7"), re.compile("0.6")])
    expect(_row(page, "nr_train").get_by_role("cell")).to_have_text([re.compile("1257"), re.compile("1078")])
    page.get_by_text("how they differ, cell by cell: 4 tasks").click()
    page.get_by_role("link", name="split", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("split[ratio=0.7] → split[ratio=0.6]")


def test_the_repository_shows_what_lies_between_two_commits(page: Page, address: str) -> None:
    page.goto(f"{address}#/compare?runs={BASE},{OTHER},{FAILED}")
    links = _row(page, "changes since the base").get_by_role("link")
    expect(links).to_have_count(1)
    expected = f"https://github.com/example/digits/compare/{'a' * 40}...{'b' * 40}"
    expect(links).to_have_attribute("href", expected)


def test_runs_are_taken_out_added_and_made_the_base(page: Page, address: str) -> None:
    page.goto(f"{address}#/compare?runs={BASE},{OTHER},{FAILED}")
    heads = page.locator("thead .run-heading > a")
    expect(heads).to_have_count(3)
    page.get_by_role("button", name=f"Make base: run {FAILED}").click()
    expect(page.locator("thead .base-tag").locator("xpath=ancestor::div[1]/a")).to_have_attribute("title", FAILED)
    assert _titles(heads) == [FAILED, BASE, OTHER]
    page.get_by_role("button", name=f"Take run {FAILED} out").click()
    expect(heads).to_have_count(2)
    page.get_by_text("Add a run").click()
    page.get_by_label("Find a run to add").fill("0000CC")
    page.locator(".add-run button").click()
    expect(heads).to_have_count(3)
    assert _titles(heads) == [BASE, OTHER, FAILED]
    page.go_back()
    expect(heads).to_have_count(2)


def test_runs_can_be_the_rows(page: Page, address: str) -> None:
    page.goto(f"{address}#/compare?runs={BASE},{OTHER}&find=numpy")
    page.get_by_label("Runs as rows").click()
    expect(page.get_by_role("columnheader")).to_have_text(["Run", "Packagesnumpy"])
    expect(page.locator(".compare-table tbody td")).to_have_text(["2.0", "2.1"])


def test_what_of_an_address_cannot_be_shown_is_said_and_the_rest_shown(page: Page, address: str) -> None:
    page.goto(f"{address}#/compare?runs=no-such,{BASE},{OTHER},{BASE}")
    expect(page.get_by_role("alert")).to_contain_text("1 run cannot be shownThis site has no run no-such")
    expect(page.get_by_text("more than once")).to_be_visible()
    expect(page.locator("thead .run-heading")).to_have_count(2)
    page.get_by_role("button", name="Go on without").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    for runs in ("", BASE, "no-such"):
        page.goto(f"{address}#/compare?runs={runs}")
        expect(page.get_by_text("A comparison needs two runs")).to_be_visible()
    page.goto(f"{address}#/compare?runs={BASE}")
    expect(_row(page, "numpy").get_by_role("cell")).to_have_text(["2.0"])


def test_the_table_is_downloaded_as_it_is_shown(page: Page, address: str) -> None:
    page.goto(f"{address}#/compare?runs={BASE},{OTHER}&find=numpy")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    lines = list(csv.reader(io.StringIO(download.value.path().read_text(encoding="utf-8"))))
    assert lines == [["group", "task", "name", BASE, OTHER], ["packages", "", "numpy", "2.0", "2.1"]]


def test_curves_of_several_runs_lie_over_each_other(page: Page, address: str) -> None:
    page.goto(f"{address}#/compare?runs={BASE},{OTHER}")
    page.get_by_text("2 metrics with a history").click()
    figures = page.locator(".curves figure")
    expect(figures).to_have_count(2)
    expect(figures.first).to_contain_text("accuracy of train[size=400]")
    expect(figures.first.locator("canvas").first).to_be_visible()


def test_a_large_comparison_has_only_what_is_in_sight(page: Page, tmp_path: Path) -> None:
    runs, metrics = 40, 120
    ids = [f"20261121T06{at:02}00Z-{at:06x}" for at in range(runs)]
    for at, run_id in enumerate(ids):
        _run(tmp_path, run_id, {"train": {f"metric-{number}": [number + at / 100] for number in range(metrics)}}, None)
    build_site(tmp_path / "runs", tmp_path / "site", processes=1)
    page.goto(f"{(tmp_path / 'site/index.html').as_uri()}#/compare?runs={','.join(ids)}")
    table = page.locator(".compare-table")
    expect(table).to_have_attribute("aria-colcount", str(runs + 1))
    expect(_row(page, "metric-1").first).to_be_visible()
    assert table.locator("td").count() < runs * metrics / 4
    page.locator(".compare-box").evaluate(
        "box => { box.scrollIntoView(false); box.scrollTo(box.scrollWidth, box.scrollHeight); }"
    )
    cell = table.get_by_role("cell").filter(has_text=re.compile(r"^119\.39"))
    expect(cell).to_be_in_viewport()
    expect(cell).to_have_attribute("aria-colindex", str(runs + 1))
    expect(table.get_by_role("columnheader").last).to_be_in_viewport()
    expect(table.get_by_role("rowheader", name="metric-119")).to_be_in_viewport()
    page.get_by_label("Find a row").fill("metric-7")
    expect(table.locator("tbody tr.row")).to_have_count(11)


def test_a_notebook_diff_tells_changed_moved_added_and_equal_cells(page: Page, address: str) -> None:
    page.goto(f"{address}#/diff?task=ingest&runs={BASE},{OTHER}")
    expect(page.locator(".diff-counts")).to_have_text("1 changed, 1 moved, 1 added, 4 equal")
    expect(page.locator(".what-happened")).to_have_text(
        ["source, output and images changed", "moved from 2 to 6", "added"]
    )
    expect(page.locator(".equal-cells summary")).to_have_text([re.compile("4 equal cells")])
    changed = page.locator(".cell-diff").first
    source = changed.locator(".line-diff").first.locator(".diff-line")
    expect(source).to_have_text(
        [
            re.compile(r"−removed: rate = 0\.1"),
            re.compile(r"\+added: rate = 0\.2"),
            re.compile("size"),
            re.compile("load"),
        ]
    )
    expect(source.first.locator("mark")).to_have_text("1")
    images = changed.locator(".diff-pictures img")
    assert [image.get_attribute("src") for image in images.all()] == [
        f"data:image/png;base64,{RED}",
        f"data:image/png;base64,{BLUE}",
    ]


def test_what_a_notebook_puts_out_is_text_and_nothing_else(page: Page, address: str) -> None:
    page.goto(f"{address}#/diff?task=ingest&runs={BASE},{OTHER}")
    expect(page.get_by_text(f"loss 0.4 {ATTACK}")).to_be_visible()
    page.goto(f"{address}#/compare?runs={BASE},{OTHER}")
    expect(page.locator(".compare-table").get_by_text(ATTACK)).to_be_visible()
    page.goto(f"{address}#/sweep?axes=metric%3Atrain%5Bsize%3D600%5D%2F{ATTACK}|branch")
    expect(page.locator("#selected").get_by_role("table")).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    assert page.title() != "attacked"


def test_a_notebook_diff_may_leave_outputs_aside(page: Page, address: str) -> None:
    page.goto(f"{address}#/diff?task=ingest&runs={BASE},{OTHER}")
    page.get_by_label("Source only").click()
    expect(page.locator(".what-happened").first).to_have_text("source changed")
    expect(page.locator(".diff-pictures")).to_have_count(0)
    assert "outputs=0" in page.url


def test_two_tasks_of_one_run_can_be_set_against_each_other(page: Page, address: str) -> None:
    page.goto(f"{address}#/diff?tasks=train[size=400]|train[size=600]&runs={OTHER}")
    expect(page.locator(".diff-counts")).to_have_text("All 7 cells are equal.")
    page.get_by_role("link", name="Swap").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("train[size=600] → train[size=400]")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (f"task=ingest&runs={BASE},no-such", "This site has no such run"),
        (f"task=ingest&runs={BASE},{FAILED}", "The task left no notebook."),
        (f"task=nothing&runs={BASE},{OTHER}", "This run has no such task."),
        ("task=ingest", "The address must name a task and two runs."),
    ],
)
def test_a_notebook_that_is_not_there_is_said_to_be_missing(page: Page, address: str, query: str, said: str) -> None:
    page.goto(f"{address}#/diff?{query}")
    expect(page.get_by_text(said).first).to_be_visible()


def test_a_sweep_over_runs_lists_those_within_the_limits(page: Page, address: str) -> None:
    page.goto(f"{address}#/sweep")
    selected = page.locator("#selected")
    expect(selected.get_by_role("status")).to_have_text("3 runs")
    page.get_by_label("Across").select_option(label="nr_images")
    page.get_by_label("Up").select_option(label="accuracy · train[size=400]")
    expect(page.locator("#scatter").get_by_text("1 of 3 runs have no finite value")).to_be_visible()
    page.get_by_text("Limits as numbers").click()
    ratio = page.get_by_role("group", name="ratio")
    ratio.get_by_label("to").fill("0.65")
    ratio.get_by_label("to").press("Tab")
    expect(selected.get_by_role("status")).to_have_text("1 of 3 runs within the limits")
    expect(selected.get_by_role("link", name=re.compile("0000bb"))).to_be_visible()
    expect(page).to_have_url(re.compile("keep=0.6%7E0.65%7Eparameter%3Aratio"))
    page.reload()
    expect(selected.get_by_role("status")).to_have_text("1 of 3 runs within the limits")


def test_runs_of_a_sweep_are_sorted_chosen_and_compared(page: Page, address: str) -> None:
    page.goto(f"{address}#/sweep?q=result%3Asuccess")
    rows = page.locator("#selected tbody tr")
    page.locator("#selected").get_by_role("button", name="ratio").click()
    expect(rows.first).to_contain_text("0000aa")
    page.locator("#selected").get_by_role("button", name="ratio").click()
    expect(rows.first).to_contain_text("0000bb")
    expect(page.get_by_role("columnheader", name="ratio")).to_have_attribute("aria-sort", "ascending")
    rows.first.get_by_role("checkbox").click()
    expect(page.get_by_text("Choose another to compare")).to_be_visible()
    rows.last.get_by_role("checkbox").click()
    page.get_by_role("link", name="Compare 2 runs").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare 2 runs")


def test_a_sweep_over_the_tasks_of_one_run(page: Page, address: str) -> None:
    page.goto(f"{address}#/sweep?unit=tasks&run={BASE}")
    expect(page.get_by_role("combobox", name="Task")).to_have_value("train")
    rows = page.locator("#selected tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_have_text(re.compile(r"train\[size=400\]\s*400\s*0\.9\s*0\.5"))
    for box in rows.get_by_role("checkbox").all():
        box.click()
    page.get_by_role("link", name="Notebook diff").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("train[size=400] → train[size=600]")


def test_a_run_without_repeated_tasks_has_no_sweep(page: Page, address: str) -> None:
    page.goto(f"{address}#/sweep?unit=tasks&run={FAILED}")
    expect(page.get_by_text("No task of this run was run more than once")).to_be_visible()


@pytest.mark.parametrize(
    "place",
    [
        f"compare?runs={BASE},{OTHER},{FAILED}",
        f"compare?runs={BASE},{OTHER}&by=runs",
        f"diff?task=ingest&runs={BASE},{OTHER}",
        "sweep",
    ],
)
def test_a_phone_shows_each_page_without_scrolling_it_sideways(phone: Page, address: str, place: str) -> None:
    phone.goto(f"{address}#/{place}")
    expect(phone.get_by_role("heading", level=1)).to_be_visible()
    expect(phone.get_by_text("Loading")).to_have_count(0)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "place", [f"compare?runs={BASE},{OTHER},{FAILED}", f"diff?task=ingest&runs={BASE},{OTHER}", "sweep"]
)
def test_nothing_stands_in_the_way_of_those_who_cannot_see(
    browser: Browser, address: str, place: str, scheme: Any
) -> None:
    axe = Path(__file__).parents[2] / "ui/node_modules/axe-core/axe.min.js"
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{address}#/{place}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("Loading")).to_have_count(0)
    page.add_script_tag(path=axe)
    violations = page.evaluate("axe.run().then(({ violations }) => violations)")
    serious = [
        (found["id"], [node["html"] for node in found["nodes"]])
        for found in violations
        if found["impact"] in ("serious", "critical")
    ]
    context.close()
    assert serious == []
