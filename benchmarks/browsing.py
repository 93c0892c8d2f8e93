"""A real browser that looks at a site, from the file system or over HTTP, and says what the page's main thread did."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

PROBE = Path(__file__).with_name("probe.js")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WINDOW: ViewportSize = {"width": 1280, "height": 900}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium, as the machine has it.

    Raises:
        SystemExit: there is none.
    """
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        sys.exit("this measures in Chromium: install it (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=SWITCHES)
        yield browser
        browser.close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder over HTTP, which is not compressed."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Tab:
    """A page in a profile of its own, with the probe in it."""

    def __init__(self, browser: Browser) -> None:
        self._context = browser.new_context(viewport=WINDOW)
        self._context.add_init_script(path=PROBE)
        self.page: Page = self._context.new_page()
        self._session = browser.new_browser_cdp_session()

    def __enter__(self) -> Tab:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.detach()
        self._context.close()

    def before_load(self, script: str) -> None:
        """Run ``script`` in each page before its own scripts."""
        self._context.add_init_script(script=script)

    def processor_ms(self) -> float:
        """Processor time of the main threads of all pages so far; 0 where the system, unlike Linux, does not tell."""
        processes = self._session.send("SystemInfo.getProcessInfo")["processInfo"]
        pages = [process["id"] for process in processes if process["type"] == "renderer"]
        return sum(map(_main_thread_ms, pages))

    def timed(self, act: str, is_there: str) -> tuple[float, float]:
        """Milliseconds from ``act`` until a frame in which ``is_there`` holds, and how many of them of the processor."""
        before = self.processor_ms()
        elapsed: float = self.page.evaluate(f"probe.timed(() => {{ {act} }}, () => {is_there})")
        return elapsed, self.processor_ms() - before


def _main_thread_ms(process: int) -> float:
    """Time that the process's first thread had a processor; unlike wall time, other programs change it little."""
    try:
        return int(Path(f"/proc/{process}/task/{process}/schedstat").read_text().split()[0]) / 1e6
    except OSError:
        return 0.0
