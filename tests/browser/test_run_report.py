"""The run report in a real browser: with scripts and without, over file:// and http, under attack, and as it looks."""

from __future__ import annotations

import http.server
import re
import socketserver
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, FloatRect, Locator, Page, Request
from recording import StartRecording
from report_page import base64_text, code, display, error, ipynb, markdown, png, stream

from pynb_dag_runner.cli.main import main
from pynb_dag_runner.conventions import ArtifactKind, Result
from pynb_dag_runner.runlog.attempt_log import AttemptLog

REPOSITORY = Path(__file__).parents[2]
AXE = REPOSITORY / "ui" / "node_modules" / "axe-core" / "axe.min.js"

HTML_ATTACKS = [
    "<script>fetch('CANARY/script'); parent.document.title='taken'; top.location='CANARY/top'; alert(1)</script>",
    "<script src='CANARY/src'></script>",
    '<script type=\'speculationrules\'>{"prefetch":[{"source":"list","urls":["CANARY/rules"]}]}</script>',
    "<img src='CANARY/img' onerror='alert(2)' onload='alert(2)'>",
    "<img srcset='CANARY/srcset 1x'><picture><source srcset='CANARY/picture'><img></picture>",
    "<svg onload='alert(3)'><image href='CANARY/svg-image'/><use href='CANARY/use#a'/></svg>",
    "<svg><filter id=f><feImage href='CANARY/fe'/></filter><rect width=9 height=9 filter='url(#f)'/></svg>",
    "<svg><a xlink:href='javascript:alert(4)'><text y=20>press</text></a></svg>",
    "<iframe src='CANARY/iframe'></iframe><iframe srcdoc=\"<script>top.location='CANARY/inner'</script>\"></iframe>",
    "<object data='CANARY/object'></object><embed src='CANARY/embed'>",
    "<link rel='stylesheet' href='CANARY/css'><link rel='icon' href='CANARY/icon'>",
    "<link rel='preconnect' href='CANARY/'><link rel='dns-prefetch' href='CANARY/'>",
    "<link rel='prefetch' href='CANARY/prefetch'><link rel='preload' as='image' href='CANARY/preload'>",
    "<link rel='modulepreload' href='CANARY/module'><link rel='manifest' href='CANARY/manifest'>",
    "<meta http-equiv='refresh' content='0;url=CANARY/refresh'>",
    "<meta http-equiv='Content-Security-Policy' content=\"default-src * 'unsafe-inline'\"><img src='CANARY/csp'>",
    "<base href='CANARY/base/'><img src='relative'><a href='x'>press</a>",
    "<form action='CANARY/form' method=post><input name=a autofocus onfocus='this.form.submit()'><button>press</button></form>",
    "<input type=image src='CANARY/input'><body background='CANARY/body'><table background='CANARY/table'>",
    "<style>@import url(CANARY/import); b{background:url(CANARY/style)} @font-face{font-family:f;src:url(CANARY/font)} "
    "b{font-family:f;content:image-set('CANARY/set' 1x);cursor:url(CANARY/cursor),auto}</style><b>text</b>",
    "<p style=\"background:url('CANARY/attribute')\">text",
    "<video src='CANARY/video' poster='CANARY/poster' autoplay></video><audio src='CANARY/audio' autoplay></audio>",
    "<video><source src='CANARY/source'><track default src='CANARY/track'></video>",
    "<a href='CANARY/self'>press</a><a href='CANARY/a' target=_top>press</a><a href='CANARY/b' target=_blank>press</a>",
    "<a href='CANARY/parent' target=_parent>press</a><a href='#' ping='CANARY/ping'>press</a>",
    "<a href='javascript:alert(5)'>press</a><a href='data:text/html,<script>alert(6)</script>' target=_blank>press</a>",
    "<a download href='CANARY/download'>press</a><area href='CANARY/area'><portal src='CANARY/portal'></portal>",
    "<details open ontoggle='alert(7)'><summary>press</summary></details><dialog open>covered</dialog>",
    "<div style='position:fixed;inset:0;background:#000'>covers all</div>",
    "\"></iframe><script>alert(8)</script><img src='CANARY/quote'>",
    "</iframe></div></body><script>alert(9)</script>",
    "<math><mtext><table><mglyph><style><!--</style><img src='CANARY/math' onerror=alert(10)></table></mtext></math>",
    "<template><img src='CANARY/template'></template><noscript><img src='CANARY/noscript'></noscript>",
    "<plaintext><img src='CANARY/plain'>",
]
MARKDOWN_ATTACKS = [
    "<script>alert(11)</script><img src=CANARY/markdown onerror=alert(11)>",
    "![picture](CANARY/picture) ![p](//CANARY/x) [![b](CANARY/badge)](javascript:alert(12))",
    "[press](javascript:alert(13)) [press](JaVaScRiPt:alert(13)) <javascript:alert(13)> [press](data:text/html,x)",
    "[press](file:///etc/passwd) [press](<java&#115;cript:alert(14)>)",
    "![svg](data:image/svg+xml;base64,SVG)",
    "$<img src=CANARY/tex onerror=alert(15)>$\n\n```<img src=CANARY/fence>\n<img src=CANARY/fenced>\n```",
]
TEXT_ATTACKS = [
    "<img src=CANARY/text onerror=alert(16)>",
    "\"'><script>alert(17)</script>",
    "</title></style></script><script>alert(18)</script>",
    "]]><!--<svg/onload=alert(19)>",
    "\x1b]8;;CANARY/osc\x1b\\link\x1b]8;;\x1b\\ \x1b[31;url(CANARY/sgr)m<img src=CANARY/ansi>",
    "__proto__",
    "\u202eevil\u2066",
    "' onmouseover='alert(20)' x='",
]
SVG = (
    "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(21)'><script>fetch('CANARY/svg')</script>"
    "<image href='CANARY/svg-href' width='9' height='9'/><style>@import url(CANARY/svg-style)</style>"
    "<foreignObject width='9' height='9'><img xmlns='http://www.w3.org/1999/xhtml' src='CANARY/foreign'/></foreignObject></svg>"
)


