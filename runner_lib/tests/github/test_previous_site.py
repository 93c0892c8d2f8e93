"""The site that is published carries the history: it comes back from the artifact or the live site, or nothing is done."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from collecting import Surroundings, site_artifact, zipped
from fake_github import Artifact, Fault, Pages

from pynb_dag_runner.errors import EngineError, UsageError
from pynb_dag_runner.site.build import build_site
from pynb_dag_runner.site.names import STATE
from pynb_dag_runner.site.published import published_files, verify


@pytest.fixture
def published(there: Surroundings) -> Surroundings:
    """Three runs, whose site is an artifact and on Pages; on this machine nothing is left of it."""
    for _ in range(3):
        there.upload(there.github.add_run(there.repository))
    there.publish()
    there.forget()
    return there


def is_whole(there: Surroundings, runs: int = 3) -> bool:
    """Whether the copy holds all that the next build needs, and nothing else."""
    state = (there.published / STATE).read_bytes()
    names = {path.relative_to(there.published).as_posix() for path in there.published.rglob("*") if path.is_file()}
    return (
        verify(there.published) == []
        and len(json.loads(state)["runs"]) == runs
        and names == {STATE, *published_files(state)}
    )


def test_the_first_time_there_is_none(there: Surroundings) -> None:
    there.repository.pages = Pages()
    previous = there.collect().previous
    assert previous is not None
    assert (previous.source, previous.missing, there.published.exists()) == (None, [], False)


def test_it_comes_from_the_newest_artifact(published: Surroundings) -> None:
    report = published.collect()
    assert report.previous is not None
    assert (report.previous.source, report.previous.notes) == ("artifact github-pages", [])
    assert is_whole(published)
    assert (report.collected.fetched, report.known) == ([], 3)
    assert [request.path.rpartition("/")[2] for request in published.fake.asked("pages")] == ["state.json"]


def test_where_artifacts_have_expired_it_comes_from_the_live_site(published: Surroundings) -> None:
    published.github.advance(days=91)
    report = published.collect()
    assert report.previous is not None
    assert report.previous.source == published.fake.site_url("digits")
    assert is_whole(published)
    assert published.fake.asked("blob") == []
    site = published.build()
    assert len(published.runs_of(site)) == 3


def test_history_outlives_its_artifacts_build_after_build(published: Surroundings) -> None:
    first = {path.name: path.read_bytes() for path in (published.folder / "recorded").rglob("*.otlp.jsonl")}
    for count in (4, 5, 6):
        published.github.advance(days=91)
        published.upload(published.github.add_run(published.repository))
        site = published.publish()
        assert len(published.runs_of(site)) == count
        published.forget()
    assert len(first) == 1


def test_pages_need_not_be_on(there: Surroundings) -> None:
    there.upload(there.github.add_run(there.repository))
    there.publish(deploy=False)
    there.forget()
    report = there.collect()
    assert report.previous is not None
    assert report.previous.source == "artifact github-pages"
    assert is_whole(there, 1)


def test_a_site_that_expired_while_pages_was_off_is_told(there: Surroundings) -> None:
    there.upload(there.github.add_run(there.repository))
    there.publish(deploy=False)
    there.forget()
    there.github.advance(days=91)
    previous = there.collect().previous
    assert previous is not None
    assert (previous.source, len(previous.notes)) == (None, 1)
    assert "have expired" in previous.notes[0]


def test_what_a_second_attempt_published_counts(published: Surroundings) -> None:
    published.upload(published.github.add_run(published.repository))
    published.publish(deploy=False, name="github-pages-2")
    published.forget()
    published.collect()
    assert is_whole(published, 4)


def forged(there: Surroundings) -> bytes:
    """A site that somebody else built, of one run that never was."""
    site = there.folder / "forged"
    shutil.copytree(there.folder / "recorded" / "runs", there.folder / "forged-logs")
    build_site(there.folder / "forged-logs", site, bundle=there.folder / "bundle", processes=1)
    return site_artifact(site)


@pytest.mark.parametrize(
    "run",
    [
        {"event": "pull_request", "path": ".github/workflows/publish.yml", "head_repository": "eve/digits"},
        {"event": "pull_request", "path": ".github/workflows/publish.yml"},
        {"event": "pull_request_target", "path": ".github/workflows/publish.yml"},
        {"event": "workflow_dispatch", "path": ".github/workflows/publish.yml", "head_branch": "evil"},
        {"event": "push", "path": ".github/workflows/pipeline.yml"},
        {"event": "push", "path": ".github/workflows/docs.yml"},
        {"event": "workflow_run", "path": ".github/workflows/publish.yml", "head_repository": "eve/digits"},
        {"event": "workflow_run", "path": ".github/workflows/publish.yml", "head_repository": None},
    ],
)
def test_what_others_upload_under_that_name_is_passed_over(published: Surroundings, run: dict[str, Any]) -> None:
    """A pull request can bring a workflow of its own, which uploads whatever it likes."""
    content, by = forged(published), published.github.add_run(published.repository, **run)
    for name in ("github-pages", "github-pages-2"):
        published.upload(by, content, name)
    report = published.collect()
    assert is_whole(published)
    assert report.previous is not None
    assert (report.previous.source, report.previous.notes) == ("artifact github-pages", [])


def test_only_forged_artifacts_are_as_good_as_none(there: Surroundings) -> None:
    (there.folder / "bundle").mkdir()
    run = there.github.add_run(there.repository, event="pull_request", head_repository="eve/digits")
    there.upload(run, forged(there), "github-pages")
    there.collect()
    assert not there.published.exists()


def test_the_workflow_that_publishes_can_have_another_name(published: Surroundings) -> None:
    published.environment.update(
        GITHUB_ACTIONS="true", GITHUB_WORKFLOW_REF="ann/digits/.github/workflows/demo.yml@refs/heads/main"
    )
    report = published.collect()
    assert report.previous is not None
    assert report.previous.source == published.fake.site_url("digits")
    published.forget()
    published.publish(path=".github/workflows/demo.yml")
    published.forget()
    report = published.collect()
    assert report.previous is not None
    assert report.previous.source == "artifact github-pages"


def test_an_artifact_that_is_older_than_the_live_site_does_not_take_runs_away(published: Surroundings) -> None:
    published.upload(published.github.add_run(published.repository))
    published.publish()
    del published.repository.artifacts[newest_site(published).id]  # by hand, in the browser
    published.forget()
    report = published.collect()
    assert report.previous is not None
    assert report.previous.source == published.fake.site_url("digits")
    assert is_whole(published, 4)
    files = published_files((published.published / STATE).read_bytes())
    # Most of it was in the artifact, too.
    assert 1 < len(published.fake.asked("pages")) < len(files)


def test_a_live_site_that_lags_behind_does_not_count(published: Surroundings) -> None:
    published.upload(published.github.add_run(published.repository))
    published.publish(deploy=False)
    published.forget()
    report = published.collect()
    assert report.previous is not None
    assert report.previous.source == "artifact github-pages"
    assert is_whole(published, 4)


def newest_site(there: Surroundings) -> Artifact:
    """The newest artifact with a site."""
    sites = [one for one in there.repository.artifacts.values() if one.name == "github-pages"]
    return max(sites, key=lambda one: one.id)


def break_artifact(there: Surroundings, content: bytes) -> None:
    """Make the newest site artifact hold something else."""
    artifact = newest_site(there)
    artifact.content, artifact.digest = content, None


def packed_tar(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """A zip archive with a tar archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return zipped({"artifact.tar": buffer.getvalue()})


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    """A member of a tar archive."""
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, target
    return made


