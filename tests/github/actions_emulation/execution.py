"""All jobs of a run, each when those that it needs have ended; also those of workflows that it calls."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from actions_emulation.concurrency import Groups
from actions_emulation.errors import EmulationError
from actions_emulation.jobs import JobRunner
from actions_emulation.official import STRICT, truth
from actions_emulation.runs import JobResult, Run
from actions_emulation.workflow import Job, Permissions, Workflow

DEFAULT_PERMISSIONS = {"contents": "read", "packages": "read"}
"""Of a new repository, where a workflow says nothing."""

_LEVELS = ("none", "read", "write")


@dataclass
class _Part:
    """A workflow within a run: the run's own, or one that it calls."""

    run: Run
    groups: Groups
    workflow: Workflow
    inputs: dict[str, Any]
    prefix: str = ""
    caller: Permissions | None = None
    results: dict[str, JobResult] = field(default_factory=dict)

    @property
    def contexts(self) -> dict[str, Any]:
        """What is known before any job."""
        declared = {name for event in ("workflow_dispatch", "workflow_call") for name in self.workflow.inputs(event)}
        return {
            "github": {STRICT: [], **self.run.github},
            "inputs": {STRICT: sorted(declared), **self.inputs},
            "vars": self.run.variables,
        }


def run_jobs(run: Run, groups: Groups, inputs: dict[str, Any]) -> str:
    """Runs all jobs, and returns the run's conclusion.

    Raises:
        EmulationError: something is not known, or GitHub would refuse the workflow.
    """
    part = _Part(run, groups, run.workflow, inputs)
    _run_part(part)
    results = {one.result for one in part.results.values()}
    if "failure" in results and not run.cancelled.is_set():
        return "failure"
    if run.cancelled.is_set() or "cancelled" in results:
        return "cancelled"
    return "skipped" if results == {"skipped"} else "success"


def group_of(run: Run, workflow: Workflow, inputs: dict[str, Any]) -> tuple[str, bool] | None:
    """The concurrency group of a workflow, and whether it ends the run that is in it."""
    part = _Part(run, Groups(), workflow, inputs)
    return _group(part, workflow.concurrency, part.contexts)


def _group(part: _Part, given: dict[str, Any] | None, contexts: Mapping[str, Any]) -> tuple[str, bool] | None:
    if given is None:
        return None
    ends = truth(part.run.value(given.get("cancel-in-progress", False), contexts))
    return part.run.text(given["group"], contexts), ends


def _run_part(part: _Part) -> None:
    """Each job has a thread, as each has a machine of its own at GitHub."""
    done = threading.Condition()
    errors: list[BaseException] = []

    def one_job(job: Job) -> None:
        try:
            with done:
                done.wait_for(lambda: errors or all(name in part.results for name in job.needs))
                if errors:
                    return
            result = _run_job(part, job)
            with done:
                part.results[job.id] = result
                done.notify_all()
        except BaseException as error:  # noqa: BLE001 -- it is raised again by the thread that started this one
            with done:
                errors.append(error)
                done.notify_all()

    threads = [threading.Thread(target=one_job, args=(job,)) for job in part.workflow.jobs.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def _run_job(part: _Part, job: Job) -> JobResult:
    run = part.run
    needed = {name: part.results[name] for name in job.needs}
    needs = {name: {STRICT: [], "result": one.result, "outputs": one.outputs} for name, one in needed.items()}
    contexts = {**part.contexts, "needs": {STRICT: [], **needs}}
    before = _before(part, job)
    is_cancelled = run.cancelled.is_set()
    status = {
        "always": True,
        "cancelled": is_cancelled,
        "failure": not is_cancelled and any(one.result == "failure" for one in before),
        "success": not is_cancelled and all(one.result == "success" for one in needed.values()),
    }
    name = part.prefix + run.text(job.name, contexts)
    if not truth(run.value(job.condition, contexts, status)):
        result = JobResult(name, "cancelled" if is_cancelled else "skipped")
    else:
        group = _group(part, job.concurrency, contexts)
        with part.groups.within(run, group):
            if job.uses is not None:
                result = _call(part, job, name, contexts)
            else:
                runner = JobRunner(run, part.workflow, job, contexts, _permissions(part, job), name)
                run.jobs[name] = runner.result  # tests watch it while it goes on
                result = runner.run()
    if result.result == "failure" and truth(run.value(job.continue_on_error, contexts)):
        result.result = "success"
    if job.uses is None:
        run.jobs[name] = result
    return result


def _before(part: _Part, job: Job) -> list[JobResult]:
    """All that a job needs, and what that needs."""
    found: dict[str, JobResult] = {}
    waiting = list(job.needs)
    while waiting:
        name = waiting.pop()
        found[name] = part.results[name]
        waiting += part.workflow.jobs[name].needs
    return list(found.values())


def _permissions(part: _Part, job: Job) -> Permissions:
    """The rights of a job's token. A called workflow has no more than its caller; a fork's pull request only reads."""
    asked = job.permissions if job.permissions is not None else part.workflow.permissions
    if asked is None:
        asked = dict(part.caller if part.caller is not None else DEFAULT_PERMISSIONS)
    if part.caller is not None:
        for scope, level in asked.items():
            allowed = part.caller.get(scope, "none")
            if _LEVELS.index(level) > _LEVELS.index(allowed):
                wants = f"{scope}: {level}, but is only allowed {scope}: {allowed}"
                raise EmulationError(f"{part.workflow.path}: jobs.{job.id} is requesting {wants}")
    if part.run.is_from_fork:
        return {scope: "read" if level == "write" else level for scope, level in asked.items()}
    return dict(asked)


def _call(part: _Part, job: Job, name: str, contexts: Mapping[str, Any]) -> JobResult:
    """A job that is another workflow of the same repository and commit."""
    uses = job.uses or ""
    path = uses.removeprefix("$/").removeprefix("./")
    if path == uses:
        raise EmulationError(f"the emulation does not know a workflow of another repository: {uses}")
    called = part.run.read(path)
    if "workflow_call" not in called.events:
        raise EmulationError(f"{path} is called, and has no workflow_call")
    unknown = set(job.inputs) - set(called.inputs("workflow_call"))
    if unknown or job.steps or job.env or job.outputs:
        raise EmulationError(f"jobs.{job.id}: {unknown or 'a job that calls'} cannot be given to {path}")
    defaults = {key: one.get("default", "") for key, one in called.inputs("workflow_call").items()}
    inputs = {**defaults, **part.run.value(job.inputs, contexts)}
    inner = _Part(part.run, part.groups, called, inputs, f"{name} / ", _permissions(part, job))
    for one in called.jobs.values():
        _permissions(inner, one)
    with part.groups.within(part.run, _group(inner, called.concurrency, inner.contexts)):
        _run_part(inner)
    results = {one.result for one in inner.results.values()}
    worst = next((result for result in ("failure", "cancelled", "success") if result in results), "skipped")
    return JobResult(name, worst)