class Canary:
    """A server that nobody should talk to: every connection counts, even one without a request."""

    def __init__(self) -> None:
        self.hits: list[str] = []
        hits = self.hits

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle(self) -> None:
                hits.append("connection")
                super().handle()

            def do_GET(self) -> None:
                hits.append(self.path)
                self.send_response(200)
                self.end_headers()

            do_POST = do_HEAD = do_OPTIONS = do_GET

            def log_message(self, format: str, *arguments: object) -> None:
                """Say nothing."""

        self._server: socketserver.BaseServer = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def canary() -> Iterator[Canary]:
    """Listens for as long as a test takes."""
    listening = Canary()
    yield listening
    listening.close()


def add_notebook(log: AttemptLog, *cells: dict[str, Any]) -> None:
    """Record an evaluated notebook."""
    log.artifact("evaluated.ipynb", ipynb(*cells), ArtifactKind.NOTEBOOK)


def report(outputs: Path, run_id: str) -> Path:
    """The report of a recorded run."""
    assert main(["report", run_id, "--outputs", str(outputs)]) == 0
    return outputs / "reports" / f"{run_id}.html"


@pytest.fixture
def hostile_report(tmp_path: Path, start_recording: StartRecording, canary: Canary) -> Path:
    """A report of a run that tries everything, in every text that a stranger controls."""

    def armed(text: str) -> str:
        svg = base64_text(SVG.replace("CANARY", canary.address).encode())
        return (
            text.replace("//CANARY", canary.address.removeprefix("http:"))
            .replace("CANARY", canary.address)
            .replace("SVG", svg)
        )

    texts = [armed(text) for text in TEXT_ATTACKS]
    recording = start_recording(tmp_path, "hostile", {"train": [], **{text: ["train"] for text in texts}})
    log = recording.attempt("train")
    for text in texts:
        log.metric(text, 0.5)
        log.value(text, {text: [text]})
        log.artifact(text, png(shade=9), ArtifactKind.FIGURE)
        log.artifact(text, text, ArtifactKind.TEXT)
        log.output("stdout", f"{text}\n")
    log.artifact("figure.svg", armed(SVG), ArtifactKind.FIGURE)
    for number, text in enumerate(MARKDOWN_ATTACKS):
        log.artifact(f"{number}.md", armed(text), ArtifactKind.TEXT)
    cells = [code("draw()", display(html=f"<p>seen</p>{armed(text)}", plain="x")) for text in HTML_ATTACKS]
    cells += [markdown(armed(text)) for text in MARKDOWN_ATTACKS]
    cells += [
        code(text, stream(text), display(plain=text), error(text, text, text), display(latex=text)) for text in texts
    ]
    cells += [code("draw()", display(svg=armed(SVG)), display(markdown=armed(MARKDOWN_ATTACKS[0])))]
    log.exception(texts[0], texts[1], "\n".join(texts), texts[2], 3)
    log.finish_outputs()
    add_notebook(log, *cells)
    recording.end_attempt("train", 1, Result.FAILURE, texts[0])
    recording.end_task("train", Result.FAILURE)
    for text in texts:
        recording.end_task(text, Result.SKIP, "train")
    recording.finish(Result.FAILURE)
    return report(tmp_path, "hostile")


