"""Workflows as the emulation understands them. What it does not understand, it refuses: nothing is passed over in silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from actions_emulation.errors import EmulationError
from actions_emulation.official import Official

EVENTS = ("push", "pull_request", "workflow_dispatch", "workflow_call", "workflow_run", "schedule")
SUCCESS = {"$expression": "success()"}
SCOPES = (
    "actions",
    "attestations",
    "checks",
    "contents",
    "deployments",
    "discussions",
    "id-token",
    "issues",
    "models",
    "packages",
    "pages",
    "pull-requests",
    "security-events",
    "statuses",
)
Permissions = dict[str, str]


@dataclass(frozen=True)
class Step:
    """One step: ``run`` or ``uses``. Values may be expressions."""

    position: int
    id: str | None
    name: Any
    condition: Any
    run: Any
    uses: str | None
    inputs: dict[str, Any]
    env: dict[str, Any]
    shell: str | None
    working_directory: Any
    timeout_minutes: Any
    continue_on_error: Any


@dataclass(frozen=True)
class Job:
    """One job: ``steps``, or ``uses`` of another workflow."""

    id: str
    name: Any
    condition: Any
    needs: list[str]
    permissions: Permissions | None
    env: dict[str, Any]
    runs_on: Any
    timeout_minutes: Any
    continue_on_error: Any
    outputs: dict[str, Any]
    environment: dict[str, Any]
    concurrency: dict[str, Any] | None
    steps: list[Step]
    uses: str | None
    inputs: dict[str, Any]


@dataclass(frozen=True)
class Workflow:
    """One file in ``.github/workflows``."""

    path: str
    name: str
    run_name: Any
    events: dict[str, Any]
    permissions: Permissions | None
    env: dict[str, Any]
    concurrency: dict[str, Any] | None
    jobs: dict[str, Job] = field(default_factory=dict)

    def inputs(self, event: str) -> dict[str, dict[str, Any]]:
        """Inputs that it declares for an event."""
        return dict((self.events.get(event) or {}).get("inputs") or {})


def read_workflow(official: Official, path: str, content: str) -> Workflow:
    """Parses a workflow.

    Raises:
        EmulationError: GitHub's parser finds it wrong, or the emulation does not know something in it.
    """
    data = official.parse(path, content)
    given = dict(data)
    defaults = given.pop("defaults", None)
    workflow = Workflow(
        path=path,
        name=given.pop("name", path),
        run_name=given.pop("run-name", None),
        events=_events(given.pop("on"), path),
        permissions=_permissions(given.pop("permissions", None), path),
        env=given.pop("env", None) or {},
        concurrency=_concurrency(given.pop("concurrency", None), path),
    )
    for job_id, job in given.pop("jobs").items():
        workflow.jobs[job_id] = _job(job_id, job, defaults, f"{path}: jobs.{job_id}")
    _nothing_left(given, path)
    return workflow


def _nothing_left(given: Mapping[str, Any], where: str) -> None:
    if given:
        raise EmulationError(f"{where}: the emulation does not know {', '.join(given)}")


def _events(on: Any, where: str) -> dict[str, Any]:
    events = {on: None} if isinstance(on, str) else dict.fromkeys(on) if isinstance(on, list) else dict(on)
    unknown = {name: value for name, value in events.items() if name not in EVENTS}
    _nothing_left(unknown, f"{where}: on")
    known = {
        "push": ("branches", "branches-ignore", "paths"),
        "pull_request": ("branches", "types", "paths"),
        "workflow_run": ("workflows", "types", "branches"),
        "workflow_dispatch": ("inputs",),
        "workflow_call": ("inputs",),
    }
    for name, filters in events.items():
        if isinstance(filters, dict):
            left = {key: value for key, value in filters.items() if key not in known.get(name, ())}
            _nothing_left(left, f"{where}: on.{name}")
    return events


def _permissions(given: Any, where: str) -> Permissions | None:
    if given is None:
        return None
    if isinstance(given, str):
        return dict.fromkeys(SCOPES, "write" if given == "write-all" else "read")
    _nothing_left({scope: level for scope, level in given.items() if scope not in SCOPES}, f"{where}: permissions")
    return dict(given)


def _concurrency(given: Any, where: str) -> dict[str, Any] | None:
    if given is None:
        return None
    concurrency = dict(given) if isinstance(given, dict) and "$expression" not in given else {"group": given}
    left = {key: value for key, value in concurrency.items() if key not in ("group", "cancel-in-progress")}
    _nothing_left(left, f"{where}: concurrency")
    return concurrency


def _job(job_id: str, data: Mapping[str, Any], defaults: Any, where: str) -> Job:
    given = dict(data)
    needs = given.pop("needs", [])
    environment = given.pop("environment", {})
    own_defaults = given.pop("defaults", None) or defaults or {}
    job = Job(
        id=job_id,
        name=given.pop("name", job_id),
        condition=given.pop("if", SUCCESS),
        needs=[needs] if isinstance(needs, str) else list(needs),
        permissions=_permissions(given.pop("permissions", None), where),
        env=given.pop("env", None) or {},
        runs_on=given.pop("runs-on", None),
        timeout_minutes=given.pop("timeout-minutes", 360),
        continue_on_error=given.pop("continue-on-error", False),
        outputs=given.pop("outputs", None) or {},
        environment={"name": environment} if isinstance(environment, str) else dict(environment),
        concurrency=_concurrency(given.pop("concurrency", None), where),
        steps=[
            _step(position, step, own_defaults, f"{where}.steps[{position}]")
            for position, step in enumerate(given.pop("steps", []))
        ],
        uses=given.pop("uses", None),
        inputs=given.pop("with", None) or {},
    )
    left = {key: value for key, value in job.environment.items() if key not in ("name", "url")}
    _nothing_left({**given, **left}, where)
    return job


def _step(position: int, data: Mapping[str, Any], defaults: Mapping[str, Any], where: str) -> Step:
    given, own = dict(data), dict(defaults)
    run_defaults = dict(own.pop("run", None) or {})
    step = Step(
        position=position,
        id=given.pop("id", None),
        name=given.pop("name", None),
        condition=given.pop("if", SUCCESS),
        run=given.pop("run", None),
        uses=given.pop("uses", None),
        inputs=given.pop("with", None) or {},
        env=given.pop("env", None) or {},
        shell=given.pop("shell", run_defaults.pop("shell", None)),
        working_directory=given.pop("working-directory", run_defaults.pop("working-directory", None)),
        timeout_minutes=given.pop("timeout-minutes", None),
        continue_on_error=given.pop("continue-on-error", False),
    )
    _nothing_left({**given, **own, **run_defaults}, where)
    return step
