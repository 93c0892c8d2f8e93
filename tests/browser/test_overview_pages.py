"""Histories, all metrics at a glance, the grid, pull requests and the site's health, in a real browser."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from io import StringIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from recording import START_NS, RunLogRecording
from strict_otlp import parse_strictly

from pynb_dag_runner.conventions import PARTIAL_SUFFIX, RUN_LOG_SUFFIX, RUN_LOG_VERSION, Result
from pynb_dag_runner.site.build import build_site

pytestmark = pytest.mark.system

TASKS = {"ingest": [], "train[size=600]": ["ingest"], "train[size=700]": ["ingest"], "summary": ["train[size=600]"]}
TRAIN = "train%5Bsize%3D600%5D"
VALUE = 0.654321
STRANGE = "<img src=x onerror=alert(1)>"
TIMES = re.compile(r'("\w*imeUnixNano":")(\d+)"')
FIRST = datetime(2026, 9, 1, 6, tzinfo=timezone.utc)
STEP_AT, MAIN_RUNS = 40, 52
PAGES = {
    "metric": f"#/metric?task={TRAIN}&name=accuracy",
    "metrics": "#/metrics",
    "grid": "#/grid",
    "pull request": "#/pr/12",
    "health": "#/health",
}
READY = {
    "metric": "#history .chart svg",
    "metrics": "#changed .sparkline",
    "grid": ".runs-grid button",
    "pull request": "#verdict-0 table",
    "health": "#counts table",
}


class History:
    """Run logs of a repository's runs: copies of one, each with its own id, times, facts and accuracy."""

    def __init__(self, folder: Path) -> None:
        self.runs = folder / "runs"
        self._number = 0
        self._texts = {result: _recorded(folder / result.value, result) for result in (Result.SUCCESS, Result.FAILURE)}

    def add(
        self, branch: str, accuracy: float, *, result: Result = Result.SUCCESS, environment: str = "ci", pr: str = ""
    ) -> Path:
        """Write the run log of the next run, a day after the one before."""
        start = FIRST + timedelta(days=self._number)
        self._number += 1
        run_id = f"{start:%Y%m%d-%H%M%S}-{self._number:03x}"
        move_ns = int(start.timestamp()) * 10**9 - START_NS
        facts = {"vcs.ref.head.name": branch, "vcs.ref.head.revision": f"{self._number:04x}" * 10}
        if pr:
            facts |= {"vcs.change.id": pr, "vcs.change.title": STRANGE}
            facts |= {"vcs.repository.url.full": "https://github.com/example/digits"}
        text = self._texts[result].replace("RUN_ID", run_id).replace(str(VALUE), repr(accuracy))
        text = text.replace(r"\"facts\": {}", rf"\"facts\": {_escaped(facts)}")
        text = text.replace(r"\"environment\": \"dev\"", rf"\"environment\": \"{environment}\"")
        path = self.runs / f"{run_id}{RUN_LOG_SUFFIX}"
        path.parent.mkdir(exist_ok=True)
        path.write_text(TIMES.sub(lambda match: f'{match[1]}{int(match[2]) + move_ns}"', text), encoding="utf-8")
        return path


def _recorded(folder: Path, result: Result) -> str:
    recording = RunLogRecording(folder, "RUN_ID", TASKS, RUN_LOG_VERSION)
    for task in TASKS:
        is_failed = task == "summary" and result is Result.FAILURE
        attempt = recording.attempt(task)
        if task.startswith("train"):
            attempt.metric("accuracy", VALUE)
            attempt.metric(STRANGE, 1.0)
        if is_failed:
            attempt.exception("KeyError", "'pixels'", "Traceback\nKeyError: 'pixels'", "notebooks/summary.py", 12)
        ended = Result.FAILURE if is_failed else Result.SUCCESS
        recording.end_attempt(task, 1, ended, "KeyError: 'pixels'" if is_failed else None)
        recording.end_task(task, ended)
    return recording.finish(result).read_text(encoding="utf-8")