@pytest.fixture
def failed_report(tmp_path: Path, start_recording: StartRecording) -> Path:
    """A report with something of everything: a failure, a retry, figures, metrics, a frame, a long text."""
    needs = {"ingest": [], **{f"train[size={size}]": ["ingest"] for size in (400, 500, 600)}}
    recording = start_recording(tmp_path, "failed", {**needs, "summary": list(needs)[1:]})
    recording.attempt("ingest", 1, 3)
    recording.end_attempt("ingest", 1, Result.TIMEOUT, "ran longer than 10 s")
    second = recording.attempt("ingest", 2, 3)
    second.output("stdout", "".join(f"\x1b[32mline\x1b[0m {number}\n" for number in range(200)))
    second.finish_outputs()
    table = f"<table>{'<tr><th>a</th><td>1.5</td></tr>' * 9}</table>"
    add_notebook(
        second, markdown("# Read\n\n$a_i$ and [a page](https://example.org)"), code("show()", display(html=table))
    )
    recording.end_attempt("ingest", 2, Result.SUCCESS)
    recording.end_task("ingest", Result.SUCCESS)
    for task in list(needs)[1:]:
        log = recording.attempt(task)
        log.artifact("loss.png", png(640, 400, shade=120), ArtifactKind.FIGURE)
        for step in range(9):
            log.metric("loss", 1 / (step + 1), step)
        log.value("range", {"from": 0, "to": list(range(99))})
        result = Result.FAILURE if "500" in task else Result.SUCCESS
        cells = [code("draw()", display(png=base64_text(png(640, 400, shade=120))))]
        if result is Result.FAILURE:
            log.exception("KeyError", "'pixels'", "Traceback\nKeyError: 'pixels'", "notebooks/train.py", 12)
            cells += [code("values['pixels']", error("KeyError", "'pixels'", "\x1b[31mKeyError\x1b[0m: 'pixels'"))]
        add_notebook(log, *cells)
        recording.end_attempt(task, 1, result, "KeyError: 'pixels'" if result is Result.FAILURE else None)
        recording.end_task(task, result)
    recording.end_task("summary", Result.SKIP, "train[size=500]")
    recording.finish(Result.FAILURE)
    return report(tmp_path, "failed")


