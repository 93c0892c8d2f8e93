"""What a stranger's pull request brings never acts on the site: attacks in a real browser, with a canary that listens."""

from __future__ import annotations

import csv
import json
import re
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from attacks import ARTIFACTS, HTML, TEXTS, armed
from canary import Canary
from mutants import MUTANTS, ORIGIN_WIDE, make
from playwright.sync_api import Browser, Page, expect
from script_attacks import ALONE, TOGETHER
from strangers_runs import ANOTHER, COLLECTED, NEIGHBOUR, PULL_REQUEST, all_names, neighbour_page, record_runs
from stroll import Site, read_everything, read_notebook, run_scripts, stroll

from pynb_dag_runner.site.build import build_site
from pynb_dag_runner.site.scripts import script

SCRIPT_STRINGS = [
    "');alert(1);('",
    "\\');alert(1);(\\'",
    "\\",
    "\\x3c/script> \\u2028",
    "</script ><script>self.stranger=1</script>",
    "<!--<script>",
    "\u2028\u2029\ufeff\x00\x7f\r\n",
    "\ud800 alone \udfff",
    "${self.stranger=1}`",
]

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    """Listens for as long as the tests take."""
    listening = Canary()
    yield listening
    listening.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, canary: Canary) -> Path:
    """The site of a stranger's runs."""
    place = tmp_path_factory.mktemp("stranger")
    record_runs(place, canary)
    build_site(place / "runs", place / "owner" / "repository", processes=1)
    (place / "owner" / NEIGHBOUR).write_text(neighbour_page(canary))
    return place / "owner" / "repository"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    """The address of the folder two floors above the site, whose sub-path is that of GitHub Pages."""
    handler = partial(_Quiet, directory=str(folder.parents[1]))
    listening = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    listening.server_close()
    thread.join()


@pytest.fixture(params=["http", "file"])
def address(request: pytest.FixtureRequest, server: str, folder: Path) -> str:
    """Of the folder with sites: over HTTP, and as a file."""
    return server if request.param == "http" else folder.parents[1].as_uri()


@pytest.fixture
def hostile(address: str, canary: Canary) -> Site:
    """That site over HTTP under a sub-path, and opened as a file."""
    return Site(f"{address}/owner/repository", canary)


def test_that_attacks_are_many() -> None:
    names = all_names()
    assert len(names) == len(set(names)) >= 60


def test_that_what_github_hands_on_is_on_the_site(page: Page, hostile: Site) -> None:
    page.goto(hostile.page("health"))
    page.locator("#unreadable").get_by_role("button", name="Show all").click()
    expect(page.locator("#unreadable")).to_contain_text("/refused-text-img onerror=")
    page.goto(hostile.page("run", COLLECTED[0]))
    expect(page.locator(".facts").first).to_contain_text("/origin-text-img onerror=")
    expect(page.locator("h1 .fork")).to_be_visible()


def test_that_reading_is_safe(browser: Browser, hostile: Site) -> None:
    names = [armed(text, name, hostile.canary) for name, text in TEXTS.items() if name != "text-emoji"]
    assert read_everything(browser, hostile, names) == []


def test_that_scripts_which_the_reader_runs_stay_within_their_frame(browser: Browser, hostile: Site) -> None:
    assert run_scripts(browser, hostile, ["html", "words", "together", *ALONE], TOGETHER) == []


@pytest.mark.parametrize("run", [PULL_REQUEST, ANOTHER])
def test_that_no_notebook_runs_scripts_by_itself(browser: Browser, hostile: Site, run: str) -> None:
    # Whether a run is of a pull request is what a stranger's run log says.
    assert read_notebook(browser, hostile, run) == []


@pytest.mark.parametrize("name", MUTANTS)
def test_that_each_wall_is_needed(
    browser: Browser, folder: Path, address: str, canary: Canary, name: str, tmp_path: Path
) -> None:
    mutant = MUTANTS[name]
    copy = make(mutant, folder, folder.parent / tmp_path.name)
    site = Site(f"{address}/owner/{copy.name}", canary)
    if mutant.takes_scripts:
        found = run_scripts(browser, site, ["together", "peer-in-frame", "leave-for-data"], TOGETHER)
    else:
        found = read_notebook(browser, site)
    shutil.rmtree(copy)
    assert [words for words in found if words.startswith(mutant.finds)] != [], found


def test_that_a_neighbour_of_the_same_origin_is_no_way_out(
    browser: Browser, folder: Path, server: str, canary: Canary, tmp_path: Path
) -> None:
    copy = make(ORIGIN_WIDE, folder, folder.parent / tmp_path.name)
    found = run_scripts(browser, Site(f"{server}/owner/{copy.name}", canary), ["leave-for-neighbour"])
    assert set(ORIGIN_WIDE.finds) <= set(found)
    assert run_scripts(browser, Site(f"{server}/owner/repository", canary), ["leave-for-neighbour"]) == []


@pytest.mark.parametrize("name", ["viewer.html", "viewer-scripts.html"])
@pytest.mark.parametrize(
    ("sandbox", "is_shown"),
    [("", False), ('sandbox="allow-scripts allow-same-origin"', False), ('sandbox="allow-scripts"', True)],
    ids=["no sandbox", "own origin", "sandbox"],
)
def test_that_the_viewer_shows_nothing_outside_of_a_sandbox(
    page: Page, folder: Path, hostile: Site, name: str, sandbox: str, is_shown: bool
) -> None:
    (folder.parent / "framing.html").write_text(
        f"""<!doctype html><iframe src="repository/{name}" {sandbox}></iframe><script>
        const frame = document.querySelector("iframe");
        const show = {{ kind: "show", html: "<p>shown</p>", theme: "light", hideCode: false }};
        frame.addEventListener("load", () => frame.contentWindow.postMessage(show, "*"));
        </script>"""
    )
    page.goto(f"{hostile.address.removesuffix('/repository')}/framing.html")
    words = page.frame_locator("iframe").locator("main")
    expect(words).to_have_text(
        "shown" if is_shown else "This page is a part of the tracker, and shows something only within it."
    )