BROKEN: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "a page": lambda: b"<html>502</html>",
    "not packed": lambda: b"artifact.tar",
    "an empty archive": lambda: zipped({}),
    "another member": lambda: zipped({"site.tar": b"x"}),
    "a second member": lambda: zipped({"artifact.tar": b"x", "other": b"x"}),
    "no tar": lambda: zipped({"artifact.tar": b"x" * 5000}),
    "half a tar": lambda: zipped({"artifact.tar": zipped({})[:10]}),
    "an empty tar": lambda: packed_tar(),
    "no site": lambda: packed_tar((member("index.html"), b"hello")),
    "a state that is none": lambda: packed_tar((member(STATE), b"[]")),
    "a state that leads out": lambda: packed_tar(
        (member(STATE), json.dumps({"format": 1, "chunks": {}, "runs": {"a": {"files": {"../x": [1, None]}}}}).encode())
    ),
    "a newer state": lambda: packed_tar((member(STATE), b'{"format": 99}')),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_artifact_makes_room_for_the_live_site(published: Surroundings, broken: str) -> None:
    break_artifact(published, BROKEN[broken]())
    report = published.collect()
    assert report.previous is not None
    assert report.previous.source == published.fake.site_url("digits")
    assert len(report.previous.notes) == 1
    assert is_whole(published)


@pytest.mark.parametrize(
    "intruder",
    [
        member("a", tarfile.SYMTYPE, "/etc/passwd"),
        member("a", tarfile.LNKTYPE, "b"),
        member("a", tarfile.CHRTYPE),
        member("a", tarfile.GNUTYPE_SPARSE),
        member("/tmp/x"),
        member("data/../../x"),
        member("x" * 200_000),
    ],
    ids=["symbolic link", "hard link", "device", "sparse file", "absolute name", "name that leads out", "endless name"],
)
def test_a_whole_site_with_an_intruder_is_refused(published: Surroundings, intruder: tarfile.TarInfo) -> None:
    site = max(published.folder.glob("site-*"))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        tar.addfile(intruder)
        tar.add(site, ".")
    break_artifact(published, zipped({"artifact.tar": buffer.getvalue()}))
    report = published.collect()
    assert report.previous is not None
    assert report.previous.source == published.fake.site_url("digits")
    (note,) = report.previous.notes
    assert "its tar archive" in note
    assert is_whole(published)