class Watched:
    """A page that is being watched: what it asks for, where it goes, what it opens."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self._requests: list[Request] = []
        self.dialogs: list[str] = []
        self._context = context
        context.on("request", self._asked)
        self.page.on("dialog", self._asked_to_answer)

    def _asked_to_answer(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(("data:", "about:")):
            self._requests.append(request)

    @property
    def requests(self) -> list[str]:
        """What was asked for; what the page's content policy refused never left the browser."""
        return [request.url for request in self._requests if request.response() or request.failure != "csp"]

    def press_everything(self) -> None:
        """Press all that can be pressed in the frames, which are what strangers have written."""
        for frame in self.page.frames[1:]:
            if frame.is_detached():
                continue
            for thing in frame.locator("a, x-a, button, summary, area, input").all():
                if thing.is_visible():
                    thing.click(force=True, timeout=2000, no_wait_after=True)

    def nothing_happened(self, address: str) -> None:
        """Only the page itself was asked for, and it is still there, alone."""
        self.page.wait_for_timeout(500)
        assert [url for url in self.requests if url != address] == []
        assert self.dialogs == []
        assert self.page.url.split("#")[0] == address
        assert len(self._context.pages) == 1
        assert "hostile" not in address or self.page.title().startswith("✗ failure: digits")


def middle_pixel(page: Page, what: Locator) -> bytes:
    """What is drawn in the middle of something, as a picture of one pixel."""
    what.scroll_into_view_if_needed()
    box = what.bounding_box()
    assert box is not None
    assert box["width"] > 100
    middle: FloatRect = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 20, "width": 1, "height": 1}
    return page.screenshot(clip=middle)


def open_folds(page: Page) -> None:
    """Open every fold as a reader does, so that all that is inside is drawn; the outer ones first."""
    closed = page.locator("details:not([open]) > summary:visible")
    while closed.count():
        closed.first.click()


