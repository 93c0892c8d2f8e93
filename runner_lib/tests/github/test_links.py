from __future__ import annotations

from pathlib import Path

import pytest
from summary_runs import digits_tasks, run_of

from pynb_dag_runner.conventions import ResourceAttribute
from pynb_dag_runner.github.links import job_links, tracker_links
from pynb_dag_runner.report.links import NO_LINKS
from pynb_dag_runner.runlog.records import PipelineRun

JOB = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "Octo/digits",
    "GITHUB_RUN_ID": "77",
    "GITHUB_RUN_ATTEMPT": "2",
}


@pytest.fixture
def run() -> PipelineRun:
    """A run that attempt 2 of workflow run 77 made, for pull request 12."""
    run = run_of(digits_tasks(), pull_request=12)
    run.resource |= {ResourceAttribute.GITHUB_RUN_ID: "77", ResourceAttribute.GITHUB_RUN_ATTEMPT: "2"}
    return run


def test_links_of_the_run_that_this_job_made(run: PipelineRun) -> None:
    links = job_links(run, JOB)
    assert links.run == "https://octo.github.io/digits/#/run/77-2"
    assert links.of_task("train[size=600]") == f"{links.run}/task/train%5Bsize%3D600%5D"
    assert links.pull_request == "https://octo.github.io/digits/#/pr/12"
    assert links.job == "https://github.com/Octo/digits/actions/runs/77/attempts/2"
    assert links.report == f"{links.job}#artifacts"


def test_that_the_report_and_the_tracker_can_be_elsewhere(run: PipelineRun) -> None:
    links = job_links(
        run, {**JOB, "PDR_REPORT_URL": "https://github.com/x/5", "PDR_TRACKER_URL": "https://runs.example"}
    )
    assert (links.report, links.run) == ("https://github.com/x/5", "https://runs.example/#/run/77-2")
    assert job_links(run, JOB, "http://localhost:8000/").run == "http://localhost:8000/#/run/77-2"
    assert (
        job_links(run, {**JOB, "PDR_REPORT_URL": "javascript:alert(1)"}).report
        == f"{job_links(run, JOB).job}#artifacts"
    )


def test_that_a_log_of_another_job_has_no_links(run: PipelineRun) -> None:
    assert job_links(run, {**JOB, "GITHUB_RUN_ATTEMPT": "3"}) == NO_LINKS
    assert job_links(run, {}) == NO_LINKS
    assert job_links(run_of(digits_tasks()), JOB) == NO_LINKS


def test_that_an_unknown_tracker_leaves_the_links_to_github(run: PipelineRun) -> None:
    links = job_links(run, {**JOB, "PDR_TRACKER_URL": "not an address"})
    assert (links.run, links.task, links.pull_request) == (None, None, None)
    assert links.job is not None


def test_pages_in_a_tracker_that_is_named(run: PipelineRun) -> None:
    assert tracker_links(run, "https://x.example/t").run == "https://x.example/t/#/run/77-2"
    run.resource[ResourceAttribute.GITHUB_RUN_ID] = "../x"
    run.resource[ResourceAttribute.CHANGE_ID] = "12)<b>"
    links = tracker_links(run, "https://x.example/t/")
    assert links.run == "https://x.example/t/#/run/20260921T151320Z-0a1b2c"
    assert links.pull_request is None
    assert links.of_task("\udc80<") == f"{links.run}/task/%3F%3C"


def test_that_routes_are_those_of_the_tracker() -> None:
    routes = (Path(__file__).parents[3] / "ui" / "src" / "routing" / "links.ts").read_text(encoding="utf-8")
    for route in ('address(["run", runId]', 'address(["run", runId, "task", taskId]', 'address(["pr", number]'):
        assert route in routes
