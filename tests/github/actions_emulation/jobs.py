"""One job: its machine, its token, its steps in their order."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from fake_github import JobToken

from actions_emulation.errors import EmulationError
from actions_emulation.machine import github_variables
from actions_emulation.official import STRICT, strict, truth
from actions_emulation.processes import kill_leftovers
from actions_emulation.runs import JobResult, Run, StepResult
from actions_emulation.steps import StepCall, run_step
from actions_emulation.workflow import Job, Step, Workflow

MACHINES = ("ubuntu-24.04", "ubuntu-latest")
_PROTECTED = "github-pages"
_CLEAN_UP_S = 300.0
"""What a cancelled job has for the steps that still run."""


class JobRunner:
    """Runs one job of a run; ``contexts`` are those that a job gets: github, needs, inputs, vars."""

    def __init__(
        self,
        run: Run,
        workflow: Workflow,
        job: Job,
        contexts: Mapping[str, Any],
        permissions: Mapping[str, str],
        name: str,
    ) -> None:
        self._run, self._job, self._permissions = run, job, permissions
        self.result = JobResult(name, "success")
        self._by_id: dict[str, StepResult] = {}
        self._exported: dict[str, str] = {}
        self._token = f"ghs_{secrets.token_urlsafe(32)}"
        self._machine = run.new_machine(job.id)
        self.result.workspace = self._machine.workspace
        self._limit = time.monotonic() + float(job.timeout_minutes) * run.world.patience.minute_s
        self._contexts = self._with_job(contexts)
        self._env: dict[str, str] = {}
        for level in (workflow.env, job.env):
            self._env |= {name: run.text(value, self._scope()) for name, value in level.items()}

    def run(self) -> JobResult:
        """Runs all steps.

        Raises:
            EmulationError: something in the job is not known.
        """
        run, job, result = self._run, self._job, self.result
        label = run.text(job.runs_on, self._contexts)
        if label not in MACHINES:
            raise EmulationError(f"the emulation has no machine {label}")
        environment = run.text(job.environment.get("name"), self._scope())
        if environment == _PROTECTED and run.event.ref != f"refs/heads/{run.repository.default_branch}":
            reason = f"environment protection rules of {environment}"
            result.log.annotate("error", f'Branch "{run.event.ref}" is not allowed to deploy due to {reason}')
            result.result = "failure"
            return result
        token = result.token = JobToken(run.repository.full_name, dict(self._permissions))
        run.world.fake.github.job_tokens[self._token] = token
        result.log.masks += [self._token, *run.secrets.values()]
        try:
            for step in job.steps:
                self._step(step, environment)
            result.outputs = {name: run.text(value, self._scope()) for name, value in job.outputs.items()}
            result.environment_url = run.text(job.environment.get("url"), self._scope())
        finally:
            token.is_over = True
            kill_leftovers(self._machine.tracking_id)
        return result

    def _with_job(self, contexts: Mapping[str, Any]) -> dict[str, Any]:
        machine, files = self._machine, self._machine.files
        payload = self._run.event.payload
        event_path = machine.temp / "event.json"
        event_path.write_text(json.dumps(payload, indent=2), encoding="utf-8")
        of_job = {
            "env": str(files / "env"),
            "event_path": str(event_path),
            "job": self._job.id,
            "path": str(files / "path"),
            "token": self._token,
            "workspace": str(machine.workspace),
        }
        return {
            **contexts,
            "github": {**contexts["github"], **of_job},
            "runner": strict(machine.runner_context),
            "secrets": {**self._run.secrets, "GITHUB_TOKEN": self._token},
        }

    def _scope(self, env: Mapping[str, str] | None = None) -> dict[str, Any]:
        """All contexts, as they are now."""
        ids = [step.id for step in self._job.steps if step.id is not None and step.id not in self._by_id]
        steps = {
            name: {STRICT: [], "outcome": one.outcome, "conclusion": one.conclusion, "outputs": one.outputs}
            for name, one in self._by_id.items()
        }
        return {
            **self._contexts,
            "env": {**self._env, **self._exported, **(env or {})},
            "job": strict({"status": self.result.result}),
            "steps": {STRICT: ids, **steps},
        }

    def _is_cancelled(self) -> bool:
        return self._run.cancelled.is_set() or time.monotonic() >= self._limit

    def _status(self) -> dict[str, bool]:
        status = self.result.result
        known = ("success", "failure", "cancelled")
        return {"always": True, **{name: status == name for name in known}}

    def _step(self, step: Step, environment: str) -> None:
        result, run, workspace = self.result, self._run, self._machine.workspace
        was_cancelled = self._is_cancelled()
        if was_cancelled and result.result != "cancelled":
            self._note_cancellation()
        env = {name: run.text(value, self._scope()) for name, value in step.env.items()}
        scope, status = self._scope(env), self._status()
        name = run.text(step.name, scope, status, workspace) or _unnamed(step)
        result.log.step = name
        if not truth(run.value(step.condition, scope, status, workspace)):
            self._keep(step, StepResult(name, "skipped", "skipped"))
            return
        github = {**scope["github"], "action": step.id or f"__run_{step.position}"}
        scope["github"] = github
        minutes = run.value(step.timeout_minutes, scope)
        timeout_s = _CLEAN_UP_S if was_cancelled else None
        if minutes is not None:
            timeout_s = min(timeout_s or 1e9, float(minutes) * run.world.patience.minute_s)
        call = StepCall(
            run=run,
            step=step,
            name=name,
            machine=self._machine,
            log=result.log,
            variables={**self._machine.variables(), **scope["env"], **self._runner_variables(github)},
            environment=environment,
            token=self._token,
            text=lambda value: run.text(value, scope, status, workspace),
            is_cancelled=(lambda: False) if was_cancelled else self._is_cancelled,
            timeout_s=timeout_s,
        )
        done = run_step(call)
        self._exported |= call.exported
        if done.outcome == "failure" and truth(run.value(step.continue_on_error, scope)):
            done.conclusion = "success"
        self._keep(step, done)

    def _runner_variables(self, github: Mapping[str, Any]) -> dict[str, str]:
        """Last, for a step cannot change them."""
        runner = {name: value for name, value in self._machine.variables().items() if name.startswith("RUNNER_")}
        return {**runner, **github_variables(github), "GITHUB_ACTION": str(github["action"])}

    def _keep(self, step: Step, done: StepResult) -> None:
        self.result.steps.append(done)
        if step.id is not None:
            self._by_id[step.id] = done
        if done.outcome == "cancelled":
            self._note_cancellation()
        elif done.conclusion == "failure" and self.result.result == "success":
            self.result.result = "failure"

    def _note_cancellation(self) -> None:
        """Also a job that ran out of time counts as cancelled."""
        self.result.result = "cancelled"
        reason = "The operation was canceled." if self._run.cancelled.is_set() else "The job ran longer than it may."
        self.result.log.annotate("error", reason)


def _unnamed(step: Step) -> str:
    text = step.uses or step.run
    return text.splitlines()[0] if isinstance(text, str) else f"step {step.position}"