def test_that_only_its_own_frame_can_talk_to_the_page(browser: Browser, hostile: Site) -> None:
    context = browser.new_context()
    other = context.new_page()
    other.goto(hostile.page("health"))
    with context.expect_page() as opened:
        other.evaluate("address => { self.tracker = open(address) }", hostile.page("run", PULL_REQUEST, "task", "html"))
    page = opened.value
    frame = page.frame_locator("iframe")
    frame.locator("main[data-shown]").wait_for(state="attached")
    forged = """window => {
      for (const message of [{ kind: "height", height: 4321 }, { kind: "link", href: "https://example.org" }, { kind: "ready" }]) {
        window.postMessage(message, "*");
      }
    }"""
    other.evaluate(f"() => ({forged})(self.tracker)")
    page.evaluate(f"() => ({forged})(self)")
    page.wait_for_timeout(300)
    assert page.locator("iframe").get_attribute("height") != "4321"
    assert page.locator(".link-bar").count() == 0
    context.close()


@pytest.mark.parametrize("key", ["..", "%2e%2e", "..%2F..%2Fdata", ".%2F", "%2F%2F127.0.0.1", "x%2F..%2F.."])
def test_that_no_address_makes_the_page_load_what_is_no_data_of_a_run(
    browser: Browser, folder: Path, hostile: Site, key: str
) -> None:
    for place in ("data", "data/runs/data", "data/runs"):
        (folder / place).mkdir(exist_ok=True)
        (folder / place / "run.js").write_text("self.stranger = 'what an address led to'")
    with stroll(browser, hostile) as reader:
        asked: list[str] = []
        reader.context.on("request", lambda request: asked.append(request.url))
        page = reader.open(f"{hostile.address}/index.html#/run/{key}")
        expect(page.get_by_text("There is no such run here")).to_be_visible()
        reader.look(page, page.url)
    assert reader.found == []
    assert [url for url in asked if url.endswith("run.js")] == []


def test_that_files_are_handed_over_as_files(browser: Browser, hostile: Site) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(hostile.page("run", PULL_REQUEST, "task", "files"))
    buttons = page.locator("#artifacts").get_by_role("button", name="Download")
    buttons.last.wait_for()
    names = []
    for button in buttons.all():
        with page.expect_download() as started:
            button.click()
        names.append(started.value.suggested_filename)
        page.wait_for_timeout(120)  # Chromium drops what exceeds ten downloads a second
        assert not re.search(r"[/\\\x00-\x1f\x7f<>:\"|?*\u202a-\u202e\u2066-\u2069]|^\.", names[-1]), names
    assert len(names) == 1 + len(ARTIFACTS)
    assert {"evil.html", "bashrc", "-gpj.exe", "__proto__"} <= set(names)
    context.close()


def test_that_a_spreadsheet_gets_no_formulas(browser: Browser, hostile: Site) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(hostile.page())
    with page.expect_download() as started:
        page.get_by_role("button", name="CSV").click()
    fields = [field for row in csv.reader(started.value.path().read_text("utf-8").splitlines(True)) for field in row]
    context.close()
    assert any(field.startswith("'=HYPERLINK") for field in fields)
    assert any(field.startswith("'@SUM") for field in fields)
    assert [field for field in fields if re.match(r"[=+\-@\t\r]", field)] == []


def test_that_a_preview_is_text(browser: Browser, hostile: Site) -> None:
    hostile.canary.forget()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for run in (PULL_REQUEST, ANOTHER):
        page.goto(f"{hostile.address}/r/{run}/index.html")
        expect(page.get_by_text("<img src=http://").first).to_be_visible()
        assert page.locator("img, iframe, link, style, svg, form, base, [onerror], script[src]").count() == 0
        assert page.locator("a").count() == 1
    context.close()
    assert hostile.canary.hits == []


@pytest.mark.parametrize("place", ["file", "element"])
def test_that_data_arrives_as_it_was(page: Page, tmp_path: Path, place: str) -> None:
    texts = [*TEXTS.values(), *HTML.values(), *SCRIPT_STRINGS]
    value = {text: [text, {text: text}] for text in texts}
    data = script("run", "a-1", {"value": value, "texts": texts})
    (tmp_path / "data.js").write_bytes(data)
    inline = data.decode() if place == "element" else ""
    (tmp_path / "page.html").write_text(
        "<!doctype html><meta charset=utf-8><script>self.pdr = { add: (...given) => { self.given = given } }</script>"
        f"<script{'' if inline else ' src=data.js'}>{inline}</script>",
        encoding="utf-8",
    )
    page.goto((tmp_path / "page.html").as_uri())
    said = page.evaluate(
        "() => JSON.stringify(self.given).replace(/[^ -~]/g, (c) => '\\\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'))"
    )
    assert json.loads(said) == ["run", "a-1", {"value": value, "texts": texts}]
    assert page.evaluate("() => [self.stranger, {}.stranger, document.scripts.length]") == [None, None, 2]
