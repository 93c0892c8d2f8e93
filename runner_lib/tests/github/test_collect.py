"""Run logs come from GitHub, each with what GitHub knows of its run."""

from __future__ import annotations

import hashlib
import stat

import pytest
from collecting import NAME, Surroundings, zipped
from fake_github import Fault

from pynb_dag_runner.errors import EngineError, GitHubError, UsageError
from pynb_dag_runner.github.archives import Caps
from pynb_dag_runner.github.collect import Request, collect
from pynb_dag_runner.github.problems import StatusError
from pynb_dag_runner.runlog.origin import origin_path, read_origin
from pynb_dag_runner.runlog.refusals import read_refusals


def test_a_run_log_comes_with_its_origin(there: Surroundings) -> None:
    run = there.github.add_run(there.repository, event="schedule")
    artifact = there.upload(run)
    report = there.collect()
    address = f"{run.id}-1"
    assert there.logs() == {f"{address}.otlp.jsonl": there.log}
    log = there.to / f"{address}.otlp.jsonl"
    assert stat.S_IMODE(log.stat().st_mode) == 0o444
    origin = read_origin(log)
    assert origin is not None
    assert (origin.repository, origin.run_id, origin.run_attempt, origin.event) == ("ann/digits", run.id, 1, "schedule")
    assert (origin.head_sha, origin.head_branch, origin.head_repository) == (run.head_sha, "main", "ann/digits")
    assert (origin.workflow, origin.conclusion, origin.actor) == (".github/workflows/pipeline.yml", "success", "ann")
    assert origin.url == f"https://github.com/ann/digits/actions/runs/{run.id}/attempts/1"
    assert (origin.pull_request, origin.artifact_id) == (None, artifact.id)
    assert origin.started_ms == int(run.attempts[0].started.timestamp() * 1000)
    assert (origin.log_bytes, origin.log_sha256) == (len(there.log), hashlib.sha256(there.log).hexdigest())
    assert report.collected.fetched == [origin]
    assert report.previous is not None
    assert report.previous.source is None
    assert not there.published.exists()


def test_what_is_here_already_is_not_fetched_again(there: Surroundings) -> None:
    for _ in range(3):
        there.upload(there.github.add_run(there.repository))
    assert len(there.collect().collected.fetched) == 3
    there.fake.requests.clear()
    there.upload(there.github.add_run(there.repository))
    report = there.collect()
    assert (len(report.collected.fetched), report.known) == (1, 3)
    assert len(there.fake.asked("blob")) == 1
    assert len(there.logs()) == 4


def test_a_log_whose_origin_is_gone_is_fetched_again(there: Surroundings) -> None:
    there.upload(there.github.add_run(there.repository))
    (origin,) = there.collect().collected.fetched
    origin_path(there.to / f"{origin.address}.otlp.jsonl").unlink()
    assert there.collect().collected.fetched == [origin]


