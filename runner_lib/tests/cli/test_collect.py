"""``pdr collect`` as it is called: what it says, what it tells GitHub, and its exit codes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from collecting import NAME, TOKEN, Surroundings
from fake_github import Fault, Pages

from pynb_dag_runner.cli.main import main
from pynb_dag_runner.github import web


@pytest.fixture(autouse=True)
def environment(there: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell in a folder of its own, which reaches the imitation of GitHub; nobody waits for real."""
    for name in (
        "GITHUB_ACTIONS",
        "GITHUB_OUTPUT",
        "GITHUB_STEP_SUMMARY",
        "GITHUB_WORKFLOW_REF",
        "GH_TOKEN",
        "PDR_TRACKER_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_API_URL", there.fake.api_url)
    monkeypatch.setenv("GITHUB_REPOSITORY", NAME)
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.chdir(there.folder)
    monkeypatch.setattr(web.time, "sleep", there.waits.append)


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Lines on standard output."""
    return capsys.readouterr().out.splitlines()


def test_it_says_what_came(there: Surroundings, capsys: pytest.CaptureFixture[str]) -> None:
    there.repository.pages = Pages()
    for _ in range(2):
        there.upload(there.github.add_run(there.repository))
    bad = there.upload(there.github.add_run(there.repository), b"bad")
    assert main(["collect", "--published", "pipeline-outputs/published"]) == 0
    assert told(capsys) == [
        "ann/digits: no earlier site: this is the first one",
        "pipeline-outputs/collected: 2 new run logs",
        f"unreadable: artifact run-log-v1-1 ({bad.id}), run {bad.run_id}-1: "
        "it is no run log: it does not begin with a record",
    ]
    assert len(list(Path("pipeline-outputs/collected").glob("*.otlp.jsonl"))) == 2
    assert main(["collect"]) == 0
    assert told(capsys) == ["pipeline-outputs/collected: 0 new run logs (2 known already, 1 refused before)"]


def test_it_says_where_the_earlier_site_came_from(there: Surroundings, capsys: pytest.CaptureFixture[str]) -> None:
    there.upload(there.github.add_run(there.repository))
    there.publish()
    there.forget()
    assert main(["collect", "--to", "to", "--published", "published"]) == 0
    assert told(capsys) == [
        "ann/digits: the earlier site, from artifact github-pages, has 1 run",
        "to: 0 new run logs (1 known already)",
    ]


def test_what_is_left_is_told(there: Surroundings, capsys: pytest.CaptureFixture[str]) -> None:
    there.repository.pages = Pages()
    for _ in range(3):
        there.upload(there.github.add_run(there.repository))
    assert main(["collect", "--most", "2"]) == 0
    assert told(capsys)[-1] == "left for the next call: 1 (--most 2)"


def test_workflows_get_outputs_and_where_pages_is_off_the_click(
    there: Surroundings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    output, summary = there.folder / "output", there.folder / "summary"
    output.write_text("earlier=1\n")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_OUTPUT", str(output))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    there.upload(there.github.add_run(there.repository))
    assert main(["collect"]) == 0
    assert output.read_text() == "earlier=1\npages=off\ntracker=https://ann.github.io/digits/\n"
    address = "https://github.com/ann/digits/settings/pages"
    assert f"[{address}]({address})" in summary.read_text()
    (notice,) = [line for line in told(capsys) if line.startswith("::notice ")]
    assert address in notice
    assert 'set "Source" to "GitHub Actions"' in notice
    assert len(there.logs()) == 0
    assert len(list(Path("pipeline-outputs/collected").glob("*.otlp.jsonl"))) == 1

    there.repository.pages = Pages()
    summary.unlink()
    assert main(["collect"]) == 0
    assert output.read_text().endswith(f"pages=on\ntracker={there.fake.site_url('digits')}\n")
    assert not summary.exists()
    assert "Pages is off" not in capsys.readouterr().out


def test_a_person_gets_the_click_in_words(there: Surroundings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["collect"]) == 0
    assert told(capsys)[-1].startswith(
        "GitHub Pages is off, so the tracker is built but not shown: open https://github.com/ann"
    )


def fails(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Exit code and what was said of the error."""
    code = main(["collect", *arguments])
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert TOKEN not in said
    return code, said


