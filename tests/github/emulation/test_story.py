"""What a repository lives through, played with its own workflows: no run of it is ever lost from the site.

Pushed, published, changed by strangers, cancelled, failing by night, and 91 days later. The workflows run as they stand, in an
emulation of GitHub Actions; API, artifacts and Pages are an imitation on loopback.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from actions_emulation.deployed import Site, address_of, look
from actions_emulation.official import Official
from actions_emulation.playground import NAME, Playground, open_playground
from actions_emulation.processes import Patience
from actions_emulation.runs import JobResult, Run, told
from fake_github import Pages

pytestmark = pytest.mark.system

Generate: TypeAlias = Callable[..., Path]

RUN = "Run pipeline"
MEASURE = "src/{package}/measurements.py"
PIPELINE = ".github/workflows/pipeline.yml"


def _log_of(job: JobResult) -> bytes:
    """The file that the job itself wrote."""
    assert job.workspace is not None
    (path,) = (job.workspace / "pipeline-outputs" / "runs").glob("*.otlp.jsonl")
    return path.read_bytes()


@pytest.fixture
def playground(official: Official, tmp_path: Path) -> Iterator[Playground]:
    """A repository, with the real lengths of time."""
    with open_playground(official, tmp_path, Patience()) as opened:
        yield opened
        assert opened.world.fake.unknown == []


def test_story(
    playground: Playground, template: Path, generate: Generate, commit: Callable[[Path], None], tmp_path: Path
) -> None:
    story = Story(playground, tmp_path)
    project = generate(template, tmp_path / "generated", starter="minimal", project_slug="waves")
    (project / ".github" / "workflows" / "image.yml").unlink()  # no Docker here; tests/containers does what it does
    commit(project)
    story.is_pushed_while_pages_is_off(project)
    story.is_published_when_pages_is_on()
    story.gets_a_pull_request_from_a_fork()
    story.is_cancelled_half_way()
    story.fails_by_night()
    story.is_attacked()
    story.is_91_days_older()
    story.refuses_to_forget()
    story.drops_a_run_and_starts_over()
    story.shows_that_no_job_had_a_right_in_vain()


class Story:
    """The scenes, in their order."""

    def __init__(self, playground: Playground, folder: Path) -> None:
        self._playground = playground
        self._github = playground.world.fake.github
        self._repository = playground.repository
        self._folder = folder
        self._sites = 0
        self._measure = ""
        self.runs: list[Run] = []
        """Every run of the pipeline."""
        self.every: list[Run] = []
        self.logs: list[bytes] = []
        """Their run logs, as their jobs wrote them."""

    def is_pushed_while_pages_is_off(self, project: Path) -> None:
        self._repository.secrets["PASSWORD"] = "correct horse"
        self._repository.variables["PDR_TRACKER_URL"] = self._playground.world.fake.site_url("waves")
        self._measure = (project / MEASURE.format(package="waves")).read_text(encoding="utf-8")
        runs = self._playground.upload(project).wait()
        run, publish = self._seen(runs)
        assert [run.workflow.name, publish.workflow.name] == ["Pipeline", "Publish tracker"]
        assert [run.conclusion, publish.conclusion] == ["success", "success"], told(runs)
        self._remember(run)
        artifacts = {one.name for one in self._repository.artifacts.values() if one.run_id == run.model.id}
        assert artifacts == {"run-log-v1-1", "outputs-v1-1", f"run-report-{run.model.id}-1.html"}
        assert "```mermaid" in run.summary
        assert "correct horse" not in told(runs)

        assert publish.jobs["Deploy to GitHub Pages"].result == "skipped"
        click = f"https://github.com/{NAME}/settings/pages"
        assert click in publish.summary
        assert [one for one in publish.annotations if one.level == "notice" and click in one.message]

    def is_published_when_pages_is_on(self) -> None:
        self._repository.pages = Pages()
        (publish,) = self._dispatch()
        assert publish.jobs["Deploy to GitHub Pages"].environment_url == self._playground.world.fake.site_url("waves")
        (again,) = self._seen(self._playground.actions.rerun(publish).wait())
        assert again.conclusion == "success", told([again])
        artifacts = [one.name for one in self._repository.artifacts.values() if one.run_id == publish.model.id]
        assert artifacts == ["github-pages", "github-pages-2"]
        site = self._site()
        assert site.row(self.runs[0])["trigger"] == "push"
        assert site.row(self.runs[0])["fork"] is None

    def gets_a_pull_request_from_a_fork(self) -> None:
        measure = self._measure.replace(
            "    current_task()",
            "    import os\n\n    print('environment', dict(os.environ))\n    current_task()",
        )
        step = """
      - name: Try what is forbidden
        run: |
          echo "[${{ secrets.PASSWORD }}]"
          curl --silent -X PUT --header "authorization: Bearer ${{ github.token }}" \\
            "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/actions/workflows/daily.yml/enable"