def test_a_run_that_was_cut_off_keeps_the_name_that_says_so(there: Surroundings) -> None:
    run = there.github.add_run(there.repository, conclusion="cancelled")
    cut = there.log[: len(there.log) // 2]
    there.upload(run, zipped({"run.otlp.jsonl.part": cut}))
    (origin,) = there.collect().collected.fetched
    assert origin.conclusion == "cancelled"
    assert there.logs() == {f"{run.id}-1.otlp.jsonl.part": cut}
    assert there.collect().known == 1


def test_all_artifacts_are_seen_however_many_pages_they_fill(there: Surroundings) -> None:
    for _ in range(250):
        there.upload(there.github.add_run(there.repository, minutes=1))
    report = there.collect(most=250)
    assert len(report.collected.fetched) == len(there.logs()) == 250
    assert len({origin.run_id for origin in report.collected.fetched}) == 250


def test_later_attempts_are_runs_of_their_own(there: Surroundings) -> None:
    run = there.github.add_run(there.repository, conclusion="failure")
    there.upload(run)
    there.github.advance(hours=1)
    there.github.add_attempt(run, "failure")  # uploaded nothing
    there.github.advance(hours=1)
    there.github.add_attempt(run)
    there.upload(run)
    origins = there.collect().collected.fetched
    assert sorted((origin.run_attempt, origin.conclusion) for origin in origins) == [(1, "failure"), (3, "success")]
    assert sorted(there.logs()) == [f"{run.id}-1.otlp.jsonl", f"{run.id}-3.otlp.jsonl"]


def test_other_artifacts_are_none_of_its_business(there: Surroundings) -> None:
    run = there.github.add_run(there.repository)
    for name in ("outputs-v1-1", "run-log-v2-1", "run-log-v1-1-debug", "run-log-v1-", "github-pages"):
        there.upload(run, b"x", name)
    report = there.collect(published=False)
    assert (report.collected.fetched, report.collected.refusals, there.fake.asked("blob")) == ([], [], [])


def test_a_run_that_goes_on_is_left_for_later(there: Surroundings) -> None:
    run = there.github.add_run(there.repository, conclusion=None)
    there.upload(run)
    report = there.collect()
    assert (report.collected.going_on, there.logs()) == (1, {})
    assert there.fake.asked("blob") == []
    there.github.end_attempt(run, "success")
    assert len(there.collect().collected.fetched) == 1


def test_what_has_expired_is_passed_over(there: Surroundings) -> None:
    there.upload(there.github.add_run(there.repository))
    there.github.advance(days=91)
    there.upload(there.github.add_run(there.repository))
    report = there.collect()
    assert (report.expired, len(report.collected.fetched), report.collected.refusals) == (1, 1, [])


def test_what_expires_between_list_and_download_is_no_trouble(there: Surroundings) -> None:
    there.upload(there.github.add_run(there.repository))
    there.fake.faults.append(Fault("api .*/zip", status=410, body=b'{"message": "Artifact has expired"}'))
    report = there.collect()
    assert (report.collected.gone, report.collected.refusals, there.logs()) == (1, [], {})


BOMB = zipped({"run.otlp.jsonl": b"{" + b" " * 40_000_000})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<html>", "no run log"),
        (BOMB, "unpacks to more than 200 times its size"),
        (zipped({"../../run.otlp.jsonl": b"{}"}), "no name of a run log"),
        (zipped({"model.onnx": b"{}"}), "no name of a run log"),
        (zipped({"a.otlp.jsonl": b"{}", "b.otlp.jsonl": b"{}"}), "2 files"),
    ],
)
def test_a_hostile_artifact_harms_no_other_and_is_fetched_once(
    there: Surroundings, content: bytes, reason: str
) -> None:
    runs = [there.github.add_run(there.repository) for _ in range(3)]
    artifacts = [there.upload(run, content if run is runs[1] else None) for run in runs]
    report = there.collect()
    assert sorted(there.logs()) == sorted(f"{run.id}-1.otlp.jsonl" for run in (runs[0], runs[2]))
    (refusal,) = report.collected.refusals
    assert (refusal.artifact_id, refusal.address, refusal.is_lasting) == (artifacts[1].id, f"{runs[1].id}-1", True)
    assert reason in refusal.reason
    assert read_refusals(there.to) == [refusal]
    assert not (there.folder / "run.otlp.jsonl").exists()
    assert [name for name in there.files() if name.startswith(".")] == []

    there.fake.requests.clear()
    again = there.collect()
    assert (again.refused_before, again.collected.refusals) == (1, [])
    assert there.fake.asked("blob") == []
    assert read_refusals(there.to) == [refusal]


def test_what_the_api_says_is_too_large_is_not_even_asked_for(there: Surroundings) -> None:
    there.upload(there.github.add_run(there.repository)).size_bytes = 600 * 1024**2
    (refusal,) = there.collect().collected.refusals
    assert "bytes, where 536870912 are the most" in refusal.reason
    assert refusal.is_lasting
    assert there.fake.asked("blob") == []


def test_an_artifact_that_is_larger_than_the_api_says_is_cut_off(there: Surroundings) -> None:
    there.upload(there.github.add_run(there.repository), b"{" * 5000).size_bytes = 10
    (refusal,) = there.collect(caps=Caps(archive_bytes=1000)).collected.refusals
    assert refusal.reason == "it has more than 1000 bytes"
    assert refusal.is_lasting


def test_a_digest_that_differs_is_tried_once_more_and_then_refused(there: Surroundings) -> None:
    good = there.upload(there.github.add_run(there.repository))
    there.upload(there.github.add_run(there.repository)).digest = f"sha256:{'0' * 64}"
    there.fake.faults.append(Fault(f"blob /artifacts/{good.id}", body=b"on the way", times=1))
    report = there.collect()
    assert [origin.artifact_id for origin in report.collected.fetched] == [good.id]
    (refusal,) = report.collected.refusals
    assert refusal.reason == "its digest is not the one that GitHub tells"
    assert len(there.fake.asked("blob")) == 4


def test_an_artifact_without_a_digest_is_taken(there: Surroundings) -> None:
    there.upload(there.github.add_run(there.repository)).digest = None
    assert len(there.collect().collected.fetched) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault("", status=500),
        Fault("", status=403, body=b"AuthenticationFailed"),
        Fault("", body=b"x" * 100, cut_after=50),
        Fault("", status=302, headers={"location": "http://127.0.0.1:1/"}),
        Fault("", headers={"content-encoding": "br"}, body=b"x"),
    ],
)
def test_a_download_that_fails_is_told_and_tried_again_the_next_time(there: Surroundings, fault: Fault) -> None:
    bad, good = (there.upload(there.github.add_run(there.repository)) for _ in range(2))
    fault.match = f"blob /artifacts/{bad.id}$"
    there.fake.faults.append(fault)
    report = there.collect()
    assert [origin.artifact_id for origin in report.collected.fetched] == [good.id]
    (refusal,) = report.collected.refusals
    assert (refusal.artifact_id, refusal.is_lasting) == (bad.id, False)
    there.fake.faults.clear()
    assert [origin.artifact_id for origin in there.collect().collected.fetched] == [bad.id]
    assert read_refusals(there.to) == []


