"""GitHub Actions as a whole: what happens to a repository, which runs that starts, and which runs follow them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from fake_github import PullRequest, Repository, RunAttempt, WorkflowRun
from fake_github import Workflow as WorkflowEntry

from actions_emulation.concurrency import Groups, ReplacedError
from actions_emulation.errors import EmulationError
from actions_emulation.events import Event, github_context, on_branch, pull_requested, pushed, run_ended
from actions_emulation.execution import group_of, run_jobs
from actions_emulation.runs import Run, World
from actions_emulation.workflow import Workflow, read_workflow

_PULL_REQUEST_TYPES = ("opened", "synchronize", "reopened")
_MOST_DEPTH = 3


class Started:
    """Runs that one event started, and those that follow by ``workflow_run``; they go on in the background."""

    def __init__(self, runs: list[Run], threads: list[threading.Thread], following: list[Run]) -> None:
        self.runs = runs
        self._threads = threads
        self._following = following

    def wait(self) -> list[Run]:
        """All runs, when all have ended: those that the event started first.

        Raises:
            EmulationError: the emulation met what it does not know.
        """
        for thread in self._threads:
            thread.join()
        everything = [*self.runs, *self._following]
        for run in everything:
            if run.error is not None:
                raise run.error
        return everything

    def wait_for(self, is_there: Callable[[Run], bool]) -> Run:
        """The first run about which that is true, as soon as it is."""
        while True:
            for run in self.runs:
                if run.error is not None:
                    raise run.error
                if is_there(run):
                    return run
            if not any(thread.is_alive() for thread in self._threads):
                raise EmulationError("all runs ended, and what is waited for did not happen")
            time.sleep(0.1)


class Actions:
    """Starts the workflows of the repositories of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._groups: dict[str, Groups] = {}

    def push(
        self, repository: Repository, sha: str, before: str = "0" * 40, actor: str = "ann", branch: str = "main"
    ) -> Started:
        """Commits arrived at a branch."""
        self._register(repository)
        event = pushed(repository, sha, before, actor, branch)
        changed = self.world.hosting.changed(repository.full_name, before, sha)

        def is_wanted(workflow: Workflow) -> bool:
            filters = workflow.events["push"]
            return _fits(filters, "branches", branch) and _touches(filters, changed)

        return self._start(repository, event, is_wanted)

    def pull_request(
        self, repository: Repository, pull: PullRequest, merge: str, actor: str, action: str = "opened"
    ) -> Started:
        """A pull request was opened, or got new commits. A stranger's first one is taken as approved."""
        event = pull_requested(repository, pull, merge, actor, action)
        changed = self.world.hosting.changed(repository.full_name, f"{merge}^1", merge)

        def is_wanted(workflow: Workflow) -> bool:
            filters = workflow.events["pull_request"]
            types = (filters or {}).get("types", _PULL_REQUEST_TYPES)
            return action in types and _fits(filters, "branches", pull.base_branch) and _touches(filters, changed)

        return self._start(repository, event, is_wanted)

    def schedule(self, repository: Repository, file: str) -> Started:
        """It is time for a workflow's schedule."""

        def is_wanted(workflow: Workflow) -> bool:
            return workflow.path.endswith(f"/{file}")

        crons = [
            one["cron"]
            for path in self.world.hosting.workflows(repository.full_name, self._head(repository))
            if path.endswith(f"/{file}")
            for one in self._workflow(repository, self._head(repository), path).events["schedule"]
        ]
        event = self._default("schedule", repository, {"schedule": crons[0]})
        return self._start(repository, event, is_wanted)

    def dispatch(self, repository: Repository, file: str, inputs: Mapping[str, Any] | None = None) -> Started:
        """The button "Run workflow", on the default branch."""
        given = dict(inputs or {})
        event = self._default("workflow_dispatch", repository, {"inputs": given}, inputs=given)
        return self._start(repository, event, lambda one: one.path.endswith(f"/{file}"))

    def rerun(self, run: Run) -> Started:
        """The button "Re-run all jobs": the same event, commit and files, as a further attempt."""
        with self.world.fake.lock:
            attempt = self.world.fake.github.add_attempt(run.model, conclusion=None)
        again = self._attempt(run.repository, run.model, run.event, run.workflow, attempt, run.depth)
        following: list[Run] = []
        thread = threading.Thread(target=self._run, args=(again, following), daemon=True)
        thread.start()
        return Started([again], [thread], following)

    def _default(self, name: str, repository: Repository, payload: dict[str, Any], **more: Any) -> Event:
        branch = repository.default_branch
        return on_branch(name, repository, self._head(repository), repository.owner, branch, payload=payload, **more)

    def _head(self, repository: Repository) -> str:
        return self.world.hosting.head(repository.full_name, repository.default_branch)

    def _workflow(self, repository: Repository, sha: str, path: str) -> Workflow:
        content = self.world.hosting.read(repository.full_name, sha, path)
        return read_workflow(self.world.official, path, content)

    def _register(self, repository: Repository) -> None:
        """The API lists the workflows of the default branch."""
        for path in self.world.hosting.workflows(repository.full_name, self._head(repository)):
            file = path.rpartition("/")[2]
            if file not in repository.workflows:
                repository.workflows[file] = WorkflowEntry(self.world.fake.github.new_id(), path)

    def _start(
        self, repository: Repository, event: Event, is_wanted: Callable[[Workflow], bool], depth: int = 0
    ) -> Started:
        runs: list[Run] = []
        threads: list[threading.Thread] = []
        following: list[Run] = []
        for path in self.world.hosting.workflows(repository.full_name, event.sha):
            workflow = self._workflow(repository, event.sha, path)
            if event.name in workflow.events and is_wanted(workflow):
                run = self._new_run(repository, event, workflow, depth)
                runs.append(run)
                thread = threading.Thread(target=self._run, args=(run, following), daemon=True)
                threads.append(thread)
        for thread in threads:
            thread.start()
        return Started(runs, threads, following)

    def _new_run(self, repository: Repository, event: Event, workflow: Workflow, depth: int) -> Run:
        fake = self.world.fake
        with fake.lock:
            model = fake.github.add_run(
                repository,
                event=event.name,
                path=workflow.path,
                head_sha=event.head_sha,
                head_branch=event.head_branch,
                head_repository=event.head_repository,
                actor=event.actor,
                pull_requests=(
                    [] if event.pull_request is None or event.is_from_fork(repository) else [event.pull_request]
                ),
                conclusion=None,
            )
        return self._attempt(repository, model, event, workflow, model.attempts[-1], depth)

    def _attempt(
        self,
        repository: Repository,
        model: WorkflowRun,
        event: Event,
        workflow: Workflow,
        attempt: RunAttempt,
        depth: int,
    ) -> Run:
        fake = self.world.fake
        github = github_context(fake, repository, event, model, attempt, workflow)
        return Run(self.world, repository, model, attempt, event, workflow, github, depth)

    def _run(self, run: Run, following: list[Run]) -> None:
        """Runs one run to its end, and then what follows it."""
        try:
            inputs = _inputs(run)
            groups = self._groups.setdefault(run.repository.full_name, Groups())
            try:
                with groups.within(run, group_of(run, run.workflow, inputs)):
                    conclusion = run_jobs(run, groups, inputs)
            except ReplacedError:
                conclusion = "cancelled"
            self._end(run.model, conclusion)
            follow = self._follow(run)
            if follow is not None:
                following += follow.wait()
        except BaseException as error:  # noqa: BLE001 -- raised again by Started.wait
            run.error = error

    def _end(self, model: WorkflowRun, conclusion: str) -> None:
        fake = self.world.fake
        with fake.lock:
            fake.github.advance(minutes=1)
            fake.github.end_attempt(model, conclusion)

    def _follow(self, run: Run) -> Started | None:
        repository, name = run.repository, run.workflow.name
        sha = self._head(repository)
        event = run_ended(self.world.fake, repository, run.model, name, sha)
        if run.depth >= _MOST_DEPTH:
            return None

        def is_wanted(workflow: Workflow) -> bool:
            filters = workflow.events["workflow_run"] or {}
            is_named = name in filters.get("workflows", [])
            is_completed = "completed" in filters.get("types", ["requested", "completed"])
            return is_named and is_completed and _fits(filters, "branches", run.model.head_branch or "")

        return self._start(repository, event, is_wanted, run.depth + 1)