def test_a_site_whose_digest_differs_is_refused(published: Surroundings) -> None:
    newest_site(published).digest = f"sha256:{'0' * 64}"
    report = published.collect()
    assert report.previous is not None
    assert report.previous.source == published.fake.site_url("digits")
    assert "its digest is not the one" in report.previous.notes[0]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("blob", status=500),
        Fault("blob", body=b"x" * 100, cut_after=50),
        Fault("blob", body=b"another content"),
        Fault("api .*/zip", status=410),
        Fault("api .*/zip", status=403),
    ],
)
def test_an_artifact_that_cannot_be_had_makes_room_for_the_live_site(published: Surroundings, fault: Fault) -> None:
    published.fake.faults.append(fault)
    report = published.collect()
    assert report.previous is not None
    assert report.previous.source == published.fake.site_url("digits")
    assert is_whole(published)


def test_files_that_the_artifact_lacks_come_from_the_live_site(published: Surroundings) -> None:
    site = max(published.folder.glob("site-*"))
    names = list(published_files((site / STATE).read_bytes()))
    (site / names[0]).unlink()
    (site / names[1]).write_bytes(b"x" * (site / names[1]).stat().st_size)
    break_artifact(published, site_artifact(site))
    published.collect()
    assert is_whole(published)
    asked = [request.path.removeprefix("/digits/") for request in published.fake.asked("pages")]
    assert sorted(asked) == sorted([STATE, names[0], names[1]])


def test_a_damaged_file_of_the_live_site_is_told_and_its_run_collected_again(published: Surroundings) -> None:
    for artifact in list(published.repository.artifacts.values()):
        if artifact.name == "github-pages":
            del published.repository.artifacts[artifact.id]
    assert published.repository.pages is not None
    site = published.repository.pages.site
    damaged = next(name for name in site if name.startswith("data/runs/"))
    site[damaged] = site[damaged][:-1] + b"?"
    report = published.collect()
    assert report.previous is not None
    assert report.previous.missing == [damaged]
    assert not (published.published / damaged).exists()
    run = damaged.split("/")[2]
    assert [origin.address for origin in report.collected.fetched] == [run]
    assert len(published.runs_of(published.build())) == 3


def test_a_damaged_run_whose_log_has_expired_is_never_lost_in_silence(published: Surroundings) -> None:
    published.github.advance(days=91)
    assert published.repository.pages is not None
    site = published.repository.pages.site
    damaged = next(name for name in site if name.startswith("data/runs/") and name.endswith("run.js"))
    del site[damaged]
    report = published.collect()
    assert report.previous is not None
    assert report.previous.missing == [damaged]
    with pytest.raises(EngineError, match=damaged.split("/")[2]):
        published.build()


def test_a_copy_in_between_that_is_old_is_asked_past(published: Surroundings) -> None:
    published.github.advance(days=91)
    assert published.repository.pages is not None
    name = next(name for name in published.repository.pages.site if name.startswith("data/runs/"))
    size = len(published.repository.pages.site[name])
    published.fake.faults.append(Fault(f"pages /digits/{name}", body=b"x" * size, times=1))
    published.collect()
    assert is_whole(published)
    asked = [request.query for request in published.fake.asked("pages") if request.path == f"/digits/{name}"]
    assert [list(query) for query in asked] == [[], ["sha256"]]


def test_a_live_site_that_stumbles_is_tried_again(published: Surroundings) -> None:
    published.github.advance(days=91)
    published.fake.faults.append(Fault(r"^pages .*\.js$", status=503, times=5))
    published.fake.faults.append(Fault(r"^pages .*\.js$", status=429, headers={"retry-after": "1"}, times=2))
    published.collect(api=published.api(tries=6))
    assert is_whole(published)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("pages .*state.json", status=404),
        Fault("pages .*state.json", status=503),
        Fault("pages .*state.json", body=b"<html>"),
        Fault("pages .*state.json", body=b'{"format": 99}'),
        Fault("pages .*state.json", status=302, headers={"location": "/digits/data/state.json"}),
        Fault("pages .*state.json", body=b"{", endless=b"x" * 1_000_000),
    ],
)
def test_where_neither_works_nothing_is_done(published: Surroundings, fault: Fault) -> None:
    published.github.advance(days=91)
    published.upload(published.github.add_run(published.repository))
    published.fake.faults.append(fault)
    with pytest.raises(EngineError, match=r"its history.*(?s:.*)Wait some minutes and call again.*--start-over"):
        published.collect()
    assert not published.published.exists()
    assert published.logs() == {}