def test_where_nothing_works_it_stops_soon(there: Surroundings) -> None:
    for _ in range(60):
        there.upload(there.github.add_run(there.repository))
    there.fake.faults.append(Fault("blob", status=503))
    collected = there.collect(api=there.api(tries=1)).collected
    assert 5 <= len(collected.refusals) < 12
    assert len(collected.refusals) + collected.left == 60
    assert "not well" in str(collected.left_because)


def test_the_newest_come_first_and_the_rest_the_next_time(there: Surroundings) -> None:
    runs = [there.github.add_run(there.repository) for _ in range(5)]
    for run in runs:
        there.upload(run)
    report = there.collect(most=2)
    assert sorted(origin.run_id for origin in report.collected.fetched) == [runs[3].id, runs[4].id]
    assert (report.collected.left, report.collected.left_because) == (3, "--most 2")
    assert sorted(origin.run_id for origin in there.collect(most=2).collected.fetched) == [runs[1].id, runs[2].id]
    assert there.collect().collected.left == 0
    assert len(there.logs()) == 5


def test_forks_come_after_the_own_runs(there: Surroundings) -> None:
    """So that strangers with many runs do not keep others out."""
    own = there.github.add_run(there.repository)
    fork = there.github.add_run(there.repository, event="pull_request", head_repository="bob/digits")
    for run in (own, fork):
        there.upload(run)
    assert [origin.run_id for origin in there.collect(most=1).collected.fetched] == [own.id]


def test_few_requests_that_are_left_are_enough_for_few_runs(there: Surroundings) -> None:
    for _ in range(5):
        there.upload(there.github.add_run(there.repository))
    there.github.requests_left = 47
    collected = there.collect().collected
    assert (len(collected.fetched), collected.left) == (2, 3)
    assert collected.left_because == "GitHub's limit of requests an hour"


def test_a_limit_in_the_middle_ends_in_good_order(there: Surroundings) -> None:
    for _ in range(10):
        there.upload(there.github.add_run(there.repository))
    limit = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "99999999999"}
    there.fake.faults.append(Fault("api .*/zip", 403, limit, skip=4))
    collected = there.collect().collected
    assert (len(collected.fetched), collected.left, collected.refusals) == (4, 6, [])
    assert "takes no more requests until" in str(collected.left_because)
    there.fake.faults.clear()
    assert len(there.collect().collected.fetched) == 6


def test_without_a_token_nothing_can_be_had_and_it_says_why(there: Surroundings) -> None:
    there.upload(there.github.add_run(there.repository))
    with pytest.raises(GitHubError, match=r"run logs are there \(1\), .* set GITHUB_TOKEN, or call gh auth login"):
        there.collect(api=there.api(token=None))


def test_a_token_that_is_refused_ends_it(there: Surroundings) -> None:
    there.upload(there.github.add_run(there.repository))
    there.fake.faults.append(Fault("api .*/zip", 401))
    with pytest.raises(StatusError, match="the token is wrong, or has expired"):
        there.collect()


def test_a_repository_that_is_not_there_says_so(there: Surroundings) -> None:
    there.github.repositories.clear()
    with pytest.raises(GitHubError, match="shows no repository ann/digits: its name is wrong, or the token may not"):
        there.collect()


def test_refusals_of_artifacts_that_are_gone_are_forgotten(there: Surroundings) -> None:
    there.upload(there.github.add_run(there.repository), b"bad")
    there.collect()
    there.github.advance(days=91)
    assert there.collect().refused_before == 0
    assert read_refusals(there.to) == []


def test_a_folder_that_cannot_be_written_is_an_error(there: Surroundings) -> None:
    there.upload(there.github.add_run(there.repository))
    there.to.parent.joinpath("collected").write_text("a file")
    with pytest.raises(EngineError, match="cannot be written"):
        there.collect()


@pytest.mark.parametrize(("to", "published"), [("a", "a"), ("a", "a/b"), ("a/b", "a"), ("a", "c/../a")])
def test_the_site_and_the_logs_do_not_share_a_folder(there: Surroundings, to: str, published: str) -> None:
    with pytest.raises(UsageError, match="two folders are needed"):
        collect(there.api(), NAME, Request(there.folder / to, there.folder / published), {})
    assert not (there.folder / "a").exists()
