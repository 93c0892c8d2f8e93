"""Who ran what is what GitHub says, whatever the run log and the artifact's name say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from collecting import Surroundings, zipped
from fake_github import Fault, PullRequest, Repository, WorkflowRun
from fake_github.server import Response

from pynb_dag_runner.github.run_logs import PullRequestRuns
from pynb_dag_runner.runlog.origin import Origin


def pull_request(
    there: Surroundings, number: int, title: str, head: str = "bob/digits", sha: str = "a" * 40
) -> PullRequest:
    """A pull request from the branch ``faster`` of a repository."""
    opened = PullRequest(number, title, head, "faster", sha, there.github.now)
    there.repository.pulls[number] = opened
    return opened


def run_of(there: Surroundings, opened: PullRequest, listed: bool = False, sha: str | None = None) -> WorkflowRun:
    """A run that the pull request started, and its run log."""
    there.github.advance(minutes=5)
    run = there.github.add_run(
        there.repository,
        event="pull_request",
        head_sha=sha or opened.head_sha,
        head_branch=opened.head_branch,
        head_repository=opened.head_repository,
        actor="bob",
        pull_requests=[opened.number] if listed else [],
    )
    there.upload(run)
    return run


def collected(there: Surroundings) -> Origin:
    """The origin of the one run log."""
    (origin,) = there.collect().collected.fetched
    return origin


@pytest.fixture
def fork(there: Surroundings) -> Repository:
    """A fork by somebody else."""
    return there.github.add_repository("bob/digits")


def test_a_run_of_a_branch_of_the_repository_has_the_number_that_github_lists(there: Surroundings) -> None:
    pull_request(there, 3, "Another", "ann/digits")
    run_of(there, pull_request(there, 7, "Faster", "ann/digits"), listed=True)
    origin = collected(there)
    assert (origin.pull_request, origin.pull_request_title, origin.is_fork) == (7, "Faster", False)
    assert [request.path for request in there.fake.requests if "/pulls" in request.path] == [
        "/repos/ann/digits/pulls/7"
    ]


def test_a_run_of_a_fork_finds_its_pull_request_by_branch_and_commit(there: Surroundings, fork: Repository) -> None:
    pull_request(there, 4, "Closed before").state = "closed"
    opened = pull_request(there, 8, "Faster <script>", sha="b" * 40)
    pull_request(there, 9, "Of somebody else", "eve/digits", sha="b" * 40)
    pull_request(there, 10, "Of another commit")
    run_of(there, opened)
    origin = collected(there)
    assert (origin.event, origin.head_repository, origin.is_fork) == ("pull_request", "bob/digits", True)
    assert (origin.pull_request, origin.pull_request_title) == (8, "Faster <script>")


def test_after_a_push_the_newest_pull_request_before_the_run_is_meant(there: Surroundings, fork: Repository) -> None:
    pull_request(there, 4, "First")
    opened = pull_request(there, 5, "Second")
    run_of(there, opened, sha="c" * 40)
    there.github.advance(days=1)
    pull_request(there, 6, "Opened later")
    origin = collected(there)
    assert (origin.pull_request, origin.head_sha) == (5, "c" * 40)


def test_a_branch_of_another_fork_of_the_same_owner_is_not_meant(there: Surroundings, fork: Repository) -> None:
    opened = pull_request(there, 4, "Faster")
    pull_request(there, 5, "From bob's second fork", "bob/digits-2")
    run_of(there, opened)
    assert collected(there).pull_request == 4


def test_a_fork_that_was_deleted_leaves_a_run_without_number(there: Surroundings) -> None:
    opened = pull_request(there, 4, "Faster")
    opened.head_repository = None
    run_of(there, opened)
    origin = collected(there)
    assert (origin.pull_request, origin.head_repository) == (None, None)
    assert origin.is_fork


def test_a_pull_request_of_another_repository_is_not_meant(there: Surroundings) -> None:
    """GitHub lists pull requests of forks, too, that have a branch of this repository at their head."""
    opened = pull_request(there, 4, "Faster", "ann/digits")
    run_of(there, opened, listed=True)
    pull_request(there, 9, "Of the same number, but not meant", "ann/digits")
    elsewhere = b'{"number": 9, "head": {"sha": "x"}, "base": {"repo": {"id": 1}}}'

    def alter(response: Response) -> Response:
        response.body = response.body.replace(b'"pull_requests": [', b'"pull_requests": [' + elsewhere + b", ")
        return response

    there.fake.faults.append(Fault("api .*/attempts/1", alter=alter))
    assert collected(there).pull_request == 4


def test_a_push_has_no_pull_request_even_where_the_branch_has(there: Surroundings) -> None:
    opened = pull_request(there, 4, "Faster", "ann/digits")
    run = there.github.add_run(there.repository, event="push", head_branch="faster", head_sha=opened.head_sha)
    run.pull_requests = [4]
    there.upload(run)
    assert collected(there).pull_request is None


def test_a_long_title_is_cut(there: Surroundings, fork: Repository) -> None:
    run_of(there, pull_request(there, 4, "long " * 1000))
    assert len(collected(there).pull_request_title or "") == 500


def test_a_pull_request_is_asked_for_once(there: Surroundings, fork: Repository) -> None:
    opened = pull_request(there, 4, "Faster")
    for _ in range(6):
        run_of(there, opened)
    assert {origin.pull_request for origin in there.collect().collected.fetched} == {4}
    assert sum("/pulls" in request.path for request in there.fake.requests) == 1


def test_an_attempt_that_never_was_is_refused(there: Surroundings) -> None:
    run = there.github.add_run(there.repository)
    there.upload(run, name="run-log-v1-1")
    there.upload(run, name="run-log-v1-2")
    report = there.collect()
    assert [origin.run_attempt for origin in report.collected.fetched] == [1]
    (refusal,) = report.collected.refusals
    assert (refusal.address, refusal.is_lasting) == (f"{run.id}-2", True)
    assert refusal.reason == "its run has no attempt 2, which its name claims"


@pytest.mark.parametrize("claimed", [1, 2])
def test_an_artifact_of_one_attempt_cannot_claim_to_be_of_another(there: Surroundings, claimed: int) -> None:
    run = there.github.add_run(there.repository)
    there.github.advance(hours=1)
    there.github.add_attempt(run)
    made = run.attempts[2 - claimed]
    there.github.add_artifact(
        there.repository, run, f"run-log-v1-{claimed}", zipped({"run.otlp.jsonl": there.log}), created=made.ended
    )
    (refusal,) = there.collect().collected.refusals
    assert refusal.reason == f"it was made outside of attempt {claimed} of its run, which its name claims"
    assert refusal.is_lasting
    assert there.logs() == {}


def test_clocks_of_github_may_differ_a_little(there: Surroundings) -> None:
    run = there.github.add_run(there.repository)
    assert run.attempts[0].ended is not None
    created = run.attempts[0].ended + timedelta(minutes=2)
    archive = zipped({"run.otlp.jsonl": there.log})
    there.github.add_artifact(there.repository, run, "run-log-v1-1", archive, created=created)
    assert len(there.collect().collected.fetched) == 1


def test_what_the_log_says_of_itself_is_not_asked(there: Surroundings, fork: Repository) -> None:
    """The run log is whatever its author made of it: here it claims to be another run."""
    lie = there.log.replace(b'"20261121-000000-abc"', b'"18000000001-1"')
    assert lie != there.log
    opened = pull_request(there, 4, "Faster")
    run = run_of(there, opened)
    (artifact,) = there.repository.artifacts.values()
    artifact.content = zipped({"18000000001-1.otlp.jsonl": lie})
    artifact.digest = None
    origin = collected(there)
    assert origin.address == f"{run.id}-1"
    assert there.logs() == {f"{run.id}-1.otlp.jsonl": lie}


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [(PullRequestRuns.ALL, {None, 4, 5}), (PullRequestRuns.SAME_REPOSITORY, {None, 4}), (PullRequestRuns.NONE, {None})],
)
def test_pull_requests_can_be_left_out(
    there: Surroundings, fork: Repository, wanted: PullRequestRuns, numbers: set[int | None]
) -> None:
    there.upload(there.github.add_run(there.repository))
    run_of(there, pull_request(there, 4, "Own", "ann/digits"), listed=True)
    run_of(there, pull_request(there, 5, "Of a fork"))
    report = there.collect(wanted=wanted)
    assert {origin.pull_request for origin in report.collected.fetched} == numbers
    assert report.collected.unwanted == 3 - len(numbers)


def test_runs_that_are_not_wanted_do_not_keep_others_out(there: Surroundings, fork: Repository) -> None:
    oldest = there.github.add_run(there.repository)
    there.upload(oldest)
    own, other = pull_request(there, 4, "Own", "ann/digits"), pull_request(there, 5, "Of a fork")
    for _ in range(3):
        run_of(there, own, listed=True)
        run_of(there, other)
    collected = there.collect(wanted=PullRequestRuns.NONE, most=1).collected
    assert [origin.run_id for origin in collected.fetched] == [oldest.id]
    assert (collected.unwanted, collected.left) == (6, 0)


def test_a_run_of_another_repository_is_not_taken(there: Surroundings) -> None:
    there.upload(there.github.add_run(there.repository))

    def alter(response: Response) -> Response:
        response.body = response.body.replace(b'"full_name": "ann/digits"', b'"full_name": "eve/digits"')
        return response

    there.fake.faults.append(Fault("api .*/attempts/1", alter=alter))
    (refusal,) = there.collect().collected.refusals
    assert "GitHub tells of another run" in refusal.reason


def test_an_answer_of_another_shape_is_told_and_harms_no_other(there: Surroundings) -> None:
    bad, good = (there.github.add_run(there.repository) for _ in range(2))
    for run in (bad, good):
        there.upload(run)

    def alter(response: Response) -> Response:
        response.body = response.body.replace(b'"head_sha"', b'"sha"')
        return response

    there.fake.faults.append(Fault(f"api .*/runs/{bad.id}/", alter=alter))
    report = there.collect()
    assert [origin.run_id for origin in report.collected.fetched] == [good.id]
    (refusal,) = report.collected.refusals
    assert refusal.reason == "GitHub's answer has no head_sha as its documentation describes it"
    assert not refusal.is_lasting
