"""Puts the page together and writes it."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path
from urllib.parse import quote

from pynb_dag_runner import __version__
from pynb_dag_runner.errors import EngineError, UsageError
from pynb_dag_runner.report.links import NO_LINKS, Links
from pynb_dag_runner.report.page.anchors import Anchors
from pynb_dag_runner.report.page.contents import Contents
from pynb_dag_runner.report.page.dag_svg import dag_html
from pynb_dag_runner.report.page.elements import Html, element, joined
from pynb_dag_runner.report.page.failure_panel import failure_html, retries_html
from pynb_dag_runner.report.page.frame import CONTENT_POLICY
from pynb_dag_runner.report.page.gallery import Gallery
from pynb_dag_runner.report.page.gantt_svg import gantt_html
from pynb_dag_runner.report.page.head import head_html, page_title
from pynb_dag_runner.report.page.limits import left_out
from pynb_dag_runner.report.page.overview import MOST_TASKS, given_html, metric_tables, task_table
from pynb_dag_runner.report.page.status import LOOKS
from pynb_dag_runner.report.page.surroundings import environment_html, footer_html, left_out_html, warnings_html
from pynb_dag_runner.report.page.task_section import task_section
from pynb_dag_runner.report.summary import problems, status, wanted_rows
from pynb_dag_runner.runlog.records import PipelineRun

_START = b"<!DOCTYPE html>"
_ICON_COLOURS = {"success": "#1a7340", "failure": "#b3261e", "error": "#8a2ba8", "timeout": "#995200"}


@dataclass(frozen=True)
class Report:
    """The page, and what it leaves out: a description and the size of each thing."""

    html: str
    left_out: list[tuple[str, int]] = field(default_factory=list)


def report_of(run: PipelineRun, now_ns: int, links: Links = NO_LINKS) -> Report:
    """The page of a run, which may still go on; ``now_ns`` is when the page is made."""
    contents = Contents(run)
    shown = wanted_rows(run, MOST_TASKS)
    anchors = Anchors(shown)
    # What matters most is made first, while there is room: the failure, the figures, the notebooks that failed, the others.
    failure = failure_html(run, contents, anchors)
    gallery = Gallery(run, contents, anchors)
    troubled = {problem.task.id for problem in problems(run)}
    sections = {
        task.id: task_section(task, contents, anchors, now_ns)
        for task in sorted(shown, key=lambda task: task.id not in troubled)
    }
    parts = {
        "Graph": dag_html(run, anchors, now_ns) if run.tasks else None,
        "Time": gantt_html(run, anchors, now_ns) if run.tasks else None,
        "Tasks": task_table(run, anchors, now_ns) if run.tasks else None,
        "Metrics": metric_tables(run, anchors),
        "Parameters": given_html(run),
        "Figures": gallery.html(),
        "Details": _details(run, [sections[task.id] for task in shown]),
        "Environment": environment_html(run),
        "Warnings": warnings_html(run),
        "Left out": left_out_html(contents),
    }
    titled = [_section(title, content) for title, content in parts.items() if content]
    nav = _nav([title for title, content in parts.items() if content])
    body = [head_html(run, now_ns, links), nav, failure, retries_html(run, anchors), titled]
    page = element(
        "html", _head(run), element("body", element("main", body), footer_html(run, now_ns, __version__)), lang="en"
    )
    return Report(f"{_START.decode()}\n{page}\n", contents.budget.left_out)


def write_report(run: PipelineRun, to: Path, now_ns: int, links: Links = NO_LINKS) -> Report:
    """Write the page to ``to``, which appears when it is complete.

    Raises:
        UsageError: ``to`` is a folder, or a file that is no HTML page, or cannot be made.
        EngineError: it cannot be written, for instance since the disk is full.
    """
    _require_replaceable(to)
    report = report_of(run, now_ns, links)
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=".report.", suffix=".partial", dir=to.parent)
    except OSError as error:
        raise UsageError(f"{to}: cannot be written: {error.strerror}") from error
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(report.html)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, to)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise EngineError(f"{to}: cannot be written: {error.strerror}") from error
    return report


def _require_replaceable(to: Path) -> None:
    """Make sure that no run log or program is lost by a slip of the hand."""
    if to.is_dir():
        raise UsageError(f"{to} is a folder: name a file in it, such as {to / 'report.html'}")
    try:
        with to.open("rb") as file:
            start = file.read(len(_START))
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(f"{to}: cannot be written: {error.strerror}") from error
    if start and start.lower() != _START.lower():
        raise UsageError(f"{to} exists and is no HTML page: move it away, or choose another file")


def _details(run: PipelineRun, sections: list[Html]) -> Html | None:
    others = len(run.tasks) - len(sections)
    more = left_out(f"{others:,} more tasks that succeeded are left out.") if others else None
    return joined([*sections, more]) or None


def _section(title: str, content: Html) -> Html:
    return element("section", element("h2", title), content, class_="panel", id=_id(title))


def _nav(titles: list[str]) -> Html:
    links = [element("li", element("a", title, href=f"#{_id(title)}")) for title in titles]
    return element("nav", element("ul", links), aria_label="Parts of this page")


def _id(title: str) -> str:
    return title.lower().replace(" ", "-")


def _head(run: PipelineRun) -> Html:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=CONTENT_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", http_equiv="x-dns-prefetch-control", content="off"),
        element("title", page_title(run)),
        # Without one, a browser asks the server for favicon.ico.
        element("link", rel="icon", href=_icon(status(run))),
        element("style", _style()),
    )


@lru_cache(maxsize=1)
def _style() -> Html:
    return Html(resources.files(__package__).joinpath("style.css").read_text(encoding="utf-8"))


def _icon(word: str) -> str:
    colour = _ICON_COLOURS.get(word, "#5b5f67")
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 24 24"><rect x="-4" y="-4" width="24" height="24" rx="6" '
        f'fill="{colour}"/><path d="{LOOKS[word].path}" fill="none" stroke="#fff" stroke-width="2.4" '
        'stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )
    return f"data:image/svg+xml,{quote(drawing)}"
