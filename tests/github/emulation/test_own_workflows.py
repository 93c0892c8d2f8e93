"""The workflows of this repository and of a generated project, as the emulation understands them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from actions_emulation.errors import EmulationError
from actions_emulation.official import Official
from actions_emulation.playground import Playground
from actions_emulation.workflow import read_workflow
from fake_github.git_server import GitHubSite

REPOSITORY = Path(__file__).parents[3]
FOLDERS = (REPOSITORY / ".github/workflows", REPOSITORY / "{{cookiecutter.project_slug}}/.github/workflows")
ALL = {str(path.relative_to(REPOSITORY)): path for folder in FOLDERS for path in sorted(folder.glob("*.yml"))}
DAILY = FOLDERS[1] / "daily.yml"
MATRIX = ".github/workflows/ci.yml"


@pytest.mark.parametrize("name", [name for name in ALL if name != MATRIX])
def test_understood(official: Official, name: str) -> None:
    workflow = read_workflow(official, name, ALL[name].read_text(encoding="utf-8"))
    assert workflow.jobs
    assert workflow.permissions == {}
    for job in workflow.jobs.values():
        assert "write" not in {level for scope, level in (job.permissions or {}).items() if scope == "contents"}


def test_a_matrix_is_more_than_the_emulation_knows(official: Official) -> None:
    with pytest.raises(EmulationError, match="does not know strategy"):
        read_workflow(official, MATRIX, ALL[MATRIX].read_text(encoding="utf-8"))


def test_the_schedule_is_kept_alive_where_that_is_wanted(playground: Playground, tmp_path: Path) -> None:
    """By gh, as it is on GitHub's machines, with no right but that one."""
    fake, repository = playground.world.fake, playground.repository
    called = "name: Pipeline\non: workflow_call\njobs: {a: {runs-on: ubuntu-24.04, steps: [{run: echo}]}}"
    daily = ".github/workflows/daily.yml"
    assert playground.push({daily: DAILY.read_text(encoding="utf-8"), ".github/workflows/pipeline.yml": called}) == []
    with GitHubSite(fake, tmp_path / "site") as site:
        given = site.environment(tmp_path / "home", None)
        found = {name: value for name, value in given.items() if name in ("GH_HOST", "HTTP_PROXY")}
        playground.world.tools = dataclasses.replace(playground.world.tools, variables=found)
        (run,) = playground.actions.schedule(repository, "daily.yml").wait()
        assert {name: job.result for name, job in run.jobs.items()} == {
            "Daily / a": "success",
            "Keep the schedule alive": "skipped",
        }
        repository.variables["KEEP_SCHEDULE_ALIVE"] = "true"
        repository.workflows["daily.yml"].state = "disabled_inactivity"
        (run,) = playground.actions.schedule(repository, "daily.yml").wait()
    job = run.jobs["Keep the schedule alive"]
    assert job.result == "success", job.log.text
    assert repository.workflows["daily.yml"].state == "active"
    assert job.token is not None
    assert job.token.used == job.token.permissions == {"actions": "write"}
