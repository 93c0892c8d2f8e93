"""What stands for the actions that the workflows use. Each has the effect of the real one, and refuses what it does not know.

A version is known by its commit, since that is how the workflows name it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fake_github import FakeGitHub, Repository, WorkflowRun

from actions_emulation.errors import EmulationError, StepError
from actions_emulation.events import SERVER, Event
from actions_emulation.hosting import Hosting, git
from actions_emulation.log import Log
from actions_emulation.machine import Machine


@dataclass
class ActionCall:
    """One step that uses an action, and what it may do."""

    fake: FakeGitHub
    hosting: Hosting
    repository: Repository
    run: WorkflowRun
    event: Event
    machine: Machine
    log: Log
    token: str
    environment: str
    inputs: dict[str, str]
    outputs: dict[str, str] = field(default_factory=dict)
    exported: dict[str, str] = field(default_factory=dict)
    """Environment variables for the steps that follow."""

    def may(self, scope: str, level: str) -> bool:
        """Whether the job's token has a right."""
        token = self.fake.github.job_tokens[self.token]
        levels = ("none", "read", "write")
        is_allowed = levels.index(token.permissions.get(scope, "none")) >= levels.index(level)
        if is_allowed:
            token.note(scope, level)
        return is_allowed

    def choice(self, name: str, default: str, known: tuple[str, ...]) -> str:
        """An input of which the emulation knows some values."""
        value = self.inputs.get(name) or default
        if value not in known:
            raise EmulationError(f"the emulation does not know {name}: {value}")
        return value


@dataclass(frozen=True)
class Action:
    """An action at the version that the workflows name."""

    commit: str
    version: str
    inputs: tuple[str, ...]
    emulate: Callable[[ActionCall], None]


def find_action(uses: str, known: Mapping[str, Action], given: Mapping[str, Any], where: str) -> Action:
    """The action of a step.

    Raises:
        EmulationError: the emulation does not know the action, this version of it, or one of the inputs.
    """
    name, _, commit = uses.partition("@")
    action = known.get(name)
    if action is None:
        raise EmulationError(f"{where}: the emulation does not know the action {name}")
    if commit != action.commit:
        raise EmulationError(f"{where}: of {name} the emulation knows {action.commit} ({action.version}), not {commit}")
    unknown = [one for one in given if one not in action.inputs]
    if unknown:
        raise EmulationError(f"{where}: the emulation does not know {', '.join(unknown)} of {name}")
    return action


def checkout(call: ActionCall) -> None:
    """The commit of the run, alone, as a detached head or on its branch; no token stays behind."""
    call.choice("persist-credentials", "true", ("false",))
    call.choice("fetch-depth", "1", ("1",))
    if not call.may("contents", "read"):
        raise StepError("fatal: repository not found: the token may not read contents")
    folder, event = call.machine.workspace, call.event
    if any(folder.iterdir()):
        raise EmulationError("the emulation knows only a checkout into an empty workspace")
    git(folder, "init", "--quiet", "--initial-branch=unused")
    git(folder, "remote", "add", "origin", f"{SERVER}/{call.repository.full_name}")
    is_branch = event.ref.startswith("refs/heads/")
    name = event.ref.removeprefix("refs/heads/").removeprefix("refs/")
    tracked = f"refs/remotes/{'origin/' if is_branch else ''}{name}"
    source = f"file://{call.hosting.path(call.repository.full_name)}"
    git(folder, "fetch", "--quiet", "--no-tags", "--depth=1", source, f"+{event.sha}:{tracked}")
    if is_branch:
        git(folder, "checkout", "--quiet", "--force", "-B", name, tracked)
    else:
        git(folder, "checkout", "--quiet", "--force", tracked)
    call.outputs |= {"ref": event.ref, "commit": event.sha}


def setup_uv(call: ActionCall) -> None:
    """uv on PATH, and a cache that is warm, as after a restore; the real one downloads both."""
    call.choice("enable-cache", "auto", ("auto", "true", "false"))
    folder = call.machine.tool_cache / "uv"
    folder.mkdir(exist_ok=True)
    for name in ("uv", "uvx"):
        link, program = folder / name, call.machine.tools.uv.with_name(name)
        if program.exists() and not link.exists():
            link.symlink_to(program)
    call.machine.path.insert(0, str(folder))
    call.exported["UV_CACHE_DIR"] = str(call.machine.tools.uv_cache)
    call.outputs |= {"uv-path": str(folder / "uv"), "cache-hit": "true"}
