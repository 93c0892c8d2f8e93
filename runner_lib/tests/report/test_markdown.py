from __future__ import annotations

import re
from html.parser import HTMLParser

from markdown_it import MarkdownIt

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.report.markdown import MOST_BYTES, summary
from pynb_dag_runner.runlog.records import Attempt, PipelineRun, State, TaskRun


class Page(HTMLParser):
    """Tags and the cells of the table of a rendered page."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.rows: list[list[str]] = []
        self._is_cell = False
        self.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._is_cell = tag in ("td", "th") or (self._is_cell and tag not in ("tr",))
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._is_cell = self._is_cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._is_cell:
            self.rows[-1][-1] += data


def test_that_the_summary_has_verdict_failure_table_and_diagram(demo_run: PipelineRun) -> None:
    page = Page(summary(demo_run))
    assert page.rows == [
        ["Task", "Attempts", "Duration", "Result", "Metrics"],
        ["ingest", "2 of 3", "8.00 s", "success", "loss NaN"],
        ["train[size=600]", "1", "8.00 s", "failure", ""],
        ["summary", "", "", "skip", "train[size=600] did not succeed"],
    ]
    assert "```mermaid\nflowchart TB\n" in summary(demo_run)


def test_that_nothing_from_the_log_becomes_markup(hostile_run: PipelineRun) -> None:
    text = summary(hostile_run)
    page = Page(text)
    allowed = {"h3", "h4", "p", "code", "pre", "table", "thead", "tbody", "tr", "th", "td", "strong", "blockquote"}
    assert page.tags <= allowed | {"details", "summary"}
    assert all(len(row) == 5 for row in page.rows)
    assert len(page.rows) == 1 + len(hostile_run.tasks)
    assert not re.search(r"@octocat|https?://|#123(?!;)", text)
    text.encode("utf-8")


def test_that_a_huge_run_stays_below_the_limit_of_a_job_summary(demo_run: PipelineRun) -> None:
    failed = demo_run.tasks["train[size=600]"].attempts[0]
    failed.exceptions[0] = type(failed.exceptions[0])("E", "|" * 10**6, "`" * 10**6, 0, "x.py", 1)
    for number in range(3000):
        attempt = Attempt(exceptions=failed.exceptions, result=Result.FAILURE, state=State.DONE)
        demo_run.tasks[f"t{number}"] = TaskRun(
            id=f"t{number}{'<' * 500}", state=State.DONE, result=Result.FAILURE, attempts=[attempt] * 3
        )
    text = summary(demo_run)
    # pytest must not print runs of megabytes where this fails.
    found = {
        said: said in text for said in ("… and 2998 more tasks that did not succeed.", "more tasks.", "#### Graph")
    }
    size_bytes = len(text.encode())
    del demo_run.tasks, text
    assert size_bytes <= MOST_BYTES
    assert all(found.values()), found