def test_a_copy_that_is_here_stays_where_the_next_cannot_be_had(published: Surroundings) -> None:
    published.collect()
    published.github.advance(days=91)
    published.fake.faults.append(Fault("^pages ", status=503))
    with pytest.raises(EngineError, match="cannot be had"):
        published.collect()
    assert is_whole(published)


def test_an_artifact_that_is_broken_where_pages_is_off_is_no_first_time(there: Surroundings) -> None:
    there.upload(there.github.add_run(there.repository))
    there.publish(deploy=False)
    there.forget()
    break_artifact(there, b"broken")
    with pytest.raises(EngineError, match="artifact github-pages"):
        there.collect()


def test_starting_over_leaves_it_where_it_is(published: Surroundings) -> None:
    published.collect()
    report = published.collect(start_over=True)
    assert not published.published.exists()
    assert len(report.collected.fetched) == 3
    assert [request.path for request in published.fake.asked("pages")].count("/digits/data/state.json") == 1


def test_runs_that_were_dropped_stay_away(published: Surroundings) -> None:
    published.collect()
    gone = min(published.runs_of(published.published))
    site = published.folder / "without"
    build_site(published.to, site, published.published, drop=[gone], bundle=published.folder / "bundle", processes=1)
    run = published.github.add_run(published.repository, event="workflow_run", path=".github/workflows/publish.yml")
    published.upload(run, site_artifact(site), "github-pages")
    published.forget()
    report = published.collect()
    assert (report.collected.fetched, report.known) == ([], 3)
    assert len(published.runs_of(published.published)) == 2


def test_an_artifact_from_before_a_run_was_dropped_does_not_bring_it_back(published: Surroundings) -> None:
    published.collect()
    gone = min(published.runs_of(published.published))
    site = published.folder / "without"
    build_site(published.to, site, published.published, drop=[gone], bundle=published.folder / "bundle", processes=1)
    published.deploy(site)
    published.forget()
    published.collect()
    assert gone not in published.runs_of(published.published)


def test_refusals_travel_with_the_site(published: Surroundings) -> None:
    published.upload(published.github.add_run(published.repository), b"bad")
    published.publish()
    published.forget()
    published.fake.requests.clear()
    report = published.collect()
    assert (report.refused_before, report.collected.refusals) == (1, [])
    assert len(published.fake.asked("blob")) == 1  # the site


def test_a_second_copy_takes_what_is_here(published: Surroundings) -> None:
    published.github.advance(days=91)
    published.collect()
    published.fake.requests.clear()
    published.collect()
    assert len(published.fake.asked("pages")) == 1
    assert is_whole(published)


def test_a_folder_of_somebody_else_is_left_alone(published: Surroundings) -> None:
    published.published.mkdir()
    (published.published / "thesis.txt").write_text("mine")
    for start_over in (False, True):
        with pytest.raises(UsageError, match="something else than a site is there"):
            published.collect(start_over=start_over)
    assert [path.name for path in published.published.iterdir()] == ["thesis.txt"]


def test_nothing_is_left_beside_the_copy(published: Surroundings) -> None:
    (published.folder / ".published.fetching-killed").mkdir()
    published.collect()
    assert [path.name for path in published.folder.iterdir() if path.name.startswith(".")] == []


def test_without_a_token_the_live_site_can_be_had(published: Surroundings) -> None:
    published.upload(published.github.add_run(published.repository))
    report = published.collect(api=published.api(token=None))
    assert is_whole(published)
    assert report.collected.left == 1
    assert "set GITHUB_TOKEN, or call gh auth login" in str(report.collected.left_because)
    assert all("authorization" not in request.headers for request in published.fake.requests)


def test_who_may_not_see_the_settings_of_pages_learns_from_the_repository(published: Surroundings) -> None:
    published.fake.faults.append(Fault("api .*/pages", status=403))
    published.environment["PDR_TRACKER_URL"] = published.fake.site_url("digits")
    report = published.collect()
    assert report.pages.is_on
    assert report.pages.url == published.fake.site_url("digits")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "file:///etc/", "//host/", "http://["])
def test_an_address_of_pages_that_is_none_is_an_error(published: Surroundings, address: str) -> None:
    body = json.dumps({"html_url": address}).encode()
    published.fake.faults.append(Fault("api .*/pages", body=body, headers={"content-type": "application/json"}))
    with pytest.raises(EngineError, match="address"):
        published.collect()
    assert not Path(published.published).exists()
