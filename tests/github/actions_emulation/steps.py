"""One step: its script or its action, and what it hands to the steps that follow."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from actions_emulation.actions import ActionCall, find_action
from actions_emulation.artifacts import ACTIONS
from actions_emulation.errors import EmulationError, StepError
from actions_emulation.log import Log, read_values
from actions_emulation.machine import Machine
from actions_emulation.processes import run_script
from actions_emulation.runs import Run, StepResult
from actions_emulation.workflow import Step

SHELLS = {
    None: "bash -e {0}",
    "bash": "bash --noprofile --norc -eo pipefail {0}",
    "sh": "sh -e {0}",
}
"""As documented. Without ``shell`` it is bash, too, but with fewer options."""

_MOST_SUMMARY = 1024 * 1024
_FILES = ("env", "output", "path", "step_summary", "state")


@dataclass
class StepCall:
    """What a step gets, and what it may do."""

    run: Run
    step: Step
    name: str
    machine: Machine
    log: Log
    variables: dict[str, str]
    environment: str
    token: str
    text: Callable[[Any], str]
    is_cancelled: Callable[[], bool]
    timeout_s: float | None
    exported: dict[str, str] = field(default_factory=dict)
    """Environment variables for the steps that follow."""


def run_step(call: StepCall) -> StepResult:
    """Runs a step; a failure is a result, and is told in the log.

    Raises:
        EmulationError: something in it is not known.
    """
    call.log.lines.append(f"##[group]{call.name}")
    result = StepResult(call.name, "success", "success")
    try:
        if call.step.uses is not None:
            _use(call, result)
        else:
            _run(call, result)
    except StepError as error:
        result.outcome = "failure"
        call.log.annotate("error", str(error))
        call.log.say(f"##[error]{error}")
    call.log.check()
    result.conclusion = result.outcome
    return result


def _run(call: StepCall, result: StepResult) -> None:
    step, files = call.step, {name: call.machine.files / name for name in _FILES}
    if step.shell not in SHELLS:
        raise EmulationError(f"the emulation does not know the shell {step.shell}")
    script = call.machine.temp / f"step-{step.position}.sh"
    script.write_text(call.text(step.run), encoding="utf-8")
    for file in files.values():
        file.write_text("", encoding="utf-8")
    folder = call.machine.workspace / call.text(step.working_directory)
    if not folder.is_dir():
        raise StepError(f"working-directory {folder} is not there")
    ended = run_script(
        command=shlex.split(SHELLS[step.shell].format(shlex.quote(str(script)))),
        environment={**call.variables, **{f"GITHUB_{name.upper()}": str(path) for name, path in files.items()}},
        folder=folder,
        say=call.log.say,
        is_cancelled=call.is_cancelled,
        timeout_s=call.timeout_s,
        patience=call.run.world.patience,
    )
    _take_files(call, result, files)
    result.signals = ended.signals
    if ended.is_timed_out:
        raise StepError(f"The action '{call.name}' has timed out.")
    if ended.is_cancelled:
        result.outcome = "cancelled"
    elif ended.exit_code != 0:
        raise StepError(f"Process completed with exit code {ended.exit_code}.")


def _take_files(call: StepCall, result: StepResult, files: Mapping[str, Path]) -> None:
    texts = {name: path.read_text(encoding="utf-8") for name, path in files.items()}
    if texts["state"]:
        raise EmulationError("the emulation does not know GITHUB_STATE in a script")
    call.exported |= read_values(texts["env"])
    if "NODE_OPTIONS" in call.exported:
        raise StepError("Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.")
    result.outputs |= read_values(texts["output"])
    for line in filter(None, texts["path"].splitlines()):
        call.machine.path.insert(0, line)
    size = len(texts["step_summary"].encode())
    if size > _MOST_SUMMARY:
        limit = f"supports content up to a size of 1024k, got {size // 1024}k"
        call.log.annotate("error", f"$GITHUB_STEP_SUMMARY upload aborted, {limit}.")
    elif texts["step_summary"]:
        call.log.summaries.append(texts["step_summary"])


def _use(call: StepCall, result: StepResult) -> None:
    step, run = call.step, call.run
    action = find_action(step.uses or "", ACTIONS, step.inputs, f"{run.workflow.path}: {call.name}")
    used = ActionCall(
        fake=run.world.fake,
        hosting=run.world.hosting,
        repository=run.repository,
        run=run.model,
        event=run.event,
        machine=call.machine,
        log=call.log,
        token=call.token,
        environment=call.environment,
        inputs={name: call.text(value) for name, value in step.inputs.items()},
    )
    action.emulate(used)
    result.outputs |= used.outputs
    call.exported |= used.exported
