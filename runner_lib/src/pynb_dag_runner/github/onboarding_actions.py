"""The steps of publishing that come after the push: Pages, the first run, the published tracker."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from pynb_dag_runner.errors import GitHubError
from pynb_dag_runner.github.gh import CONTINUE, Answer, api_command
from pynb_dag_runner.github.git import BRANCH
from pynb_dag_runner.github.onboarding_scene import PIPELINE, PUBLISH, Scene
from pynb_dag_runner.github.onboarding_steps import Command, Say, already_so
from pynb_dag_runner.github.programs import shown

WAITS_S = (1, 2, 2, 3, 3, 4, 5, 5, 5)
"""A workflow, and the run that a push starts, are known to GitHub a moment after the push; not a minute."""


class PagesStep:
    """GitHub Pages shows what the workflow builds. After the push: GitHub refuses Pages for a repository without a branch."""

    title = "GitHub Pages, filled by the workflow"

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._pages: Mapping[str, Any] | None = None

    def already(self) -> str | None:
        """See ``Step``."""
        if self._scene.facts is None:
            return None
        self._pages = self._scene.gh.get(f"{self._scene.api}/pages")
        if self._pages is None or self._pages.get("build_type") != "workflow":
            return None
        self._remember(self._pages)
        return already_so(self._scene.tracker or "on")

    def _request(self) -> tuple[str, str, dict[str, str | bool]]:
        method = "POST" if self._pages is None else "PUT"
        return method, f"{self._scene.api}/pages", {"build_type": "workflow"}

    def commands(self) -> list[Command]:
        """See ``Step``."""
        return [api_command(*self._request())]

    def do(self, say: Say) -> str:
        """See ``Step``."""
        scene = self._scene
        answer = scene.gh.call(*self._request())
        if answer.status == 409 and self.already():  # somebody was faster
            return "on"
        if not answer.is_good:
            scene.pages_problem = _pages_problem(scene, answer)
            return "not possible; more about that below"
        self._remember(answer.body or scene.gh.get(f"{scene.api}/pages") or {})
        return "on"

    def _remember(self, pages: Mapping[str, Any]) -> None:
        url = pages.get("html_url")
        self._scene.tracker = f"{url.rstrip('/')}/" if isinstance(url, str) else None


def _pages_problem(scene: Scene, answer: Answer) -> str:
    if scene.is_private:
        return (
            f"There is no GitHub Pages for this repository: {answer.message}.\n"
            "A free account gets it for public repositories only. The pipeline runs all the same, and the tracker is built:\n"
            "on your machine by 'make collect site', and as an artifact of each run of 'Publish tracker'.\n"
            "To publish it, make the repository public, which shows everybody its code and runs; then call this again:\n"
            f"  gh repo edit {scene.name} --visibility public"
        )
    return (
        f"GitHub did not switch Pages on: {answer.message}.\n"
        f"Somebody with admin rights can, at {scene.web}/settings/pages: Source: GitHub Actions."
    )


class FirstRunStep:
    """The pipeline runs, or has run: the push starts it, so that asking for one would run it twice."""

    title = "the first run of the pipeline"

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def already(self) -> str | None:
        """See ``Step``."""
        # After a push there is one more to come, which ``do`` waits for.
        if self._scene.facts is None or self._scene.pushed is not None:
            return None
        run = self._newest()
        return None if run is None else already_so(told(run))

    def commands(self) -> list[Command]:
        """See ``Step``."""
        return [api_command("POST", f"{self._workflow}/dispatches", {"ref": BRANCH})]

    def do(self, say: Say) -> str:
        """See ``Step``."""
        scene = self._scene
        if scene.pushed is not None:
            say("The push starts it.")
        run = None
        for _ in self._moments(say):
            run = self._newest()
            if run is not None and scene.pushed in (None, run.get("head_sha")):
                return told(run)
        if run is not None:  # of an earlier commit: this push did not want one
            return told(run)
        workflow = scene.gh.get(self._workflow)
        if workflow is None:
            raise GitHubError(
                f"GitHub does not know {PIPELINE} yet. Look whether Actions are switched on, at {scene.web}/actions; then "
                f"{CONTINUE}"
            )
        if workflow.get("state") != "active":
            raise GitHubError(
                f"the workflow {PIPELINE} is switched off. Switch it on, at {scene.web}/actions/workflows/{PIPELINE}, or "
                f"by: gh workflow enable {PIPELINE} --repo {scene.name}; then {CONTINUE}"
            )
        say(f"There is none, so it is asked for:\n{shown(self.commands()[0])}")
        answer = scene.gh.call("POST", f"{self._workflow}/dispatches", {"ref": BRANCH})
        if not answer.is_good:
            raise GitHubError(f"GitHub did not start {PIPELINE}: {answer.message}; {CONTINUE}")
        for _ in self._moments(say):
            run = self._newest()
            if run is not None:
                return told(run)
        return "asked for"

    @property
    def _workflow(self) -> str:
        return f"{self._scene.api}/actions/workflows/{PIPELINE}"

    def _newest(self) -> Mapping[str, Any] | None:
        return newest_run(self._scene, PIPELINE)

    def _moments(self, say: Say) -> Iterator[None]:
        yield
        say(f"Not there yet; waiting for it, {sum(WAITS_S):g} s at most.")
        for wait_s in WAITS_S:
            time.sleep(wait_s)
            yield


class PublishStep:
    """The tracker is published, by the workflow itself after each run; only what it did while Pages was off is asked for again."""

    title = "the tracker, published"

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def already(self) -> str | None:
        """See ``Step``."""
        scene = self._scene
        if scene.pages_problem is not None:
            return "not possible"
        by_itself = "comes by itself when the first run has ended"
        if scene.facts is None:
            return by_itself
        if scene.gh.get(f"{scene.api}/deployments?environment=github-pages&per_page=1"):
            scene.is_published = True
            return already_so(scene.tracker or "there")
        run, publishing = newest_run(scene, PIPELINE), newest_run(scene, PUBLISH)
        if run is None or publishing is None or run["status"] != "completed":
            return by_itself
        return by_itself if publishing["status"] != "completed" or publishing["id"] < run["id"] else None

    def _path(self) -> str:
        return f"{self._scene.api}/actions/workflows/{PUBLISH}/dispatches"

    def commands(self) -> list[Command]:
        """See ``Step``."""
        return [api_command("POST", self._path(), {"ref": BRANCH})]

    def do(self, say: Say) -> str:
        """See ``Step``."""
        answer = self._scene.gh.call("POST", self._path(), {"ref": BRANCH})
        if not answer.is_good:
            raise GitHubError(f"GitHub did not start {PUBLISH}: {answer.message}; {CONTINUE}")
        return "asked for"


def newest_run(scene: Scene, workflow: str) -> Mapping[str, Any] | None:
    """The newest run of a workflow on main; None where there is none, or GitHub does not know the workflow."""
    path = f"{scene.api}/actions/workflows/{workflow}/runs?branch={BRANCH}&per_page=1"
    runs = (scene.gh.get(path) or {}).get("workflow_runs") or [None]
    found: Mapping[str, Any] | None = runs[0]
    return found


def told(run: Mapping[str, Any]) -> str:
    """A run in a few words."""
    state = run.get("conclusion") or str(run.get("status", "")).replace("_", " ")
    return f"{state}, started by {run.get('event', '?')}: {run.get('html_url', '')}"
