"""The top of the page: how the run stands, when it was, and which code it ran."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pynb_dag_runner.conventions import ResourceAttribute as Fact
from pynb_dag_runner.report.links import NO_LINKS, Links
from pynb_dag_runner.report.page.elements import Child, Html, element, joined, link, name, safe_href
from pynb_dag_runner.report.page.status import LOOKS, WORST_FIRST, badge, mark
from pynb_dag_runner.report.page.tables import facts
from pynb_dag_runner.report.summary import duration_text, elapsed_s, run_message, status, status_counts, time_text
from pynb_dag_runner.runlog.records import PipelineRun, State

_MOST_MESSAGE = 2000


def page_title(run: PipelineRun) -> str:
    """The title of the browser's window."""
    when = minute_text(run.start_ns)
    look = LOOKS[status(run)]
    return " ".join(part for part in (look.glyph, f"{look.word}:", run.pipeline[:80] or "pipeline", when) if part)


def head_html(run: PipelineRun, now_ns: int | None, links: Links = NO_LINKS) -> Html:
    """Status, name and facts of the run, and where it is published."""
    message = run_message(run)
    return element(
        "header",
        element("h1", badge(status(run), large=True), " ", name(run.pipeline or "pipeline")),
        element("p", _time(run, now_ns), class_="when"),
        facts([*_facts(run), *_published(links)]),
        element("p", message[:_MOST_MESSAGE], class_="message") if message else None,
        _counts(run),
        _first_warning(run),
        class_="head",
    )


def minute_text(time_ns: int | None) -> str:
    """``2026-11-21 06:00 UTC``; empty for None."""
    text = time_text(time_ns)
    return f"{text[:10]} {text[11:16]} UTC" if text else ""


def time_html(time_ns: int | None) -> Html | None:
    """A time to the second, in UTC: without scripts nobody knows the reader's time zone."""
    text = time_text(time_ns)
    return element("time", f"{text[:10]} {text[11:19]} UTC", datetime=text) if text else None


def _time(run: PipelineRun, now_ns: int | None) -> Iterator[Child]:
    is_running = run.state is State.RUNNING
    duration = duration_text(elapsed_s(run, now_ns if is_running else None))
    when = time_html(run.start_ns)
    yield when or "Its start was not recorded"
    if duration:
        yield f", {'for' if is_running else 'took'} "
        yield element("strong", duration)
    if is_running:
        yield joined([". It was still running when this page was made, ", time_html(now_ns), "."])


def _facts(run: PipelineRun) -> Iterator[tuple[Child, Child]]:
    resource = run.resource
    repository = safe_href(resource.get(Fact.REPOSITORY_URL))
    trigger = resource.get(Fact.GITHUB_EVENT)
    label = str(trigger).replace("_", " ") if trigger else "by hand"
    yield "Started by", link(resource.get(Fact.RUN_URL), name(label)) if trigger else label
    if change := resource.get(Fact.CHANGE_ID):
        title = resource.get(Fact.CHANGE_TITLE)
        yield "Pull request", joined([_pull_request(repository, str(change)), " ", name(str(title)) if title else None])
    if branch := resource.get(Fact.HEAD_NAME):
        yield "Tag" if resource.get(Fact.HEAD_TYPE) == "tag" else "Branch", name(str(branch))
    if run.revision:
        dirty = element("span", " with changes that are not committed", class_="muted") if run.is_dirty else None
        yield "Commit", joined([_commit(repository, run.revision), dirty])
    if resource.get(Fact.REPOSITORY_NAME) and repository:
        owner = resource.get(Fact.OWNER_NAME)
        full = f"{owner}/{resource[Fact.REPOSITORY_NAME]}" if owner else str(resource[Fact.REPOSITORY_NAME])
        yield "Repository", link(repository, name(full))
    if run.environment:
        yield "Environment", name(run.environment)
    yield "Run", element("code", name(run.run_id))


def _published(links: Links) -> Iterator[tuple[Child, Child]]:
    if links.run is not None:
        change = link(links.pull_request, "all of its pull request") if links.pull_request else None
        page = link(links.run, "this run")
        yield "Tracker", joined(
            [page, ", " if change else None, change, element("span", " once published", class_="muted")]
        )


def _pull_request(repository: str | None, number: str) -> Html:
    url = f"{repository}/pull/{number}" if repository and re.fullmatch(r"[0-9]{1,9}", number) else None
    return link(url, name(f"#{number}", 20))


def _commit(repository: str | None, revision: str) -> Html:
    url = f"{repository}/commit/{revision}" if repository and re.fullmatch(r"[0-9a-f]{7,64}", revision) else None
    return link(url, element("code", name(revision[:10])))


def _counts(run: PipelineRun) -> Html:
    counts = status_counts(run)
    if not counts:
        return element("p", "It has no tasks.", class_="counts")
    parts = [
        element("span", mark(word), f"{counts[word]:,} {LOOKS[word].word}", class_=f"count {word}")
        for word in WORST_FIRST
        if word in counts
    ]
    total = f"{len(run.tasks):,} task{'' if len(run.tasks) == 1 else 's'}"
    return element("p", element("span", total, class_="count"), parts, class_="counts")


def _first_warning(run: PipelineRun) -> Html | None:
    if not run.warnings:
        return None
    count = len(run.warnings)
    label = f"{count} warnings" if count > 1 else "a warning"
    return element(
        "p", "There is " if count == 1 else "There are ", element("a", label, href="#warnings"), class_="left-out"
    )
