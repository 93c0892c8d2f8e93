"""A deployed site, read as a page reads it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from playwright.sync_api import expect, sync_playwright
from site_reading import check_run, check_usable, read_site

from actions_emulation.playground import Playground
from actions_emulation.runs import Run


class Site:
    """The files that are deployed now."""

    def __init__(self, playground: Playground, folder: Path) -> None:
        pages = playground.repository.pages
        assert pages is not None
        self.files = dict(pages.site)
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.shown = check_usable(folder)
        self.data = read_site(folder)

    def log(self, run: Run) -> bytes | None:
        """A run log, put together of its pieces as a page does it."""
        return check_run(self.data, address_of(run))

    def document(self, run: Run) -> dict[str, Any]:
        """What the pages of a run show."""
        return dict(self.data["run", address_of(run)])

    def row(self, run: Run) -> dict[str, Any]:
        """What the table of runs shows."""
        for (kind, _), chunk in self.data.items():
            if kind == "index" and address_of(run) in chunk["run_id"]:
                at = chunk["run_id"].index(address_of(run))
                return {name: _cell(column, at) for name, column in chunk.items() if name not in ("base_ms", "metrics")}
        raise AssertionError(f"{address_of(run)} is in no chunk")


def _cell(column: Any, at: int) -> Any:
    if isinstance(column, dict):
        return None if column["at"][at] < 0 else column["values"][column["at"][at]]
    return column[at]


def address_of(run: Run) -> str:
    return f"{run.model.id}-{run.attempt.number}"


def look(url: str, shows: Mapping[str, str]) -> list[str]:
    """Opens pages of a site in Chromium and waits for a text on each; returns the errors of the pages' own code."""
    # In a thread of its own: other tests of the same process may still have a browser open in theirs, and Playwright
    # has one per thread.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_look, url, shows).result()


def _look(url: str, shows: Mapping[str, str]) -> list[str]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium is not None, "this test needs Chromium: install it (Debian: apt-get install chromium)"
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        for route, text in shows.items():
            page.goto(f"{url}{route}")
            expect(page.get_by_text(text).first).to_be_visible()
        browser.close()
    return errors
