"""Runs that were collected from GitHub and kept for good: who ran what, what expired, and runs that are not there."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from collected import FIRST, FORK, TITLE, Collected
from history import GOOD, TRAIN, write_run
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from site_reading import payload, read_site

from pynb_dag_runner.conventions import ResourceAttribute
from pynb_dag_runner.github.addresses import task_url
from pynb_dag_runner.site.build import BUNDLE, build_site
from pynb_dag_runner.site.scripts import script

pytestmark = pytest.mark.system

AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
TASK = quote(TRAIN, safe="")
HOME = "https://github.com/owner/digits"

DETAILS, DETAILS_FAILED, MEDIA, MEDIA_FAILED, MAIN, DAILY, FAILED, CANCELLED, RETRIED = (
    f"{19_000_000_000 + number}-{attempt}" for number, attempt in [*((at, 1) for at in range(1, 9)), (9, 2)]
)
EXPIRED = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
UNKNOWN = "19000000077-1"
LOCAL = "20261013T120000Z-00000c"
SCHEDULED_UNTIL = FIRST + timedelta(days=7)

PAGES = {
    "runs": "#/",
    "fork": f"#/run/{FAILED}",
    "fork's task": f"#/run/{FAILED}/task/{TASK}",
    "cancelled": f"#/run/{CANCELLED}",
    "media": f"#/run/{MEDIA}",
    "media, task": f"#/run/{MEDIA}/task/{TASK}",
    "media, failed": f"#/run/{MEDIA_FAILED}",
    "details": f"#/run/{DETAILS}",
    "details, task": f"#/run/{DETAILS}/task/{TASK}",
    "details, failed": f"#/run/{DETAILS_FAILED}",
    "details, failed task": f"#/run/{DETAILS_FAILED}/task/{TASK}",
    "compare": f"#/compare?runs={MAIN},{MEDIA},{DETAILS}",
    "notebook diff": f"#/diff?task={TASK}&runs={MEDIA},{DETAILS}",
    "metric": f"#/metric?task={TASK}&name=accuracy",
    "grid": "#/grid",
    "sweep": f"#/sweep?run={DETAILS}",
    "pull request": "#/pr/12",
    "health": "#/health",
    "unknown": f"#/run/{UNKNOWN}",
}
# The others look as they do without GitHub.
LOOKED_AT = ["runs", "fork", "media, task", "details, task", "details, failed", "pull request", "health", "unknown"]


def publish(runs: Collected) -> Path:
    """The site of a repository: daily runs of main, of which four have expired in part, and a fork's pull request 12."""
    site = runs.folder.parent / "site"
    made = [runs.scheduled(0), runs.scheduled(1, "exception")]
    _build(runs, site, 0)
    made += [runs.scheduled(2), runs.scheduled(3, "exception"), runs.scheduled(4)]
    for _ in (MEDIA, MEDIA_FAILED):
        _build(runs, site, _build(runs, site) - 1)
    made += [runs.scheduled(5), runs.forked(8, "exception"), runs.scheduled(7, "interrupted")]
    made += [runs.forked(9, "good", run_attempt=2)]
    assert made == [DETAILS, DETAILS_FAILED, MEDIA, MEDIA_FAILED, MAIN, DAILY, FAILED, CANCELLED, RETRIED]
    write_run(
        runs.folder.parent, LOCAL, "good", {ResourceAttribute.GITHUB_EVENT: "push", ResourceAttribute.CHANGE_ID: "7"}
    )
    (runs.folder.parent / "runs" / f"{LOCAL}.otlp.jsonl").rename(runs.folder / f"{LOCAL}.otlp.jsonl")
    _build(runs, site)
    return site