def _escaped(value: object) -> str:
    """JSON inside a string of JSON."""
    return json.dumps(json.dumps(value))[1:-1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site: main gets worse for good; PR 12 fails, then ends far below main; runs of another environment; bad files."""
    folder = tmp_path_factory.mktemp("overview")
    history = History(folder)
    for number in range(MAIN_RUNS):
        level = 0.95 if number < STEP_AT else 0.91
        history.add("main", level + 0.001 * ((number * 7) % 5))
    history.add("idea", 0.2, environment="dev")
    history.add("main", 0.7, result=Result.FAILURE, pr="12")
    history.add("main", 0.7, pr="12")
    (history.runs / f"cut{RUN_LOG_SUFFIX}").write_text('{"resourceLogs": [')
    build_site(history.runs, folder / "site", processes=1)
    return folder


@pytest.fixture(params=["http", "file"])
def address(request: pytest.FixtureRequest, folder: Path, tmp_path: Path, serve: Callable[[Path], str]) -> str:
    """Of the site's page: under a sub-path of a server, and on disk."""
    if request.param == "file":
        return f"{(folder / 'site').as_uri()}/index.html"
    (tmp_path / "site").symlink_to(folder / "site", target_is_directory=True)
    return f"{serve(tmp_path / 'site')}/index.html"


@pytest.fixture
def file(folder: Path) -> str:
    """Address of the site's page on disk."""
    return f"{(folder / 'site').as_uri()}/index.html"


def downloaded(page: Page, button: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    return waiting.value.path().read_bytes()


def test_a_history_tells_in_words_since_which_run_a_metric_is_worse(address: str, page: Page) -> None:
    page.goto(f"{address}{PAGES['metric']}")
    flags = page.locator("#flags li")
    expect(flags).to_have_count(3)
    expect(flags.nth(0)).to_contain_text(re.compile(r"regression\s*PR 12, in the run of .*: 0\.7, usual 0\.9"))
    expect(flags.nth(2)).to_contain_text(
        re.compile(r"regression\s*since the run of .*: 0\.91\d* on average, usual 0\.9")
    )
    flags.nth(2).get_by_role("link").click()
    since = FIRST + timedelta(days=STEP_AT)
    expect(page).to_have_url(re.compile(f"#/run/{since:%Y%m%d}-"))


def test_a_history_has_one_environment_and_says_which(file: str, page: Page) -> None:
    page.goto(f"{file}{PAGES['metric']}")
    environment = page.get_by_label("Environment")
    expect(environment).to_have_value("ci")
    expect(page.locator("#history")).to_contain_text("The main branch is main.")
    environment.select_option("dev")
    expect(page).to_have_url(re.compile("environment=dev"))
    expect(page.locator("#history")).to_contain_text("There is no branch main or master: idea")
    page.get_by_label("Along").select_option("pr")
    expect(page).to_have_url(re.compile("x=pr"))
    expect(page.locator("#history")).to_contain_text("None of these runs belongs to a pull request")


def test_the_scale_stands_in_the_address(file: str, page: Page) -> None:
    page.goto(f"{file}{PAGES['metric']}")
    page.get_by_role("button", name="Log scale").click()
    expect(page).to_have_url(re.compile("log=1"))
    page.reload()
    expect(page.get_by_role("button", name=re.compile("Log scale"))).to_have_attribute("aria-pressed", "true")


def test_a_history_as_csv_has_every_run_and_leads_to_siblings(file: str, page: Page) -> None:
    page.goto(f"{file}{PAGES['metric']}")
    page.locator("#values > summary").click()
    lines = list(csv.DictReader(StringIO(downloaded(page, "CSV of").decode())))
    assert len(lines) == MAIN_RUNS + 2, "the runs of main and of the pull request, and not those of another environment"
    assert {line["environment"] for line in lines} == {"ci"}
    assert float(lines[0]["value"]) == pytest.approx(0.95)
    assert [line["pull_request"] for line in lines[-2:]] == ["12", "12"]
    page.locator("#siblings").get_by_role("link", name="train[size=700]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("accuracy of train[size=700]")


def test_all_metrics_are_found_by_name_and_what_changed_comes_first(address: str, page: Page) -> None:
    page.goto(f"{address}{PAGES['metrics']}")
    changed = page.locator("#changed")
    expect(changed).to_contain_text("2 metrics since the run of")
    expect(changed.locator("li")).to_have_count(2)
    expect(page.locator(".section .metric-tile")).to_have_count(6)
    page.get_by_label("Find a metric or task").fill("size=700")
    expect(page).to_have_url(re.compile("find=size%3D700"))
    expect(page.locator(".section:not(#changed) .metric-tile")).to_have_count(2)
    page.locator(".section:not(#changed)").get_by_role("link", name="accuracy").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("accuracy of train[size=700]")


def test_ten_thousand_metrics_stay_usable(tmp_path: Path, page: Page) -> None:
    recording = RunLogRecording(tmp_path, "20260901-060000-001", {"train": []}, RUN_LOG_VERSION)
    attempt = recording.attempt("train")
    for number in range(10_000):
        attempt.metric(f"m{number}", number)
    recording.end_attempt("train", 1, Result.SUCCESS)
    recording.end_task("train", Result.SUCCESS)
    recording.finish(Result.SUCCESS)
    build_site(tmp_path / "runs", tmp_path / "site", processes=1)
    page.goto(f"{(tmp_path / 'site').as_uri()}/index.html#/metrics")
    expect(page.get_by_text("10,000 metrics.", exact=False)).to_be_visible()
    page.get_by_role("button", name="Show all 10,000").click()
    expect(page.get_by_text("240 metrics are shown")).to_be_visible()
    assert page.locator(".metric-tile").count() == 240
    page.get_by_label("Find a metric or task").fill("m9999")
    expect(page.locator(".metric-tile")).to_have_count(1)


def test_the_grid_leads_to_a_task_of_a_run(address: str, page: Page) -> None:
    page.goto(f"{address}#/grid?q=pr:12")
    failed = page.get_by_role("button", name=re.compile("summary.*failure|failure.*summary"))
    expect(failed).to_have_count(1)
    failed.click()
    expect(page).to_have_url(re.compile(r"#/run/[\w-]+/task/summary"))
    page.goto(f"{address}#/grid?find=train")
    expect(page.get_by_role("button", name=re.compile("train")).first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("summary"))).to_have_count(0)


def test_a_pull_request_is_compared_with_main(address: str, page: Page) -> None:
    page.goto(f"{address}{PAGES['pull request']}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(STRANGE)
    newest = page.locator("#verdict-0")
    expect(newest).to_contain_text("2 metrics worse than usual")
    expect(newest.get_by_role("link", name="main's run of")).to_have_attribute(
        "href", re.compile(f"#/run/{FIRST + timedelta(days=MAIN_RUNS - 1):%Y%m%d}-")
    )
    expect(newest.get_by_role("table")).to_have_count(2)
    expect(newest.locator("section[aria-label='Metrics that differ'] tbody tr")).to_have_count(2)
    expect(page.locator("#runs tbody tr")).to_have_count(2)
    expect(page.get_by_role("link", name="Open it at GitHub")).to_have_attribute(
        "href", "https://github.com/example/digits/pull/12"
    )
    newest.get_by_role("link", name="Compare with its base").click()
    expect(page).to_have_url(re.compile(r"#/compare\?runs="))


def test_the_failed_run_of_a_pull_request_is_told_with_its_cause(file: str, page: Page) -> None:
    page.goto(f"{file}{PAGES['pull request']}")
    row = page.locator("#runs tbody tr").nth(1)
    expect(row).to_contain_text("failure")
    expect(row).to_contain_text("KeyError: 'pixels'")
    row.get_by_role("link", name="summary").click()
    expect(page.get_by_text("Traceback").first).to_be_visible()


@pytest.mark.parametrize("number", ["99", "%3Cscript%3E", "__proto__"])
def test_a_pull_request_without_runs_says_so(number: str, file: str, page: Page) -> None:
    page.goto(f"{file}#/pr/{number}")
    expect(page.get_by_text("There is no run of it here")).to_be_visible()


def test_health_tells_what_could_not_be_read_and_gives_all_metrics(address: str, page: Page) -> None:
    page.goto(f"{address}{PAGES['health']}")
    expect(page.locator("#unreadable tbody tr")).to_have_count(1)
    expect(page.locator("#unreadable tbody th")).to_have_text(f"cut{RUN_LOG_SUFFIX}")
    expect(page.locator("#size")).to_contain_text("of the 1 GB that GitHub Pages takes")
    expect(page.locator("#counts")).to_contain_text("1 without success")
    lines = list(csv.DictReader(StringIO(downloaded(page, "All metrics (CSV)").decode())))
    assert len(lines) == 4 * (MAIN_RUNS + 3)
    assert {line["metric"] for line in lines} == {"accuracy", STRANGE}
    runs = json.loads(downloaded(page, "All runs (JSON)"))
    assert len(runs) == MAIN_RUNS + 3
    assert {task["task"] for task in runs[0]["tasks"]} == set(TASKS)


def test_an_interrupted_run_is_among_those_that_have_not_ended(tmp_path: Path, page: Page) -> None:
    recording = RunLogRecording(tmp_path, "20260901-060000-001", {"ingest": []}, RUN_LOG_VERSION)
    recording.attempt("ingest")
    recording.close()
    assert recording.path.name.endswith(PARTIAL_SUFFIX)
    build_site(tmp_path / "runs", tmp_path / "site", processes=1)
    page.goto(f"{(tmp_path / 'site').as_uri()}/index.html#/health")
    expect(page.locator("#unfinished li")).to_contain_text("interrupted")


def test_a_downloaded_run_log_is_the_file_byte_for_byte(address: str, page: Page, folder: Path) -> None:
    log = sorted((folder / "runs").iterdir())[0]
    page.goto(f"{address}#/run/{log.name.removesuffix(RUN_LOG_SUFFIX)}")
    assert downloaded(page, "Run log") == log.read_bytes()


def test_downloaded_traces_are_all_spans_and_nothing_else(address: str, page: Page, folder: Path) -> None:
    log = sorted((folder / "runs").iterdir())[0]
    page.goto(f"{address}#/run/{log.name.removesuffix(RUN_LOG_SUFFIX)}")
    traces = downloaded(page, "Traces (OTLP)")
    expected = [line for line in log.read_bytes().splitlines(keepends=True) if b'"resourceSpans"' in line]
    assert traces == b"".join(expected)
    messages = [parse_strictly(line) for line in traces.splitlines()]
    names = [
        span.name
        for one in messages
        for part in one.resource_spans
        for scope in part.scope_spans
        for span in scope.spans
    ]
    assert len(names) == 2 * len(TASKS) + 1
    assert "RUN digits" in names


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A narrow page in dark colours."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme="dark")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_a_phone(name: str, file: str, phone: Page) -> None:
    phone.goto(f"{file}{PAGES[name]}")
    expect(phone.locator(READY[name]).first).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
