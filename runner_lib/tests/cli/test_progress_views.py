from __future__ import annotations

import io

import pytest

from pynb_dag_runner.cli.progress.github import GitHubProgress
from pynb_dag_runner.cli.progress.lines import LineProgress
from pynb_dag_runner.cli.progress.live import LiveProgress
from pynb_dag_runner.cli.progress.views import SilentProgress, progress_kind, progress_output, progress_view
from pynb_dag_runner.cli.progress.workflow_commands import HarmlessOutput
from pynb_dag_runner.errors import UsageError

GITHUB = {"GITHUB_ACTIONS": "true", "TERM": "xterm"}


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "kind"),
    [
        (Terminal(), {"TERM": "xterm"}, "live"),
        (Terminal(), {"TERM": "dumb"}, "lines"),
        (Terminal(), {}, "lines"),
        (io.StringIO(), {"TERM": "xterm"}, "lines"),
        (io.StringIO(), GITHUB, "github"),
        (Terminal(), GITHUB, "github"),
        (io.StringIO(), {"GITHUB_ACTIONS": ""}, "lines"),
    ],
)
def test_that_auto_fits_the_place(stream: io.StringIO, environment: dict[str, str], kind: str) -> None:
    assert progress_kind("auto", stream, environment) == kind


def test_that_a_live_view_needs_a_terminal() -> None:
    with pytest.raises(UsageError, match="needs a terminal"):
        progress_kind("live", io.StringIO(), {"TERM": "xterm"})
    assert progress_kind("none", io.StringIO(), {}) == "none"


def test_that_whatever_is_written_on_github_is_harmless() -> None:
    for kind in ("lines", "none", "github"):
        stream = io.StringIO()
        output = progress_output(kind, stream, GITHUB)
        output.write("::error::x\n")
        assert stream.getvalue() == ": :error::x\n"
    assert isinstance(progress_output("github", io.StringIO(), {}), HarmlessOutput)


@pytest.mark.parametrize(
    ("kind", "type"),
    [("none", SilentProgress), ("live", LiveProgress), ("github", GitHubProgress), ("lines", LineProgress)],
)
def test_the_view_of_each_kind(kind: str, type: type[object]) -> None:
    view = progress_view(kind, progress_output(kind, io.StringIO(), {}), {}, str)
    assert isinstance(view, type)
    view.close()