def test_where_the_history_would_be_lost_it_ends_with_1(
    there: Surroundings, capsys: pytest.CaptureFixture[str]
) -> None:
    there.upload(there.github.add_run(there.repository))
    there.publish()
    there.forget()
    there.github.advance(days=91)
    there.fake.faults.append(Fault("^pages ", status=503))
    code, said = fails(["--published", "published"], capsys)
    assert code == 1
    assert said.startswith(
        "error: the site that is published cannot be had, and a new one without it would lose its history"
    )
    assert f"{there.fake.site_url('digits')}data/state.json answers 503" in said
    assert not Path("published").exists()
    assert main(["collect", "--published", "published", "--start-over"]) == 0


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault("api", 401, body=b'{"message": "Bad credentials"}'), "the token is wrong, or has expired"),
        (Fault("api", 404), "shows no repository ann/digits"),
        (
            Fault("api", 403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "99999999999"}),
            "no more requests until",
        ),
        (Fault("api", 502), "answers 502"),
    ],
)
def test_each_failure_says_what_to_do(
    there: Surroundings, capsys: pytest.CaptureFixture[str], fault: Fault, reason: str
) -> None:
    there.fake.faults.append(fault)
    code, said = fails([], capsys)
    assert code == 1
    assert said.startswith("error: ")
    assert reason in said


def test_without_a_network_it_says_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("GITHUB_API_URL", "https://nowhere.invalid")
    code, said = fails([], capsys)
    assert (code, "is there a network?" in said) == (1, True)


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"GITHUB_API_URL": "file:///etc"}, "no address with http or https"),
        ({"GITHUB_API_URL": "api.github.com"}, "no address with http or https"),
        ({"GITHUB_API_URL": "https://ann:secret@api.github.com"}, "without user, password and query"),
        ({"GITHUB_API_URL": "http://api.github.com"}, "anybody on the way could read the token"),
        ({"GITHUB_TOKEN": "two\nlines"}, "something that cannot be a token"),
        ({"GITHUB_REPOSITORY": "digits"}, "'digits' is no repository"),
        ({"GITHUB_REPOSITORY": "ann/.."}, "'ann/..' is no repository"),
        ({"GITHUB_REPOSITORY": "ann/digits/../../user"}, "is no repository"),
        ({"GITHUB_REPOSITORY": ""}, "no repository is known: say --repository OWNER/NAME"),
    ],
)
def test_a_wrong_call_ends_with_2(
    there: Surroundings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    reason: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    code, said = fails([], capsys)
    assert (code, reason in said) == (2, True), said
    assert "secret" not in said
    assert there.fake.requests == []


@pytest.mark.parametrize("arguments", [["--pull-requests", "some"], ["--most", "-1"], ["--most", "x"], ["here"]])
def test_arguments_that_are_none_end_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert fails(arguments, capsys)[0] == 2


def clone(folder: Path, remote: str) -> None:
    """A repository that was cloned from ``remote``."""
    for arguments in (["init", "-q", "-b", "main"], ["remote", "add", "origin", remote]):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x"],
        cwd=folder,
        check=True,
    )


@pytest.mark.parametrize(
    "remote",
    ["git@github.com:ann/digits.git", "https://github.com/ann/digits", "ssh://git@ssh.github.com:443/ann/digits.git"],
)
def test_in_a_clone_the_repository_is_known(
    there: Surroundings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, remote: str
) -> None:
    monkeypatch.delenv("GITHUB_REPOSITORY")
    clone(there.folder, remote)
    there.upload(there.github.add_run(there.repository))
    assert main(["collect"]) == 0
    assert "1 new run log" in capsys.readouterr().out


def test_a_clone_from_elsewhere_says_so(
    there: Surroundings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_REPOSITORY")
    clone(there.folder, "git@gitlab.com:ann/digits.git")
    assert fails([], capsys) == (
        2,
        "error: this is a clone from gitlab.com, which is not GitHub: say --repository OWNER/NAME\n",
    )


def test_a_person_who_is_logged_in_with_gh_needs_no_token(
    there: Surroundings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gh = there.folder / "bin" / "gh"
    gh.parent.mkdir()
    gh.write_text(f'#!/bin/sh\n[ "$1 $2 $3 $4" = "auth token --hostname 127.0.0.1" ] && echo {TOKEN}\n')
    gh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{gh.parent}:/usr/bin:/bin")
    monkeypatch.delenv("GITHUB_TOKEN")
    there.upload(there.github.add_run(there.repository))
    assert main(["collect"]) == 0
    assert "1 new run log" in capsys.readouterr().out
    assert {request.headers["authorization"] for request in there.fake.asked("api")} == {f"Bearer {TOKEN}"}

    # In a job only the job's own token counts.
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    there.fake.requests.clear()
    main(["collect"])
    assert not any("authorization" in request.headers for request in there.fake.requests)


def test_without_any_token_it_says_how_to_log_in(
    there: Surroundings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(there.folder))
    monkeypatch.delenv("GITHUB_TOKEN")
    there.upload(there.github.add_run(there.repository))
    code, said = fails([], capsys)
    assert code == 1
    assert "only to who is logged in: set GITHUB_TOKEN, or call gh auth login" in said
