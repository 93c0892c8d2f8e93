"""The end of the page: where the run took place, what could not be read or shown, and how to see more."""

from __future__ import annotations

import shlex
from pathlib import PurePath

from pynb_dag_runner.report.page.contents import Contents
from pynb_dag_runner.report.page.elements import Html, element, joined, name
from pynb_dag_runner.report.page.head import time_html
from pynb_dag_runner.report.page.overview import value_html
from pynb_dag_runner.report.page.tables import Column, facts, table
from pynb_dag_runner.report.summary import size_text
from pynb_dag_runner.runlog.records import PipelineRun

_MOST_WARNINGS = 100
_MOST_LEFT_OUT = 100
_MOST_PACKAGES = 2000


def environment_html(run: PipelineRun) -> Html:
    """Python, platform, packages, and the facts about code and machine under their own names."""
    versions = facts(
        (title, name(value, 300)) for title, value in (("Python", run.python), ("Platform", run.platform)) if value
    )
    packages = [(name(package), name(str(version))) for package, version in list(run.packages.items())[:_MOST_PACKAGES]]
    columns = [Column("Package"), Column("Version")]
    attributes = facts((element("code", name(key)), value_html(value)) for key, value in run.resource.items())
    return joined(
        [
            versions,
            _fold("Packages", len(run.packages), table("Packages", columns, packages)) if packages else None,
            _fold("Attributes of the run", len(run.resource), attributes) if attributes else None,
        ]
    )


def warnings_html(run: PipelineRun) -> Html | None:
    """What could not be read of the run log; None where all could."""
    if not run.warnings:
        return None
    lines = [element("li", element("bdi", warning[:500])) for warning in run.warnings[:_MOST_WARNINGS]]
    others = len(run.warnings) - len(lines)
    return element("ul", lines, element("li", f"… and {others} more") if others else None)


def left_out_html(contents: Contents) -> Html | None:
    """All that the page leaves out for want of room, in one place; None where it has everything."""
    found = contents.budget.left_out
    if not found:
        return None
    lines = [element("li", element("bdi", what[:300]), f", {size_text(size)}") for what, size in found[:_MOST_LEFT_OUT]]
    others = len(found) - len(lines)
    return element("ul", lines, element("li", f"… and {others} more") if others else None)


def footer_html(run: PipelineRun, now_ns: int, version: str) -> Html:
    """Which file all this comes from, and the commands that tell more."""
    file = PurePath(run.path).name
    commands = [
        (f"pdr show {_quoted(run.run_id)}", "the same in a terminal"),
        (f"pdr expand {_quoted(run.run_id)}", "notebooks, figures and artifacts as files"),
        ("pdr ui", "the tracker: all runs, compared, with histories"),
    ]
    lines = [element("li", element("code", name(command, 300)), f" {what}") for command, what in commands]
    return element(
        "footer",
        element("p", "Made from the run log ", element("code", name(file, 300)), ". In the project's folder:"),
        element("ul", lines),
        element("p", f"pynb-dag-runner {version}, ", time_html(now_ns), class_="muted"),
    )


def _fold(title: str, count: int, content: Html) -> Html:
    return element("details", element("summary", title, element("span", f" {count}", class_="muted")), content)


def _quoted(run_id: str) -> str:
    return shlex.quote(run_id[:200])
