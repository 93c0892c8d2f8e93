"""Walks through a site as a reader does, and says whatever a stranger's content achieved."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from canary import Canary
from playwright.sync_api import Browser, BrowserContext, Dialog, Error, Frame, Page
from strangers_runs import ANOTHER, COLLECTED, PULL_REQUEST, SCRIPTS

SECRET = "kept"
TITLE = "Pipeline runs"
BATCH = 6
PAUSE_MS = 700
MOST_CLICKS = 40
PATIENCE_MS = 15_000

# The page itself must hold nothing of a stranger's but text.
_PAGE = """
(secret) => {
  const bad = [];
  const say = (condition, words) => condition && bad.push(words);
  say(self.stranger !== undefined, `a script ran in the page: ${self.stranger}`);
  say(Object.keys(Object.prototype).length > 0 || {}.stranger !== undefined, "prototypes were changed");
  say(self.name !== "" || document.domain === "stranger", "the window was renamed");
  say(!document.title || /stranger/.test(document.title), `the title is ${document.title}`);
  if (location.protocol !== "about:") {
    say(localStorage.getItem("secret") !== secret, `the storage holds ${localStorage.getItem("secret")}`);
    say(location.protocol !== "file:" && document.cookie !== `secret=${secret}`, `the cookie is ${document.cookie}`);
  }
  say(document.fullscreenElement !== null, "it is full screen");
  for (const element of document.querySelectorAll("*")) {
    const names = element.getAttributeNames().filter((name) => /^on|^(srcdoc|ping|formaction|action)$/i.test(name));
    say(names.length > 0, `<${element.localName} ${names}>`);
    const href = element.getAttribute("href") ?? element.getAttribute("xlink:href");
    say(
      href !== null && !/^(https?:|mailto:|#)/.test(href) && !(element.localName === "link" && /^(assets|data:)/.test(href)),
      `a link leads to ${href}`,
    );
  }
  for (const image of document.images) {
    say(!/^data:image\\//.test(image.src), `an image is ${image.src.slice(0, 80)}`);
  }
  for (const script of document.scripts) {
    const base = location.href.replace(/[^/]*([?#].*)?$/, "");
    say(!/^(assets|data)\\//.test(script.src.replace(base, "")), `a script is ${script.src}`);
  }
  say(document.querySelector("object, embed, base, form, meta[http-equiv=refresh]") !== null, "an element is a stranger's");
  return bad;
}
"""
_FRAME = """
() => ({
  stranger: self.stranger === undefined ? null : String(self.stranger),
  stolen: (Array.isArray(self.stolen) ? self.stolen : []).filter(Boolean).map(String),
  ran: Array.isArray(self.ran) ? self.ran : [],
  cells: document.getElementsByClassName("cell").length,
})
"""
_REFUSAL = "main:has-text('This page is a part of the tracker')"
_ANSWER = f"main[data-shown], {_REFUSAL}"
_LOADS = """
() => [...document.querySelectorAll("main > p, main > article > p")].some((words) => words.textContent.startsWith("Loading"))
"""
# What a script could do that somehow got into the page.
_PROBE = """
(address) => {
  new Image().src = address;
  fetch(address).catch(() => {});
  navigator.sendBeacon(address);
  const loaded = document.createElement("script");
  loaded.src = address;
  const inline = document.createElement("script");
  inline.text = "self.stranger = 'an inline script'";
  const style = document.createElement("style");
  style.textContent = `@import "${address}"; * { background: url("${address}") }`;
  document.head.append(loaded, inline, style);
  loaded.remove();
  inline.remove();
}
"""
_TOUCH = """
() => {
  for (const element of [...document.querySelectorAll("main *")].slice(0, 5000)) {
    element.dispatchEvent(new MouseEvent("mouseover", { bubbles: true, cancelable: true, view: self }));
    if (element.matches("a, area, button, summary, input, label, [onclick], [tabindex]")) {
      element.dispatchEvent(new FocusEvent("focus"));
      for (const name of ["click", "auxclick"]) {
        element.dispatchEvent(new MouseEvent(name, { bubbles: true, cancelable: true, view: self }));
      }
    }
  }
}
"""


@dataclass
class Site:
    """A site, where a browser finds it, and who listens for what its content says to others."""

    address: str
    canary: Canary

    def page(self, *path: str, **query: str) -> str:
        """The address of a page."""
        asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        return (
            f"{self.address}/index.html#/{'/'.join(quote(part, safe='') for part in path)}{'?' if asked else ''}{asked}"
        )


@dataclass
class Stroll:
    """One reader's way; ``found`` is what a stranger achieved on it."""

    site: Site
    context: BrowserContext
    scripts: bool = False
    found: list[str] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)

    def open(self, address: str) -> Page:
        """Open a page in a new tab."""
        page = self.context.new_page()
        self.pages.append(page)
        page.on("dialog", self._asked)
        page.on("download", lambda download: self._notice(f"a download: {download.suggested_filename[:80]}"))
        page.on("pageerror", self._failed)
        page.on("popup", lambda _: self._notice("a window was opened"))
        self.go(page, address)
        return page

    def _notice(self, words: str) -> None:
        self.found.append(words)

    def _asked(self, dialog: Dialog) -> None:
        self._notice(f"a dialog: {dialog.message[:80]}")
        dialog.dismiss()

    def _failed(self, error: Error) -> None:
        # Errors of a stranger's scripts are his own.
        if "/assets/" in (error.stack or "") or not self.scripts:
            self.found.append(f"an error of the page: {error} {(error.stack or '')[-200:]}")

    def go(self, page: Page, address: str) -> None:
        """Go on to another page, and wait until it is there."""
        page.goto(address)
        with contextlib.suppress(Error):
            page.locator("main > *, h1").first.wait_for(state="attached", timeout=PATIENCE_MS)
            for _ in range(PATIENCE_MS // 50):
                if not page.evaluate(_LOADS):
                    return
                page.wait_for_timeout(50)
        self.found.append(f"not shown: {address}")

    def look(self, page: Page, address: str) -> None:
        """See whether the page is still what it was."""
        if page.is_closed() or page.url.split("?")[0] != address.split("?")[0]:
            self.found.append(f"the page went from {address} to {page.url}")
            return
        self.found += [f"{words} ({address})" for words in page.evaluate(_PAGE, SECRET)]

    def frames(self, page: Page) -> Iterator[tuple[Frame, dict[str, Any]]]:
        """The frames of a page that can still be asked, and what they say."""
        for frame in page.frames[1:]:
            with contextlib.suppress(Error):
                said = frame.evaluate(_FRAME)
                # Where a stranger has taken over the page, it may answer anything.
                if isinstance(said, dict) and said.keys() >= {"ran", "stolen", "stranger"}:
                    yield frame, said

    def end(self) -> None:
        """Add what others have noticed."""
        page = self.open(self.site.page())
        page.evaluate(_PROBE, f"http://{self.site.canary.host}/probe")
        page.wait_for_timeout(PAUSE_MS)
        self.look(page, self.site.page())
        canary = self.site.canary
        self.found += [f"a request: {hit}" for hit in canary.hits]
        if canary.connections > len(canary.hits):
            self.found.append(f"{canary.connections} connections")
        if len(self.context.pages) > len(self.pages):
            self.found.append("there are more windows than were opened")
        self.found += [f"a service worker: {worker.url}" for worker in self.context.service_workers]


@contextlib.contextmanager
def stroll(browser: Browser, site: Site, scripts: bool = False) -> Iterator[Stroll]:
    """A reader with a fresh profile, who has something to lose."""
    site.canary.forget()
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=False)
    context.add_init_script(
        "if (self === top) { self.refused = []; addEventListener('securitypolicyviolation', (event) =>"
        " refused.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`)); }"
        f"if (self === top) try {{ localStorage.setItem('secret', localStorage.getItem('secret') ?? '{SECRET}') }} catch {{}}"
    )
    if site.address.startswith("http"):
        context.add_cookies([{"name": "secret", "value": SECRET, "url": site.address}])
    reader = Stroll(site, context, scripts)
    try:
        yield reader
        reader.end()
    finally:
        context.close()


def read_everything(browser: Browser, site: Site, names: Iterable[str]) -> list[str]:
    """Read all pages, none of whose content may run; ``names`` are texts that a stranger has called something."""
    with stroll(browser, site) as reader:
        addresses = [*_pages(site), *(site.page("run", PULL_REQUEST, "task", name) for name in names)]
        page = reader.open(addresses[0])
        for address in addresses:
            reader.go(page, address)
            page.mouse.wheel(0, 900)
            page.wait_for_timeout(60)
            reader.look(page, address)
        for task in ("html", "words", "files"):
            _read_task(reader, site.page("run", PULL_REQUEST, "task", task), clicks=True)
        _follow_previews(reader)
        refused = {words for one in reader.pages for words in one.evaluate("self.refused ?? []")}
        reader.found += [f"the page's policy refused {words}" for words in refused]
    if site.canary.rings > 0:
        reader.found.append(f"{site.canary.rings} connections to the door")
    return reader.found


def read_notebook(browser: Browser, site: Site, run: str = PULL_REQUEST) -> list[str]:
    """Read a run and its notebook full of HTML, whose content may not run."""
    with stroll(browser, site) as reader:
        page = reader.open(site.page("run", run))
        reader.look(page, site.page("run", run))
        _read_task(reader, site.page("run", run, "task", "html"), clicks=False)
    return reader.found


def run_scripts(browser: Browser, site: Site, tasks: Iterable[str], expected: Iterable[str] = ()) -> list[str]:
    """Let the scripts of notebooks run, each in a tab of its own; ``expected`` are the scripts that must have run."""
    missing = set(expected)
    with stroll(browser, site, scripts=True) as reader:
        waiting = list(tasks)
        while waiting:
            batch, waiting = waiting[:BATCH], waiting[BATCH:]
            opened = []
            for task in batch:
                run = PULL_REQUEST if task in ("html", "words") else SCRIPTS
                address = site.page("run", run, "task", task)
                page = reader.open(address)
                _press(reader, page, "Run this notebook’s scripts")
                opened.append((page, address))
            page.wait_for_timeout(2 * PAUSE_MS)
            for page, address in opened:
                for _, said in reader.frames(page):
                    missing -= set(said["ran"])
                    reader.found += [f"stolen: {thing[:80]} ({address})" for thing in said["stolen"]]
                reader.look(page, address)
                page.close()
                reader.pages.remove(page)
    reader.found += [f"not run at all: {name}" for name in sorted(missing)]
    return reader.found


def _pages(site: Site) -> list[str]:
    both = f"{PULL_REQUEST},{ANOTHER}"
    return [
        site.page(),
        site.page(q="<img src=x onerror=alert(1)>"),
        site.page("run", PULL_REQUEST),
        site.page("run", ANOTHER),
        site.page("run", "../../assets/app.js"),
        site.page("run", "<img src=x onerror=alert(1)>"),
        site.page("compare", runs=both),
        site.page("diff", task="html", runs=both),
        site.page("diff", task="words", runs=both),
        site.page("metric", task="__proto__", name="__proto__"),
        site.page("metric", task="text", name="loss"),
        site.page("metrics"),
        site.page("grid"),
        *(site.page("run", run) for run in COLLECTED),
        site.page("run", COLLECTED[0], "task", "train"),
        site.page("run", "19000000999-1"),
        site.page("compare", runs=f"{COLLECTED[0]},{COLLECTED[1]}"),
        site.page("pr", "12"),
        site.page("pr", "<img src=x onerror=alert(1)>"),
        site.page("sweep"),
        site.page("health"),
        site.page("__proto__"),
        site.page("constructor"),
    ]


def _read_task(reader: Stroll, address: str, clicks: bool) -> None:
    page = reader.open(address)
    shows = page.get_by_role("button", name="Show", exact=True)
    while shows.count() > 0:
        shows.first.click()
    with contextlib.suppress(Error):
        page.locator("iframe").first.wait_for(state="attached", timeout=PATIENCE_MS)
    shown = [_is_shown(element.content_frame()) for element in page.query_selector_all("iframe")]
    if shown == [] or not all(shown):
        reader.found.append(f"a frame shows nothing: {address}")
    page.wait_for_timeout(PAUSE_MS)
    if page.evaluate("document.activeElement?.localName === 'iframe'"):
        reader.found.append("the focus was stolen")
    reader.look(page, address)
    for frame in page.frames[1:]:
        with contextlib.suppress(Error):
            frame.evaluate(_TOUCH)
    if clicks:
        _click_links(page)
    page.wait_for_timeout(PAUSE_MS)
    reader.look(page, address)
    for _, said in reader.frames(page):
        if said["stranger"] is not None:
            reader.found.append(f"a script ran: {said['stranger']}")
        reader.found += [f"stolen: {thing[:80]}" for thing in said["stolen"]]
    if page.locator(".viewer-word", has_text="tried to leave").count() > 0:
        reader.found.append(f"content left its frame ({address})")


def _is_shown(frame: Frame | None) -> bool:
    try:
        assert frame is not None
        frame.wait_for_selector(_ANSWER, state="attached", timeout=PATIENCE_MS)
        return frame.locator(_REFUSAL).count() == 0
    except (AssertionError, Error):
        return False


def _click_links(page: Page) -> None:
    """With a mouse, as far as they can be seen; whoever closes the bar that asks does not go where the link leads."""
    for frame in page.frames[1:]:
        with contextlib.suppress(Error):
            visible = [link for link in frame.locator("a, area").all() if link.is_visible()]
            for link in visible[:MOST_CLICKS]:
                with contextlib.suppress(Error):
                    link.click(timeout=300, no_wait_after=True)
                closing = page.get_by_role("button", name="Close", exact=True)
                if closing.count() > 0:
                    closing.first.click()


def _press(reader: Stroll, page: Page, name: str) -> None:
    button = page.get_by_role("button", name=name)
    try:
        button.click(timeout=PATIENCE_MS)
    except Error:
        reader.found.append(f"no button: {name} ({page.url})")


def _follow_previews(reader: Stroll) -> None:
    for run in (PULL_REQUEST, ANOTHER, *COLLECTED):
        page = reader.open(f"{reader.site.address}/r/{run}/index.html")
        reader.look(page, reader.site.page("run", run))