"""
        changed = self._workflow().replace(
            "      - name: Run the pipeline\n", f"{step.lstrip(chr(10))}      - name: Run the pipeline\n"
        )
        runs = self._playground.pull_request(
            {MEASURE.format(package="waves"): measure, PIPELINE: changed}, title="Better <b>waves</b>"
        )
        run, publish = self._seen(runs)
        job = run.jobs[RUN]
        assert (job.result, publish.conclusion) == ("success", "success"), told(runs)
        assert "[]" in job.log.lines
        assert "Resource not accessible by integration" in job.log.text
        self._remember(run)
        for text in (told(runs), self.logs[-1].decode()):
            assert "correct horse" not in text
        assert "ghs_" not in self.logs[-1].decode()
        site = self._site()
        row, origin = site.row(run), site.document(run)["origin"]
        assert (row["fork"], row["pull_request"], row["trigger"]) == (True, "1", "pull_request")
        assert (origin["head_repository"], origin["pull_request"]) == ("eve/waves", 1)
        assert origin["pull_request_title"] == "Better <b>waves</b>"
        assert b"<b>waves" not in site.files[f"r/{address_of(run)}/index.html"]

    def is_cancelled_half_way(self) -> None:
        sleeps = "    if nr_measurements == 1000:\n        import time\n\n        time.sleep(600)\n    values = "
        started = self._playground.start(
            {MEASURE.format(package="waves"): self._measure.replace("    values = ", sleeps)}, "sleep"
        )
        started.wait_for(_is_in_first_task)
        started.runs[0].stop()
        runs = started.wait()
        run, publish = self._seen(runs)
        assert (run.conclusion, publish.conclusion) == ("cancelled", "success"), told(runs)
        steps = {step.name: step for step in run.jobs[RUN].steps}
        assert steps["Run the pipeline"].signals == ["SIGINT"]
        assert steps["Keep the run log"].outcome == "success"
        self._remember(run)
        document = self._site().document(run)
        assert (document["status"], document["origin"]["conclusion"]) == ("cancellation", "cancelled")
        assert document["end_ms"] is not None

    def fails_by_night(self) -> None:
        fails = '    if nr_measurements == 1000:\n        raise ValueError("no data today")\n    values = '
        # Pushed with [skip ci]: what counts here is the night's run.
        self._playground.world.hosting.commit(
            NAME, "main", {MEASURE.format(package="waves"): self._measure.replace("    values = ", fails)}, "[skip ci]"
        )
        runs = self._playground.actions.schedule(self._repository, "daily.yml").wait()
        run, publish = self._seen(runs)
        assert [run.workflow.name, publish.workflow.name] == ["Daily", "Publish tracker"]
        assert (run.conclusion, publish.conclusion) == ("failure", "success"), told(runs)
        job = run.jobs[f"Daily / {RUN}"]
        self._remember(run, job)
        site = self._site()
        tracker = re.escape(self._playground.world.fake.site_url("waves"))
        page = rf"{tracker}#/run/{address_of(run)}/task/(\S+)"
        (notice,) = [one for one in job.log.annotations if re.search(page, one.message)]
        assert "no data today" in notice.message
        (task,) = [one for one in site.document(run)["tasks"] if one["status"] == "failure"]
        found = re.search(page, notice.message)
        assert found is not None
        assert found[1].startswith(task["id"].partition("[")[0])
        assert site.row(run)["trigger"] == "schedule"
        assert "data/runs/" + address_of(run) + "/run.js" in site.files

    def is_attacked(self) -> None:
        """A pull request brings a workflow of its own: a false site, and main's run log as its own."""
        before = self._site()
        evil = """
name: Pipeline
on: pull_request
jobs:
  attack:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1
        with: {persist-credentials: false}
      - run: tar -cf artifact.tar -C evil .
      - uses: actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f
        with: {name: github-pages, path: artifact.tar}
      - uses: actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f
        with: {name: run-log-v1-1, path: "*.otlp.jsonl"}
"""
        first = self.runs[0]
        name = str(before.document(first)["log"]["file"])
        files: dict[str, str | None] = {PIPELINE: evil, "evil/index.html": "evil", name: self.logs[0].decode()}
        runs = self._playground.pull_request(files, owner="mallory", branch="evil", title="Trust me")
        run, publish = self._seen(runs)
        assert (run.conclusion, publish.conclusion) == ("success", "success"), told(runs)
        self.runs.append(run)
        self.logs.append(self.logs[0])
        after = self._site()
        row = after.row(run)
        assert (row["fork"], row["pull_request"], row["trigger"]) == (True, "2", "pull_request")
        assert row["commit"] == run.event.head_sha[:12]
        assert after.files["index.html"] == before.files["index.html"]
        for one in self.runs[:-1]:
            assert after.row(one) == before.row(one)
            assert after.document(one) == before.document(one)

    def is_91_days_older(self) -> None:
        self._github.advance(days=91)
        assert all(self._github.is_expired(one) for one in self._repository.artifacts.values())
        asked = len(self._playground.world.fake.asked("pages"))
        self._dispatch()
        assert len(self._playground.world.fake.asked("pages")) > asked, "the earlier site came from the live one"
        site = self._site()
        assert sorted(site.shown) == sorted(address_of(run) for run in self.runs)
        for run, log in zip(self.runs, self.logs, strict=True):
            assert site.log(run) == log
        shows = {"": "#2", f"#/run/{address_of(self.runs[0])}": "measure"}
        assert look(self._playground.world.fake.site_url("waves"), shows) == []

    def refuses_to_forget(self) -> None:
        """Neither an artifact nor the live site can be had: whatever was published stays."""
        pages = self._repository.pages
        assert pages is not None
        self._github.advance(days=8)
        deployed, pages.site = pages.site, {}
        nr_deployments = len(self._repository.deployments)
        (publish,) = self._seen(self._playground.actions.dispatch(self._repository, "publish.yml").wait())
        assert publish.conclusion == "failure"
        assert [one for one in publish.annotations if "not published" in one.title]
        assert len(self._repository.deployments) == nr_deployments
        pages.site = deployed

    def drops_a_run_and_starts_over(self) -> None:
        dropped, *others = self.runs
        self._dispatch({"drop_runs": address_of(dropped)})
        assert sorted(self._site().shown) == sorted(address_of(run) for run in others)
        self._dispatch()
        assert sorted(self._site().shown) == sorted(address_of(run) for run in others)
        refused = self._playground.actions.dispatch(
            self._repository, "publish.yml", {"drop_runs": "$(touch escaped); --to /"}
        )
        assert [run.conclusion for run in refused.wait()] == ["failure"]
        self._dispatch({"start_over": True})
        assert self._site().shown == []

    def shows_that_no_job_had_a_right_in_vain(self) -> None:
        """And that none missed one, apart from the strangers'."""
        used: dict[str, dict[str, str]] = {}
        asked: dict[str, dict[str, str]] = {}
        for run in self.every:
            for job in run.jobs.values():
                if job.token is not None and job.name != "attack":
                    name = f"{run.workflow.name}: {job.name}"
                    asked[name] = job.token.permissions
                    used[name] = {**used.get(name, {}), **job.token.used}
        assert used == asked
        refused = [(request.method, request.path) for request in self._playground.world.fake.refused]
        assert refused == [("PUT", f"/repos/{NAME}/actions/workflows/daily.yml/enable")]

    def _seen(self, runs: list[Run]) -> list[Run]:
        self.every += runs
        return runs

    def _remember(self, run: Run, job: JobResult | None = None) -> None:
        self.runs.append(run)
        self.logs.append(_log_of(job or run.jobs[RUN]))

    def _dispatch(self, inputs: dict[str, Any] | None = None) -> list[Run]:
        runs = self._seen(self._playground.actions.dispatch(self._repository, "publish.yml", inputs).wait())
        assert [run.conclusion for run in runs] == ["success"], told(runs)
        return runs

    def _site(self) -> Site:
        self._sites += 1
        return Site(self._playground, self._folder / f"site-{self._sites}")

    def _workflow(self) -> str:
        return self._playground.world.hosting.read(NAME, self._playground.head, PIPELINE)


def _is_in_first_task(run: Run) -> bool:
    workspace = run.jobs[RUN].workspace if RUN in run.jobs else None
    parts = [] if workspace is None else (workspace / "pipeline-outputs" / "runs").glob("*.part")
    return any(b"pdr.attempt.started" in path.read_bytes() for path in parts)
