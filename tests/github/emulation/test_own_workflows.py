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
IMAGE = FOLDERS[1] / "image.yml"
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


def test_the_image_is_built_when_what_it_is_made_of_changes(playground: Playground) -> None:
    """Nobody has a Docker engine here: what starts is the workflow with its own triggers and another job."""
    triggers, _, _ = IMAGE.read_text(encoding="utf-8").partition("\njobs:")
    text = f"{triggers}\njobs: {{a: {{runs-on: ubuntu-24.04, steps: [{{run: echo}}]}}}}\n"
    (first,) = playground.push({".github/workflows/image.yml": text, "Dockerfile": "FROM x", "pipeline.py": ""})
    assert (first.workflow.name, first.conclusion) == ("Image", "success")
    assert playground.push({"pipeline.py": "x = 1"}) == []
    assert len(playground.push({"requirements.txt": "x==1", "pipeline.py": "x = 2"})) == 1
    assert playground.pull_request({"pipeline.py": "x = 3"}, branch="other") == []
    assert len(playground.pull_request({"Dockerfile": "FROM y"}, branch="image")) == 1


def test_both_events_start_the_image_for_the_same_files(official: Official) -> None:
    events = read_workflow(official, "image.yml", IMAGE.read_text(encoding="utf-8")).events
    assert events["push"]["paths"] == events["pull_request"]["paths"]
    assert {path for path in events["push"]["paths"] if not (FOLDERS[1].parents[1] / path).is_file()} == {
        "requirements.txt"  # each starter has its own
    }
