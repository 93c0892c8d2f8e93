from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from pynb_dag_runner import Pipeline
from pynb_dag_runner.cli.progress.github import GitHubProgress
from pynb_dag_runner.cli.progress.workflow_commands import HarmlessOutput, annotation, harmless
from pynb_dag_runner.conventions import Result
from pynb_dag_runner.errors import SourceLocation
from pynb_dag_runner.execution.events import RunSummary
from pynb_dag_runner.execution.requests import AttemptOutcome

HERE = SourceLocation("notebooks/a,b:c.py", 12)


def read_images() -> None:
    """A task."""


@pytest.fixture
def pipeline() -> Pipeline:
    pipeline = Pipeline("digits")
    pipeline.function(read_images, id="ingest", attempts=3)
    return pipeline


def _view(stream: io.StringIO, **environment: str) -> GitHubProgress:
    return GitHubProgress(HarmlessOutput(stream), environment, str, lambda: 0.0)


def _commands(stream: io.StringIO) -> list[str]:
    """The lines that GitHub's runner takes for commands, by its own rule."""
    return [line for line in stream.getvalue().splitlines() if line.lstrip().startswith("::") or "##[" in line]


def test_that_a_retried_attempt_is_a_warning_and_the_last_one_an_error(pipeline: Pipeline) -> None:
    stream = io.StringIO()
    view = _view(stream)
    failure = AttemptOutcome(Result.FAILURE, 0, 1, "ValueError: 100% bad\nsecond line", (), HERE)
    view.attempt_ended(pipeline["ingest"], 1, failure, is_retried=True)
    view.attempt_ended(pipeline["ingest"], 2, failure, is_retried=False)
    view.task_ended(pipeline["ingest"], Result.FAILURE, None)
    place = "file=notebooks/a%2Cb%3Ac.py,line=12"
    assert _commands(stream) == [
        f"::warning {place},title=ingest%2C attempt 1 of 3%3A failure::ValueError: 100%25 bad%0Asecond line",
        f"::error {place},title=ingest%2C attempt 2 of 3%3A failure::ValueError: 100%25 bad%0Asecond line",
    ]
    assert len(stream.getvalue().splitlines()) == 4


def test_that_what_failed_for_good_leads_to_its_page_in_the_tracker(pipeline: Pipeline) -> None:
    stream = io.StringIO()
    job = {"GITHUB_REPOSITORY": "Octo/digits", "GITHUB_RUN_ID": "77", "GITHUB_RUN_ATTEMPT": "2"}
    view = _view(stream, **job)
    task = pipeline.function(read_images, id="train[size=600]")
    view.attempt_ended(task, 1, AttemptOutcome(Result.FAILURE, 0, 1, "x" * 9000, (), HERE), is_retried=True)
    view.attempt_ended(task, 2, AttemptOutcome(Result.FAILURE, 0, 1, "x" * 9000, (), HERE), is_retried=False)
    view.task_ended(pipeline["ingest"], Result.ERROR, None)
    warning, error, untried = _commands(stream)
    page = "%0Ahttps://octo.github.io/digits/#/run/77-2/task/"
    assert "octo.github.io" not in warning
    assert error.endswith(f"x…{page}train%255Bsize%253D600%255D")
    assert untried.endswith(f"::it could not be tried{page}ingest")


def test_that_the_page_of_a_task_tells_no_secret(pipeline: Pipeline) -> None:
    stream = io.StringIO()
    job = {"GITHUB_REPOSITORY": "octo/digits", "GITHUB_RUN_ID": "77"}
    view = GitHubProgress(HarmlessOutput(stream), job, lambda text: text.replace("ingest", "***"), lambda: 0.0)
    view.task_ended(pipeline["ingest"], Result.ERROR, None)
    (command,) = _commands(stream)
    assert "ingest" not in command
    assert "octo.github.io" not in command


def test_that_a_task_that_could_not_be_tried_is_an_error_where_it_is_defined(pipeline: Pipeline) -> None:
    stream = io.StringIO()
    _view(stream).task_ended(pipeline["ingest"], Result.ERROR, None)
    (command,) = _commands(stream)
    assert command.startswith("::error file=")
    assert f",line={pipeline['ingest'].location.line},title=ingest%3A error::" in command


@pytest.mark.parametrize("result", [Result.SUCCESS, Result.CANCELLATION])
def test_that_nothing_else_is_annotated(result: Result, pipeline: Pipeline) -> None:
    stream = io.StringIO()
    view = _view(stream)
    view.attempt_started(pipeline["ingest"], 1)
    view.attempt_ended(pipeline["ingest"], 1, AttemptOutcome(result, 0, 1), is_retried=False)
    view.task_ended(pipeline["ingest"], result, None)
    view.cancelling("received SIGINT")
    assert _commands(stream) == []


@pytest.mark.parametrize(
    "text",
    ["::error::x", "  ::add-mask::x", "a\n\t::set-env name=A::x", "a\r::error::x", ":::::error::x", "a ##[error]x"],
)
def test_that_user_text_is_no_command(text: str) -> None:
    shown = harmless(text)
    for line in shown.splitlines():
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
    assert shown.replace(" ", "") == text.replace(" ", "")


def test_that_other_text_is_left_as_it_is() -> None:
    text = "slice a[::2], C::D, http://x\n  : list\n## [title]\n"
    assert harmless(text) == text


def test_that_messages_and_ids_inject_no_command(pipeline: Pipeline) -> None:
    stream = io.StringIO()
    task = pipeline.function(read_images, id="::error::id ##[error]")
    message = "x\r\n::error::injected\n##[add-mask]e\x1b[31m"
    _view(stream).attempt_ended(task, 1, AttemptOutcome(Result.FAILURE, 0, 1, message, (), HERE), is_retried=False)
    line, command = stream.getvalue().splitlines()
    assert "##[" not in line
    assert command.startswith("::error file=")
    assert command.endswith("::x%0A::error::injected%0A##[add-mask]e\\x1b[31m")
    assert "title=%3A%3Aerror%3A%3Aid" in command


def test_that_files_are_named_by_their_path_in_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "repository" / "project"
    project.mkdir(parents=True)
    monkeypatch.chdir(project)
    environment = {"GITHUB_WORKSPACE": str(tmp_path / "repository")}
    inside = annotation("error", "m", "t", SourceLocation("pipeline.py", 3), environment)
    assert inside == "::error file=project/pipeline.py,line=3,title=t::m"
    outside = annotation("error", "m", "t", SourceLocation("/elsewhere/a.py", 3), environment)
    assert outside == "::error title=t::m"
    assert annotation("notice", "m", "t", None, environment) == "::notice title=t::m"


def test_that_the_job_summary_is_left_to_its_own_step(tmp_path: Path, record_run: Callable[..., Path]) -> None:
    job_summary = tmp_path / "summary.md"
    summary = RunSummary("RUN", Result.FAILURE, 1.0, record_run(tmp_path), {})
    _view(io.StringIO(), GITHUB_STEP_SUMMARY=str(job_summary)).run_ended(summary)
    assert not job_summary.exists()