def _build(runs: Collected, site: Path, most_bytes: int | None = None) -> int:
    """Bring the site up to date; gives its size with the front end."""
    now_ms = int(EXPIRED.timestamp() * 1000)
    report = build_site(runs.folder, site, most_bytes=most_bytes, processes=1, now_ms=now_ms)
    return report.size_bytes + sum(path.stat().st_size for path in BUNDLE.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Collected:
    """Run logs as they were collected."""
    return Collected(tmp_path_factory.mktemp("history"))


@pytest.fixture(scope="module")
def folder(runs: Collected) -> Path:
    """Their site."""
    site = publish(runs)
    data = read_site(site)
    levels = {
        run: (data["run", run]["pruned"] or {}).get("level") for run in (MAIN, MEDIA, MEDIA_FAILED, DETAILS, FAILED)
    }
    assert levels == {MAIN: None, MEDIA: "media", MEDIA_FAILED: "media", DETAILS: "details", FAILED: None}
    return site


@pytest.fixture(params=["file", "http"])
def index(request: pytest.FixtureRequest, folder: Path, serve: Callable[[Path], str]) -> str:
    """The address of index.html, opened as a file and served under a sub-path."""
    return (folder / "index.html").as_uri() if request.param == "file" else f"{serve(folder)}/index.html"


@pytest.fixture
def file(folder: Path) -> str:
    """The address of index.html on disk."""
    return (folder / "index.html").as_uri()


@pytest.fixture(params=[360, 390])
def phone(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A narrow page in a fresh profile."""
    context = browser.new_context(viewport={"width": request.param, "height": 844}, has_touch=True, is_mobile=True)
    yield context.new_page()
    context.close()


def open_page(page: Page, address: str) -> Locator:
    """Go to a page, wait until it is drawn, and give its content."""
    page.goto(address)
    page.wait_for_selector("main h1, main .notice", state="attached")
    expect(page.locator("main p:visible", has_text="Loading")).to_have_count(0)
    return page.locator("main")


def fact(page: Page, name: str) -> Locator:
    """The value of a fact in the head of a page."""
    return page.locator(".facts").first.locator("div", has=page.get_by_text(name, exact=True)).locator("dd")


def links_to(within: Locator) -> set[str]:
    """The addresses outside of the site that a part of a page leads to."""
    return set(within.locator("a[href^=http]").evaluate_all("links => links.map((link) => link.href)"))


def test_a_run_says_what_github_says_of_it_and_nothing_that_its_log_claims(
    index: str, page: Page, runs: Collected
) -> None:
    main = open_page(page, f"{index}#/run/{FAILED}")
    expect(page.locator("h1 .fork")).to_have_text("from a fork")
    expect(fact(page, "Branch")).to_have_text(f"main of {FORK}")
    expect(fact(page, "Pull request")).to_have_text(f"#12 {TITLE}")
    expect(fact(page, "Trigger")).to_have_text("pull request")
    expect(fact(page, "Started by")).to_have_text("someone")
    expect(fact(page, "Workflow")).to_have_text("pipeline.yml")
    expect(fact(page, "In its run log")).to_have_text(runs.own_ids[FAILED])
    expect(fact(page, "Known from")).to_have_text("GitHub")
    expect(fact(page, "The job ended as")).to_have_count(0)
    number = FAILED.split("-")[0]
    assert links_to(page.locator(".facts").first) == {
        f"https://github.com/{FORK}",
        f"{HOME}/commit/{f'{int(number):x}'.rjust(40, 'a')}",
        f"{HOME}/pull/12",
        f"{HOME}/actions/workflows/pipeline.yml",
        f"{HOME}/actions/runs/{number}/attempts/1",
    }
    assert "claimed" not in main.inner_html()


def test_a_run_that_nobody_collected_says_that_its_log_alone_says_so(index: str, page: Page) -> None:
    open_page(page, f"{index}#/run/{LOCAL}")
    expect(fact(page, "Known from")).to_have_text("the run log itself")
    expect(fact(page, "Pull request")).to_contain_text("#7")
    expect(page.locator(".fork")).to_have_count(0)


def test_a_job_that_ended_otherwise_than_its_run_says_how(file: str, page: Page) -> None:
    open_page(page, f"{file}#/run/{CANCELLED}")
    expect(page.locator("h1 .badge")).to_have_text("interrupted")
    expect(fact(page, "The job ended as")).to_have_text("cancelled")
    expect(page.locator(".failure-panel")).to_contain_text("Its job was cancelled at GitHub.")


def test_the_runs_table_marks_what_comes_from_a_fork_and_is_newest_first(file: str, page: Page) -> None:
    open_page(page, f"{file}#/")
    marked = page.locator("tr[data-row]", has=page.locator(".fork"))
    expect(marked).to_have_count(2)
    expect(marked.first).to_contain_text("someone:main")
    expect(marked.first.get_by_role("link", name="#12")).to_be_visible()
    order = [RETRIED, FAILED, CANCELLED, DAILY, MAIN, MEDIA_FAILED, MEDIA, DETAILS_FAILED, DETAILS, LOCAL]
    shown = page.locator("tr[data-row] th a").evaluate_all("links => links.map((link) => link.hash)")
    assert shown == [f"#/run/{run}" for run in order]


def test_a_pull_request_of_a_fork_is_compared_with_main_and_leads_to_github(index: str, page: Page) -> None:
    main = open_page(page, f"{index}#/pr/12")
    expect(page.locator("h1")).to_contain_text(f"Pull request 12{TITLE}")
    expect(page.locator("h1 .fork")).to_be_visible()
    expect(main).to_contain_text(f"Branch main of {FORK}")
    # Main was run after it, too: a merge changes nothing here.
    expect(page.locator("#verdict-0")).to_contain_text("Its base: main's run of")
    base = page.locator("#verdict-0").get_by_role("link", name=re.compile("main's run of"))
    assert (base.get_attribute("href") or "") == f"#/run/{DAILY}"
    expect(page.locator("#runs tbody tr")).to_have_count(2)
    expect(page.locator("#runs .fork")).to_have_count(2)
    assert {f"{HOME}/pull/12", f"{HOME}/pull/12/files", f"https://github.com/{FORK}"} <= links_to(main)


def test_a_pull_request_that_a_run_log_only_claims_has_no_runs(file: str, page: Page) -> None:
    open_page(page, f"{file}#/pr/99")
    expect(page.get_by_text("There is no run of it here")).to_be_visible()


def test_an_annotations_link_shows_the_traceback_at_once(index: str, phone: Page) -> None:
    open_page(phone, task_url(index, FAILED, TRAIN))
    expect(phone.locator("h1 .badge")).to_have_text("failure")
    traceback = phone.get_by_label("Traceback")
    expect(traceback).to_contain_text("Cell In[3], line 2")
    expect(traceback).to_be_in_viewport(ratio=1)
    expect(phone.get_by_text("notebooks/train.py:12")).to_be_in_viewport()
    expect(phone.locator("h1 .fork")).to_be_in_viewport()


def test_the_first_screen_of_a_failed_run_says_what_failed_and_where(index: str, phone: Page) -> None:
    open_page(phone, f"{index}#/run/{FAILED}")
    panel = phone.locator(".failure-panel")
    for words in (TRAIN, "notebooks/train.py:12", "KeyError: 'pixels'"):
        expect(panel.get_by_text(words).first).to_be_in_viewport()
    expect(phone.get_by_label("Traceback")).to_be_in_viewport()


@pytest.mark.parametrize("task", ["", f"/task/{TASK}"])
def test_a_run_that_is_not_published_yet_leads_to_its_job(index: str, page: Page, task: str) -> None:
    main = open_page(page, f"{index}#/run/{UNKNOWN}{task}")
    expect(main).to_contain_text("There is no such run here yet")
    expect(main).to_contain_text("wait to be published")
    job = page.get_by_role("link", name="The job at GitHub")
    expect(job).to_have_attribute("href", f"{HOME}/actions/runs/19000000077/attempts/1")
    expect(page.get_by_role("button", name="Look again")).to_be_visible()


def test_an_attempt_that_is_not_there_leads_to_the_others(file: str, page: Page) -> None:
    open_page(page, f"{file}#/run/{RETRIED.replace('-2', '-1')}")
    page.get_by_role("link", name=RETRIED).click()
    expect(page.locator("h1 .badge")).to_have_text("success")


def test_no_job_is_guessed_where_no_run_comes_from_github(tmp_path: Path, page: Page) -> None:
    write_run(tmp_path, GOOD, "good", {ResourceAttribute.REPOSITORY_URL: "https://example.org/claimed"})
    build_site(tmp_path / "runs", tmp_path / "site", processes=1)
    open_page(page, f"{(tmp_path / 'site').as_uri()}/index.html#/run/{UNKNOWN}")
    expect(page.get_by_text("There is no such run here yet")).to_be_visible()
    expect(page.get_by_role("link", name="The job at GitHub")).to_have_count(0)


@pytest.mark.parametrize("rest", ["", f"/task/{TASK}?attempt=1"])
def test_what_a_log_calls_its_run_leads_to_it(index: str, page: Page, runs: Collected, rest: str) -> None:
    page.goto(f"{index}#/run/{runs.own_ids[FAILED]}{rest}")
    expect(page).to_have_url(f"{index}#/run/{FAILED}{rest}")
    expect(page.get_by_label("Traceback").first).to_be_visible()


def test_a_run_without_media_keeps_all_else(index: str, page: Page) -> None:
    failed = watched(page)
    open_page(page, f"{index}#/run/{MEDIA}")
    expired = "expired on 2026-11-20: removed to keep the site within its size."
    expect(page.locator(".actions").first).to_contain_text(expired)
    expect(page.locator("#figures")).to_contain_text(expired)
    expect(page.get_by_role("button", name=re.compile("Run log|Traces"))).to_have_count(0)
    expect(page.locator("#about")).to_contain_text("Packages")
    open_page(page, f"{index}#/run/{MEDIA}/task/{TASK}")
    for part in ("notebook", "artifacts", "records"):
        expect(page.locator(f"#{part}")).to_contain_text(expired)
    expect(page.locator("#log")).to_contain_text("line 5")
    expect(page.locator("#metrics .curves figure")).to_have_count(1)
    expect(page.locator("#metrics")).to_contain_text("confusion")
    expect(page.locator("#artifacts button")).to_have_count(0)
    assert failed == []


def test_a_failed_run_without_media_keeps_its_traceback(file: str, page: Page) -> None:
    open_page(page, f"{file}#/run/{MEDIA_FAILED}")
    expect(page.get_by_label("Traceback")).to_contain_text("Cell In[3], line 2")
    expect(page.get_by_label("Last lines of the log")).to_contain_text("600 images")
    expect(page.get_by_role("link", name="Open its notebook")).to_have_count(0)


def test_of_a_run_without_details_a_summary_is_left(index: str, page: Page) -> None:
    failed = watched(page)
    main = open_page(page, f"{index}#/run/{DETAILS}")
    expect(main).to_contain_text("A summary of this run is left")
    expect(page.locator("#tasks")).to_contain_text("accuracy 0.97")
    expect(page.locator("#timeline")).to_contain_text("train")
    expect(page.locator("#about")).to_contain_text("The list of packages expired on")
    open_page(page, f"{index}#/run/{DETAILS}/task/{TASK}")
    expect(page.locator("#metrics .tiles")).to_contain_text("0.97")
    for part in ("metrics", "notebook", "artifacts", "log", "records"):
        expect(page.locator(f"#{part}")).to_contain_text("expired on 2026-11-20")
    assert failed == []


def test_a_failed_run_without_details_still_says_why(index: str, page: Page) -> None:
    open_page(page, f"{index}#/run/{DETAILS_FAILED}")
    panel = page.locator(".failure-panel")
    expect(panel).to_contain_text("KeyError: 'pixels'")
    expect(panel).to_contain_text("Its traceback and what it printed expired on")
    expect(panel).to_contain_text("Not run because of this: summary")


def watched(page: Page) -> list[str]:
    """What the page asks for in vain from now on."""
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    return failed


@pytest.mark.parametrize("name", [name for name in PAGES if name != "unknown"])
def test_nothing_that_expired_is_asked_for(file: str, page: Page, name: str) -> None:
    failed = watched(page)
    open_page(page, f"{file}{PAGES[name]}")
    closed = page.locator("main details.section:not([open]) > summary")
    while closed.count() > 0:
        closed.first.click()
    page.mouse.wheel(0, 3_000)
    page.wait_for_timeout(300)
    expect(page.locator(".failure-text, .notice-failure")).to_have_count(0)
    assert failed == []


def test_expired_notebooks_and_packages_are_no_differences(file: str, page: Page) -> None:
    open_page(page, f"{file}#/compare?runs={MAIN},{DETAILS}")
    expect(page.locator("main")).to_contain_text("Packages and curves of 1 run have expired")
    expect(page.locator("main")).not_to_contain_text("numpy")
    open_page(page, f"{file}#/diff?task={TASK}&runs={MEDIA},{MAIN}")
    expect(page.get_by_label("Before")).to_contain_text("The notebook expired on 2026-11-20")


def test_a_metrics_history_is_whole(file: str, page: Page, folder: Path) -> None:
    open_page(page, f"{file}#/metric?task={TASK}&name=accuracy")
    page.locator("#values > summary").click()
    values = page.locator("#values tbody tr")
    for run in (MAIN, MEDIA, DETAILS, DAILY, RETRIED):
        expect(values.locator(f"a[href='#/run/{run}']").first).to_be_attached()


@pytest.mark.parametrize(("days", "is_late"), [(1.9, False), (5.2, True)])
def test_health_says_when_daily_runs_have_stopped(index: str, page: Page, days: float, is_late: bool) -> None:
    page.clock.set_fixed_time(SCHEDULED_UNTIL + timedelta(days=days))
    main = open_page(page, f"{index}#/health")
    expect(fact(page, "Last scheduled run")).to_have_text(f"{int(days)} day{'s' if int(days) > 1 else ''} ago")
    notice = page.locator(".notice", has_text="No scheduled run")
    expect(notice).to_have_count(int(is_late))
    if is_late:
        expect(notice).to_contain_text("No scheduled run for 5 days")
        expect(notice).to_contain_text("Actions, Daily, Enable workflow")
        assert links_to(main) == {f"{HOME}/actions/workflows/daily.yml"}


def test_health_says_how_many_runs_have_expired_parts(file: str, page: Page) -> None:
    open_page(page, f"{file}#/health")
    size = page.locator("#size")
    expect(size).to_contain_text("Of 10 runs, 4 runs have expired parts")
    expect(size).to_contain_text("2 runs without notebooks, figures, artifacts and run log")
    expect(size).to_contain_text("2 runs with a summary alone")


@pytest.mark.parametrize("name", LOOKED_AT)
def test_no_page_is_wider_than_a_phone(phone: Page, file: str, name: str) -> None:
    open_page(phone, f"{file}{PAGES[name]}")
    size: Any = phone.viewport_size
    assert phone.evaluate("document.documentElement.scrollWidth") <= size["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", LOOKED_AT)
def test_nothing_stands_in_the_way_of_those_who_cannot_see(browser: Browser, file: str, name: str, scheme: Any) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    page = late(context)
    open_page(page, f"{file}{PAGES[name]}")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, { iframes: false })")
    serious = [
        (violation["id"], [node["html"] for node in violation["nodes"]])
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
    context.close()
    assert serious == []


def late(context: BrowserContext) -> Page:
    """A page of a time at which the daily runs have stopped."""
    page = context.new_page()
    page.clock.set_fixed_time(SCHEDULED_UNTIL + timedelta(days=30))
    return page


@pytest.mark.parametrize("place", ["#/", f"#/run/{MAIN}", f"#/run/{MAIN}/task/{TASK}", "#/pr/7", "#/health"])
def test_a_site_of_an_earlier_version_can_be_read(tmp_path: Path, folder: Path, page: Page, place: str) -> None:
    old = older(folder, tmp_path / "site")
    main = open_page(page, f"{(old / 'index.html').as_uri()}{place}")
    expect(page.locator(".failure-text, .notice-failure, .fork")).to_have_count(0)
    assert main.inner_text().strip() != ""


def older(site: Path, to: Path) -> Path:
    """A copy of the site as it was written before there were origins and expired parts."""
    shutil.copytree(site, to)
    for path in (to / "data" / "runs").glob("*/run.js"):
        _without(path, "origin", "pruned")
    for path in (to / "data" / "index").glob("*.js"):
        _without(path, "fork")
    _without(to / "data" / "manifest.js", "pruned", within="sizes")
    return to


def _without(path: Path, *names: str, within: str | None = None) -> None:
    kind, key, value = payload(path.read_bytes())
    for name in names:
        del (value if within is None else value[within])[name]
    value.get("log", {}).pop("run_id", None)
    path.write_bytes(script(kind, key, value))
