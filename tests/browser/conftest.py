"""A real browser, sites made of run logs that a test writes, and a server that puts a site under a sub-path."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import mkdtemp

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from recording import record_run, start_recording

from pynb_dag_runner.site.build import build_site

__all__ = ["record_run", "start_recording"]

SUB_PATH = "owner/repository"
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, as the machine has it."""
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    assert executable is not None, "these tests need Chromium: install it (Debian: apt-get install chromium)"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=SWITCHES)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a fresh profile, on a desktop; an error in the page's own code fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def site(tmp_path: Path) -> Callable[[Path], Path]:
    """``site(runs)`` builds the site of a folder of run logs, with the front end that ships."""

    def build(runs: Path) -> Path:
        folder = tmp_path / "site"
        build_site(runs, folder, processes=1)
        return folder

    return build


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """``serve(folder)`` gives the address of a folder over HTTP under a sub-path, as GitHub Pages has it."""
    servers: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(folder: Path) -> str:
        root = Path(mkdtemp(dir=folder.parent))
        (root / SUB_PATH).parent.mkdir(parents=True)
        (root / SUB_PATH).symlink_to(folder, target_is_directory=True)
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root)))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/{SUB_PATH}"

    yield start
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()