def _touches(filters: Mapping[str, Any] | None, changed: set[str]) -> bool:
    """Whether one of the files that a filter names has changed."""
    return "paths" not in (filters or {}) or any(_fits(filters, "paths", path) for path in changed)


def _fits(filters: Mapping[str, Any] | None, name: str, value: str) -> bool:
    """Whether a filter lets a name pass; patterns are more than the emulation knows."""
    filters = filters or {}
    lists = [filters[key] for key in (name, f"{name}-ignore") if key in filters]
    patterns = [one for given in lists for one in ([given] if isinstance(given, str) else given)]
    if any(set(pattern) & set("*?[]!+") for pattern in patterns):
        raise EmulationError(f"the emulation does not know the patterns {patterns}")
    if name in filters:
        return value in patterns
    return not (f"{name}-ignore" in filters and value in patterns)


def _inputs(run: Run) -> dict[str, Any]:
    """Inputs of a dispatch, with their defaults.

    Raises:
        EmulationError: GitHub would refuse them.
    """
    if run.event.name != "workflow_dispatch":
        return {}
    declared = run.workflow.inputs("workflow_dispatch")
    unknown = set(run.event.inputs) - set(declared)
    if unknown:
        raise EmulationError(f"Unexpected inputs provided: {sorted(unknown)}")
    values = {}
    for name, one in declared.items():
        kind = one.get("type", "string")
        if kind not in ("string", "boolean", "choice"):
            raise EmulationError(f"the emulation does not know inputs of type {kind}")
        value = run.event.inputs.get(name, one.get("default", False if kind == "boolean" else ""))
        if (kind == "boolean" and not isinstance(value, bool)) or (one.get("required") and value == ""):
            raise EmulationError(f"input {name}: {value!r}")
        values[name] = value
    return values
