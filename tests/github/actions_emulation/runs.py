"""One run of a workflow: what it knows, and how its expressions get their values."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fake_github import FakeGitHub, JobToken, Repository, RunAttempt, WorkflowRun

from actions_emulation.events import Event
from actions_emulation.hosting import Hosting
from actions_emulation.log import Annotation, Log
from actions_emulation.machine import Machine, Tools
from actions_emulation.official import Official
from actions_emulation.processes import Patience
from actions_emulation.workflow import Workflow, read_workflow

EXPRESSION = "$expression"
NO_STATUS: Mapping[str, bool] = {}


@dataclass
class World:
    """What all runs share; ``folder`` takes their machines."""

    fake: FakeGitHub
    hosting: Hosting
    official: Official
    folder: Path
    tools: Tools
    patience: Patience = field(default_factory=Patience)


@dataclass
class StepResult:
    """How a step ended; ``conclusion`` is success, too, where the step is allowed to fail."""

    name: str
    outcome: str
    conclusion: str
    outputs: dict[str, str] = field(default_factory=dict)
    signals: list[str] = field(default_factory=list)
    """Those that ended it before its time."""


@dataclass
class JobResult:
    """How a job ended, and what it left to see."""

    name: str
    result: str
    outputs: dict[str, str] = field(default_factory=dict)
    steps: list[StepResult] = field(default_factory=list)
    log: Log = field(default_factory=Log)
    workspace: Path | None = None
    environment_url: str = ""
    token: JobToken | None = None
    """Its rights, and those that it used."""

    def step(self, name: str) -> StepResult:
        """The step of a name."""
        return next(step for step in self.steps if step.name == name)


@dataclass
class Run:
    """An attempt of a workflow run."""

    world: World
    repository: Repository
    model: WorkflowRun
    attempt: RunAttempt
    event: Event
    workflow: Workflow
    github: dict[str, Any]
    depth: int = 0
    """How many runs led to this one by ``workflow_run``."""
    cancelled: threading.Event = field(default_factory=threading.Event)
    jobs: dict[str, JobResult] = field(default_factory=dict)
    """By name, ``caller / called`` for jobs of a called workflow."""
    groups: list[str] = field(default_factory=list)
    """Concurrency groups that the run is in."""
    error: BaseException | None = None

    @property
    def is_from_fork(self) -> bool:
        """Whether somebody else's repository started it: no secrets, no variables, a token that reads."""
        return self.event.is_from_fork(self.repository)

    @property
    def secrets(self) -> dict[str, str]:
        """Secrets that its jobs may see."""
        return {} if self.is_from_fork else self.repository.secrets

    @property
    def variables(self) -> dict[str, str]:
        """The repository's variables, as far as its jobs may see them."""
        return {} if self.is_from_fork else self.repository.variables

    @property
    def conclusion(self) -> str:
        """How it ended."""
        return str(self.attempt.conclusion)

    @property
    def annotations(self) -> list[Annotation]:
        """Those of all jobs."""
        return [one for job in self.jobs.values() for one in job.log.annotations]

    @property
    def summary(self) -> str:
        """The job summaries, one after the other."""
        return "\n".join(text for job in self.jobs.values() for text in job.log.summaries)

    def read(self, path: str) -> Workflow:
        """A workflow file of the run's commit."""
        content = self.world.hosting.read(self.repository.full_name, self.event.sha, path)
        return read_workflow(self.world.official, path, content)

    def new_machine(self, job_id: str) -> Machine:
        """A machine for a job."""
        folder = self.world.folder / f"{self.model.id}-{self.attempt.number}-{job_id}-{secrets.token_hex(2)}"
        return Machine(folder, self.repository.name, f"github_{secrets.token_hex(16)}", self.world.tools)

    def value(
        self,
        given: Any,
        contexts: Mapping[str, Any],
        status: Mapping[str, bool] = NO_STATUS,
        workspace: Path | None = None,
    ) -> Any:
        """The value of something that a workflow says, which may be an expression or hold some."""
        if isinstance(given, dict) and EXPRESSION in given:
            return self.world.official.evaluate(given[EXPRESSION], contexts, status, workspace)[0]
        if isinstance(given, dict):
            return {name: self.value(one, contexts, status, workspace) for name, one in given.items()}
        return given

    def text(
        self,
        given: Any,
        contexts: Mapping[str, Any],
        status: Mapping[str, bool] = NO_STATUS,
        workspace: Path | None = None,
    ) -> str:
        """Its value as text, as it comes into environment variables, inputs and scripts."""
        if isinstance(given, dict) and EXPRESSION in given:
            return self.world.official.evaluate(given[EXPRESSION], contexts, status, workspace)[1]
        if given is None:
            return ""
        return str(given).lower() if isinstance(given, bool) else str(given)

    def stop(self) -> None:
        """What the button "Cancel workflow" does."""
        self.cancelled.set()


def told(runs: list[Run]) -> str:
    """The logs of all jobs of some runs."""
    return "\n".join(
        f"== {run.workflow.name}: {run.attempt.conclusion}; {name}: {job.result}\n{job.log.text}"
        for run in runs
        for name, job in run.jobs.items()
    )
