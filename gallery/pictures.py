"""Photographs the pages of a site: ``python gallery/pictures.py SITE FOLDER [--all]``.

By default the pictures that README and docs show. ``--all`` takes every page, at desktop and phone width, light and dark,
for a person to look through.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, Page, sync_playwright

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = (1280, 800)
PHONE = (390, 844)


@dataclass(frozen=True)
class Picture:
    """One page as it is photographed; ``whole`` pictures show all of it, others what a window shows."""

    name: str
    address: str
    size: tuple[int, int] = DESKTOP
    theme: str = "light"
    whole: bool = False
    at: str | None = None


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all", action="store_true", help="every page, in both widths and themes")
    arguments = parser.parse_args()
    index = (arguments.site / "index.html").resolve().as_uri()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with browser() as chromium:
        pages = addresses(chromium, index)
        for picture in every_page(pages) if arguments.all else for_the_docs(pages):
            take(chromium, index, picture, arguments.folder)


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium, as the machine has it."""
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        sys.exit("gallery: the pictures need Chromium: install it, or say --without-pictures")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=SWITCHES)
        yield chromium
        chromium.close()


def addresses(chromium: Browser, index: str) -> dict[str, str]:
    """The addresses of pages worth a look, found as a reader finds them: by filters and links."""
    found = {
        text: first_run(chromium, index, text)
        for text in ("result:failure", "result:success branch:main", "pr:12", "result:interrupted")
    }
    failed, good, pull_request, interrupted = found.values()
    identifiers = [address.split("/")[2] for address in (good, pull_request)]
    benchmark = quote("benchmark-model[nr_train_images=600]", safe="")
    model = quote("train-model[nr_train_images=600]", safe="")
    return {
        "runs": "#/",
        "failed-run": failed,
        "run": good,
        "interrupted-run": interrupted,
        "task": f"{good}/task/{benchmark}",
        "failed-task": f"{failed}/task/{quote('train-model[nr_train_images=500]', safe='')}",
        "compare": f"#/compare?runs={quote(','.join(identifiers))}",
        "notebook-diff": f"#/diff?task={model}&runs={quote(','.join(identifiers))}",
        "metric": f"#/metric?task={benchmark}&name=roc_auc",
        "metrics": "#/metrics",
        "grid": "#/grid",
        "sweep": "#/sweep",
        "pull-request": "#/pr/12",
        "health": "#/health",
    }


def first_run(chromium: Browser, index: str, text: str) -> str:
    """The address of the newest run that a filter finds."""
    page = chromium.new_page()
    page.goto(f"{index}#/?q={quote(text)}")
    page.wait_for_selector("tr[data-row]")
    link = page.query_selector("tr[data-row] th a")
    address = (link.get_attribute("href") if link else None) or "#/"
    page.close()
    return address


def for_the_docs(pages: dict[str, str]) -> list[Picture]:
    """The pictures of README and docs."""
    return [
        Picture("runs", pages["runs"]),
        Picture("failed-run", pages["failed-run"]),
        Picture("failed-run-phone", pages["failed-run"], PHONE, "dark"),
        Picture("timeline", pages["run"], at="#timeline"),
        Picture("notebook", pages["task"], at="#notebook"),
        Picture("compare", pages["compare"]),
        Picture("notebook-diff", pages["notebook-diff"]),
        Picture("grid", pages["grid"], theme="dark"),
        Picture("metric", pages["metric"]),
    ]


def every_page(pages: dict[str, str]) -> list[Picture]:
    """Every page in every look."""
    looks = [
        ("desktop", DESKTOP, "light"),
        ("desktop-dark", DESKTOP, "dark"),
        ("phone", PHONE, "light"),
        ("phone-dark", PHONE, "dark"),
    ]
    return [
        Picture(f"{name}-{look}", address, size, theme, whole=True)
        for name, address in pages.items()
        for look, size, theme in looks
    ]


def take(chromium: Browser, index: str, picture: Picture, folder: Path) -> None:
    """Photograph one page once everything on it is there."""
    width, height = picture.size
    context = chromium.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if picture.theme == "dark" else "light"
    )
    page = context.new_page()
    page.goto(index + picture.address)
    page.wait_for_selector("main h1", state="attached")
    if picture.whole:
        # Pictures and frames load when they come near the window, so the window takes in the whole page.
        page.wait_for_timeout(1_000)
        page.set_viewport_size({"width": width, "height": min(12_000, page.evaluate(WHOLE_HEIGHT))})
    settle(page)
    if picture.at is not None:
        page.evaluate("selector => document.querySelector(selector).scrollIntoView()", picture.at)
        settle(page)
    page.screenshot(path=folder / f"{picture.name}.png")
    context.close()


WHOLE_HEIGHT = "document.documentElement.scrollHeight"
IS_LOADING = """
    [...document.querySelectorAll("main *")].some((part) => {
      const box = part.getBoundingClientRect();
      return box.top < innerHeight && box.bottom > 0 && /^Loading .*…$/.test(part.textContent);
    })
"""


def settle(page: Page) -> None:
    """Wait until nothing says any more that it is loading, at most 20 s."""
    for _ in range(40):
        page.wait_for_timeout(500)
        if not page.evaluate(IS_LOADING):
            return


if __name__ == "__main__":
    main()