@pytest.fixture(params=[True, False], ids=["scripts on", "scripts off"])
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A fresh profile, in which scripts may run or not."""
    fresh = browser.new_context(java_script_enabled=request.param, viewport={"width": 1280, "height": 900})
    yield fresh
    fresh.close()


@pytest.mark.system
def test_that_attacks_do_nothing(context: BrowserContext, hostile_report: Path, canary: Canary) -> None:
    watched = Watched(context)
    watched.page.goto(hostile_report.as_uri())
    open_folds(watched.page)
    assert watched.page.locator("iframe").count() == len(HTML_ATTACKS)
    watched.page.wait_for_timeout(1000)
    watched.nothing_happened(hostile_report.as_uri())
    watched.press_everything()
    watched.page.wait_for_timeout(500)
    assert canary.hits == []
    assert watched.dialogs == []
    assert len(context.pages) == 1
    assert watched.page.url.split("#")[0] == hostile_report.as_uri()


@pytest.mark.system
@pytest.mark.parametrize(
    ("pattern", "weaker"),
    [
        (
            r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>|&lt;meta http-equiv=&quot;Content-Security-Policy.*?&gt;",
            "",
        ),
        (r'sandbox=""', 'sandbox="allow-scripts allow-modals allow-top-navigation"'),
        (r"&lt;(/?)x-", r"&lt;\1"),
    ],
    ids=["no content policy", "scripts in frames", "links taken as they are"],
)
def test_that_each_defence_is_needed(
    browser: Browser, hostile_report: Path, canary: Canary, pattern: str, weaker: str
) -> None:
    html = hostile_report.read_text("utf-8")
    mutant = re.sub(pattern, weaker, html)
    if weaker.startswith("sandbox"):
        mutant = re.sub("Content-Security-Policy", "None", mutant)
    assert mutant != html
    hostile_report.write_text(mutant, "utf-8")
    context = browser.new_context()
    watched = Watched(context)
    # What the last mutant refers to can keep a page from ever being loaded.
    watched.page.goto(hostile_report.as_uri(), wait_until="domcontentloaded")
    open_folds(watched.page)
    watched.page.wait_for_timeout(1500)
    happened = bool(canary.hits or watched.dialogs or watched.page.url != hostile_report.as_uri())
    context.close()
    assert happened


@pytest.mark.system
def test_that_it_asks_for_nothing_over_http(
    context: BrowserContext, failed_report: Path, serve: Callable[[Path], str]
) -> None:
    address = f"{serve(failed_report.parent)}/failed.html"
    watched = Watched(context)
    watched.page.goto(address)
    open_folds(watched.page)
    watched.nothing_happened(address)
    assert watched.requests == [address]


@pytest.mark.system
def test_that_the_cause_is_read_at_once_and_the_cell_is_one_click_away(
    context: BrowserContext, failed_report: Path
) -> None:
    watched = Watched(context)
    page = watched.page
    page.goto(failed_report.as_uri())
    panel = page.locator("#failure")
    assert "KeyError: 'pixels'" in panel.inner_text()
    assert "notebooks/train.py:12" in panel.inner_text()
    failed_cell = page.locator(".cell.failed")
    assert not failed_cell.is_visible()
    page.get_by_text("See it in its notebook").click()
    failed_cell.wait_for(state="visible")
    assert "values['pixels']" in failed_cell.inner_text()
    watched.nothing_happened(failed_report.as_uri())


@pytest.mark.system
def test_that_graph_and_time_lead_to_tasks(context: BrowserContext, failed_report: Path) -> None:
    page = context.new_page()
    page.goto(failed_report.as_uri())
    for drawing in (".dag", ".gantt"):
        page.locator(f"{drawing} svg a").nth(2).click()
        page.locator(".inside:target").wait_for(state="visible")
        assert "size=500" in page.locator("details.task:has(.inside:target) > summary").inner_text()
        page.locator("details.task:has(.inside:target) > summary").click()
    assert page.locator(".dag svg a").count() == 5


@pytest.mark.system
def test_that_the_frame_shows_its_table_and_the_gallery_its_figures(
    context: BrowserContext, failed_report: Path
) -> None:
    page = context.new_page()
    page.goto(failed_report.as_uri())
    open_folds(page)
    (frame,) = page.frames[1:]
    assert frame.locator("tr").count() == 9
    pictures = page.locator("svg.picture").all()
    assert len(pictures) == 6
    # All are the same even grey, which is held by one of them: what the others point to is really drawn.
    assert len({middle_pixel(page, picture) for picture in pictures}) == 1
    assert middle_pixel(page, pictures[0]) != middle_pixel(page, page.locator("footer"))
    assert page.locator("image").count() == 1


@pytest.mark.system
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_that_it_is_accessible_and_fits(browser: Browser, failed_report: Path, scheme: Any, width: int) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(failed_report.as_uri())
    open_folds(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {iframes: false}).then(result => result.violations)")
    context.close()
    assert [
        (one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in ("serious", "critical")
    ] == []


@pytest.mark.system
def test_that_the_keyboard_alone_reaches_the_notebook(browser: Browser, failed_report: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(failed_report.as_uri())
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.locator("a:focus", has_text="See it in its notebook").count():
            break
    page.keyboard.press("Enter")
    page.locator(".cell.failed").wait_for(state="visible")
    context.close()


@pytest.mark.system
def test_that_it_can_be_printed(browser: Browser, failed_report: Path) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(failed_report.as_uri())
    page.emulate_media(media="print")
    assert page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("body").evaluate("body => getComputedStyle(body).color") == "rgb(29, 31, 35)"
    context.close()


def test_that_colours_are_those_of_the_tracker() -> None:
    def colours(path: Path) -> list[dict[str, str]]:
        blocks = re.findall(r":root[^{]*\{(.*?)\n\s*\}", path.read_text("utf-8"), re.DOTALL)
        return [dict(re.findall(r"(--[\w-]+): (#\w+);", block)) for block in blocks]

    page = REPOSITORY / "runner_lib" / "src" / "pynb_dag_runner" / "report" / "page" / "style.css"
    for ours, theirs in zip(colours(page), colours(REPOSITORY / "ui" / "src" / "theme.css"), strict=True):
        shared = ours.keys() & theirs.keys()
        assert len(shared) > 25
        assert {name: ours[name] for name in shared} == {name: theirs[name] for name in shared}
