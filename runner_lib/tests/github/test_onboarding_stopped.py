"""Publishing a project, stopped at each step and called again, with real ``gh`` and ``git``: the end is as if nothing had happened."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_github import Fault
from publishing import TOKEN, Person, person

pytestmark = pytest.mark.system

CREATIONS = [
    "api POST /user/repos",
    "git POST /ann/digits.git/git-receive-pack",
    "api POST /repos/ann/digits/pages",
]
DISPATCH = "api POST /repos/ann/digits/actions/workflows/pipeline.yml/dispatches"
PUSH = "git push POST /ann/digits.git/git-receive-pack"
NO_RUNS = json.dumps({"total_count": 0, "workflow_runs": []}).encode()


@pytest.fixture
def ann(tmp_path: Path) -> Iterator[Person]:
    with person(tmp_path) as one:
        yield one


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The state that publishing without any trouble leads to."""
    with person(tmp_path_factory.mktemp("undisturbed")) as one:
        assert one.publish().code == 0
        return one.state()


def test_undisturbed(ann: Person) -> None:
    ended = ann.publish()
    assert (ended.code, ended.err) == (0, "")
    repository = ann.github.repositories["ann/digits"]
    assert ann.creations() == CREATIONS
    assert not repository.private
    assert repository.pages is not None
    assert repository.pages.build_type == "workflow"
    head = ann.git("rev-parse", "main")
    assert ann.site.git("ann/digits", "rev-parse", "main").strip() == head
    assert [(run.event, run.head_sha) for run in repository.runs.values()] == [("push", head)]
    assert ann.state()["here"]["upstream"] == "origin/main"
    assert f"tracker  {ann.site.fake.site_url('digits')}" in ended.out
    # Each step is said with its command, before it is done.
    for command in (
        "git commit --quiet -m 'Start from pdr-template'",
        "gh api --method POST user/repos -f name=digits -F private=false -f 'description=Digits, read by notebooks'",
        "git remote add origin https://github.localhost/ann/digits.git",
        "push --quiet --set-upstream origin main",
        "gh api --method POST repos/ann/digits/pages -f build_type=workflow",
    ):
        assert ended.out.count(command) == 2, "in the plan and at the step"
    assert TOKEN not in ended.out
    assert TOKEN not in (ann.folder / ".git" / "config").read_text()

    before = ann.state()
    again = ann.publish()
    assert again.code == 0
    assert again.out.count("already so") == 6
    assert "There is nothing left to do." in again.out
    assert (ann.state(), ann.creations()) == (before, CREATIONS)


@pytest.mark.parametrize("after", [" init ", " add --all ", " commit ", " remote add origin "])
def test_stopped_after_a_step_on_this_machine(
    ann: Person, undisturbed: dict[str, Any], tmp_path: Path, after: str
) -> None:
    assert ann.publish_until_git(after, tmp_path / "programs").code == -signal.SIGKILL
    assert ann.publish().code == 0
    assert ann.state() == undisturbed
    assert ann.creations() == CREATIONS


@pytest.mark.parametrize("is_answered", [False, True])
@pytest.mark.parametrize(
    "request_", ["api POST /user/repos", PUSH, "api POST .*/pages", "api GET .*/pipeline.yml/runs"]
)
def test_stopped_at_a_step_on_github(
    ann: Person, undisturbed: dict[str, Any], request_: str, is_answered: bool
) -> None:
    """``is_answered=False``: GitHub has done it, and nobody here will ever know."""
    assert ann.publish_until(request_, is_answered).code == -signal.SIGKILL
    ended = ann.publish()
    assert ended.code == 0
    assert ann.state() == undisturbed
    assert ann.creations() == CREATIONS


@pytest.mark.parametrize("is_answered", [False, True])
def test_stopped_when_the_first_run_was_asked_for(ann: Person, undisturbed: dict[str, Any], is_answered: bool) -> None:
    ann.site.starts_runs = False
    assert ann.publish_until(DISPATCH, is_answered).code == -signal.SIGKILL
    # The run is in the list a moment later.
    ann.site.fake.faults.append(
        Fault("api .*/runs", body=NO_RUNS, headers={"content-type": "application/json"}, times=3)
    )
    ended = ann.publish()
    assert ended.code == 0
    assert "started by workflow_dispatch" in ended.out
    assert [run.event for run in ann.github.repositories["ann/digits"].runs.values()] == ["workflow_dispatch"]
    assert ann.state()["here"] == undisturbed["here"]
    assert ann.creations() == [*CREATIONS, DISPATCH]


def test_stopped_again_and_again(ann: Person, undisturbed: dict[str, Any]) -> None:
    for request in ("api GET /user", "api POST /user/repos", PUSH, "api POST .*/pages"):
        assert ann.publish_until(request, is_answered=False).code == -signal.SIGKILL
    assert ann.publish().code == 0
    assert ann.state() == undisturbed
    assert ann.creations() == CREATIONS


def test_ctrl_c_in_the_middle_says_how_to_go_on(ann: Person, undisturbed: dict[str, Any]) -> None:
    ended = ann.publish_until("api POST .*/pages", is_answered=False, by=signal.SIGINT)
    assert ended.code == 130
    assert "Stopped; call this again, and it goes on where it stopped." in ended.out
    assert ended.err == "cancelled\n"
    assert ann.publish().code == 0
    assert ann.state() == undisturbed
    assert ann.creations() == CREATIONS


def test_workflows_that_github_knows_a_moment_later_are_waited_for(ann: Person, undisturbed: dict[str, Any]) -> None:
    ann.site.lag = 4
    ended = ann.publish()
    assert ended.code == 0
    assert "Not there yet; waiting for it" in ended.out
    assert ann.state() == undisturbed
    assert ann.creations() == CREATIONS


def test_any_request_may_fail_once(undisturbed: dict[str, Any], tmp_path: Path) -> None:
    """The first, then the second, ... request to the API fails: it is said, and the next call ends well."""
    for number in range(100):
        with person(tmp_path / str(number)) as one:
            fault = Fault("^api ", status=502, body=b"<html>Unicorn!</html>", times=1, skip=number)
            one.site.fake.faults.append(fault)
            ended = one.publish()
            if fault.times == 1:  # there were fewer requests
                assert ended.code == 0
                assert number > 5
                break
            assert ended.code == 1
            assert "(HTTP 502); call this again, and it goes on where it stopped" in ended.err
            assert one.publish().code == 0
            assert one.state() == undisturbed
    else:
        pytest.fail("it never came to an end")
