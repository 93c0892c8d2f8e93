"""A repository at the imitation of GitHub, with runs that uploaded real run logs, and calls of ``pdr collect`` on it."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fake_github import Artifact, Deployment, FakeGitHub, GitHub, Pages, Repository, WorkflowRun

from pynb_dag_runner.github.api import Api
from pynb_dag_runner.github.archives import Caps
from pynb_dag_runner.github.collect import MOST_RUNS, Report, Request, collect
from pynb_dag_runner.github.previous_site import ENVIRONMENT, PUBLISHING_WORKFLOW
from pynb_dag_runner.github.run_logs import PullRequestRuns
from pynb_dag_runner.github.web import Patience, Web
from pynb_dag_runner.site.build import build_site
from pynb_dag_runner.site.names import STATE

NAME = "ann/digits"
TOKEN = "ghs_0123456789abcdefghijABCDEFGHIJ012345"


@dataclass
class Surroundings:
    """GitHub with the repository ``ann/digits``, and a folder to collect into.

    ``log`` is a real run log, ``waits`` what was waited so far, in seconds: nothing waits for real.
    """

    fake: FakeGitHub
    repository: Repository
    folder: Path
    log: bytes
    waits: list[float] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def github(self) -> GitHub:
        """What GitHub knows."""
        return self.fake.github

    @property
    def to(self) -> Path:
        """Where run logs are collected."""
        return self.folder / "collected"

    @property
    def published(self) -> Path:
        """Where the earlier site is fetched to."""
        return self.folder / "published"

    def api(self, token: str | None = TOKEN, silence_s: float = 5, tries: int = 3) -> Api:
        """The client under test."""
        patience = Patience(connect_s=5, silence_s=silence_s, tries=tries, sleep=self.waits.append)
        return Api(self.fake.api_url, token, Web(patience, {}))

    def collect(
        self,
        most: int = MOST_RUNS,
        wanted: PullRequestRuns = PullRequestRuns.ALL,
        caps: Caps | None = None,
        published: bool = True,
        start_over: bool = False,
        api: Api | None = None,
    ) -> Report:
        """Call what ``pdr collect`` calls."""
        request = Request(self.to, self.published if published else None, start_over, wanted, most, caps or Caps())
        return collect(api or self.api(), NAME, request, self.environment)

    def upload(self, run: WorkflowRun, content: bytes | None = None, name: str | None = None) -> Artifact:
        """What the newest attempt of a run uploads: by default the real run log."""
        archive = zipped({"run.otlp.jsonl": self.log}) if content is None else content
        return self.github.add_artifact(self.repository, run, name or f"run-log-v1-{len(run.attempts)}", archive)

    def build(self) -> Path:
        """What ``make site`` does: a site of the earlier one and of the run logs that were collected."""
        bundle = self.folder / "bundle"
        bundle.mkdir(exist_ok=True)
        (bundle / "index.html").write_text("<!DOCTYPE html><title>tracker</title>")
        previous = self.published if self.published.exists() else None
        site = self.folder / f"site-{self.github.new_id()}"
        build_site(self.to, site, previous, bundle=bundle, processes=1)
        return site

    def publish(self, deploy: bool = True, name: str = "github-pages", **run: Any) -> Path:
        """What the publishing workflow does: collect, build, upload, deploy. Gives the site."""
        self.collect()
        site = self.build()
        made = {"event": "workflow_run", "path": PUBLISHING_WORKFLOW, **run}
        self.upload(self.github.add_run(self.repository, **made), site_artifact(site), name)
        if deploy:
            self.deploy(site)
        return site

    def deploy(self, site: Path) -> None:
        """Show a site on Pages."""
        self.repository.pages = deployed(site)
        self.repository.deployments.append(Deployment(self.github.new_id(), ENVIRONMENT, self.github.now))

    def forget(self) -> None:
        """Begin on a machine that has nothing yet, as a job does."""
        for folder in (self.to, self.published):
            shutil.rmtree(folder, ignore_errors=True)
        self.fake.requests.clear()

    def runs_of(self, site: Path) -> set[str]:
        """The addresses of a site's runs."""
        return set(json.loads((site / STATE).read_bytes())["runs"])

    def logs(self) -> dict[str, bytes]:
        """The run logs that were collected."""
        return {path.name: path.read_bytes() for path in self.to.glob("*.otlp.jsonl*")}

    def files(self) -> list[str]:
        """All that lies in the folder of run logs."""
        return sorted(path.name for path in self.to.iterdir())


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def site_artifact(site: Path) -> bytes:
    """A built site, packed as the action upload-pages-artifact does: a tar archive in a zip archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        tar.add(site, ".")
    return zipped({"artifact.tar": buffer.getvalue()})


def deployed(site: Path) -> Pages:
    """GitHub Pages, showing a built site."""
    files = {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}
    return Pages(site=files)


@pytest.fixture
def there(tmp_path: Path, record_run: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Surroundings]:
    """GitHub with one repository without runs. At the end: no request was unknown, and no token went astray."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    log = record_run(tmp_path / "recorded").read_bytes()
    github = GitHub()
    repository = github.add_repository(NAME)
    with FakeGitHub(github) as fake:
        yield Surroundings(fake, repository, tmp_path, log)
    assert fake.unknown == []
    astray = [one.path for one in fake.requests if one.server != "api" and "authorization" in one.headers]
    assert astray == []
