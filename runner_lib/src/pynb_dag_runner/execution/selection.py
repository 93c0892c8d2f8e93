"""Which tasks a run runs, which it takes over from an earlier run, and which it leaves out: pure logic.

A task is taken over if it succeeded in the earlier run, has the same fingerprint, its outputs are still there, and nothing
before it runs again: all that one run shows was made of the same things.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.dag.task import Task
from pynb_dag_runner.errors import UsageError
from pynb_dag_runner.project.fingerprint import INCOMPLETE
from pynb_dag_runner.project.settings import did_you_mean


@dataclass(frozen=True)
class PreviousTask:
    """A task in the earlier run.

    ``obstacle`` says why it cannot be taken over whatever its code is: "failed before", "its outputs are gone". Where that was
    a consequence, as of a task that was skipped, what it needs is the better reason. ``made_by`` is the run in which it
    really ran.
    """

    fingerprint: str | None
    made_by: str
    obstacle: str | None = None
    is_consequence: bool = False


@dataclass(frozen=True)
class PreviousRun:
    """What an earlier run of the same pipeline has to offer."""

    run_id: str
    tasks: Mapping[str, PreviousTask] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """The task runs; ``reason`` says why it is not taken over, in a few words."""

    reason: str = ""


@dataclass(frozen=True)
class Reuse:
    """The task is taken over; ``run_id`` is the run in which it really ran."""

    run_id: str


Choice: TypeAlias = Run | Reuse


def plan(
    pipeline: Pipeline,
    fingerprints: Mapping[str, str],
    previous: PreviousRun | None = None,
    *,
    only: Sequence[str] = (),
    from_: Sequence[str] = (),
    resume: bool = False,
    reasons: Mapping[str, str] | None = None,
) -> dict[str, Choice]:
    """What happens to each task, in the pipeline's order; a task that is not there is left out of the run.

    Without any of the three, everything runs. ``resume``: what can be taken over is, the rest runs. ``only``: these tasks (names
    or ids) run; ``from_``: these and all that needs them; of what they need, what cannot be taken over runs too, and the
    rest is left out. ``reasons`` says of tasks with another fingerprint what changed.

    Raises:
        UsageError: there is no task of a name or id.
    """
    forced = {task.id: "--only" for task in named_tasks(pipeline, only, "--only")}
    forced |= {task.id: "--from" for task in _with_dependents(pipeline, named_tasks(pipeline, from_, "--from"))}
    if not forced and not resume:
        return {task.id: Run() for task in pipeline}
    obstacles = _obstacles(pipeline, fingerprints, previous, reasons or {})
    consequences = {
        task_id for task_id, before in (previous.tasks if previous else {}).items() if before.is_consequence
    }
    is_part = bool(forced)
    wanted = set(forced) if is_part else {task.id for task in pipeline}
    while True:
        running = _running(pipeline, wanted, forced, obstacles, consequences)
        required = {need.id for task in pipeline if task.id in running for need in task.needs}
        if required <= wanted:
            break
        wanted |= required
    choices: dict[str, Choice] = {}
    for task in pipeline:
        if task.id in running:
            choices[task.id] = Run(running[task.id])
        elif task.id in wanted:
            assert previous is not None
            choices[task.id] = Reuse(previous.tasks[task.id].made_by)
    return choices


def named_tasks(pipeline: Pipeline, names: Iterable[str], option: str) -> list[Task]:
    """The tasks that have one of these ids or names.

    Raises:
        UsageError: there is none.
    """
    found: dict[str, Task] = {}
    for name in names:
        fitting = [task for task in pipeline if task.id == name] or [task for task in pipeline if task.name == name]
        if not fitting:
            known = dict.fromkeys([*(task.name for task in pipeline), *(task.id for task in pipeline)])
            raise UsageError(
                f"{option} {name}: there is no such task{did_you_mean(name, known)}; there are: "
                f"{', '.join(dict.fromkeys(task.name for task in pipeline))}"
            )
        found |= {task.id: task for task in fitting}
    return list(found.values())


def _with_dependents(pipeline: Pipeline, tasks: Iterable[Task]) -> list[Task]:
    chosen = {task.id for task in tasks}
    for task in pipeline:
        if any(need.id in chosen for need in task.needs):
            chosen.add(task.id)
    return [task for task in pipeline if task.id in chosen]


def _obstacles(
    pipeline: Pipeline, fingerprints: Mapping[str, str], previous: PreviousRun | None, reasons: Mapping[str, str]
) -> dict[str, str]:
    """For each task that cannot be taken over as it is, why."""
    found: dict[str, str] = {}
    for task in pipeline:
        before = previous.tasks.get(task.id) if previous is not None else None
        fingerprint = fingerprints[task.id]
        if before is None:
            found[task.id] = "new" if previous is not None else "no earlier run"
        elif before.obstacle is not None:
            found[task.id] = before.obstacle
        elif before.fingerprint != fingerprint:
            # Where its own code is the same, what it needs is not: that is the cause, unless it is none of this run.
            found[task.id] = reasons.get(task.id, "")
        elif fingerprint.startswith(INCOMPLETE):
            found[task.id] = reasons.get(task.id, "nobody can tell whether it changed")
    return found


def _running(
    pipeline: Pipeline,
    wanted: set[str],
    forced: Mapping[str, str],
    obstacles: Mapping[str, str],
    consequences: set[str],
) -> dict[str, str]:
    """Which of the wanted tasks run, and why; ``causes`` follows what runs also through tasks that are not wanted."""
    running: dict[str, str] = {}
    causes: dict[str, str] = {}
    for task in pipeline:
        cause = next((causes[need.id] for need in task.needs if need.id in causes), None)
        if task.id in wanted:
            reasons = [obstacles.get(task.id), f"needs {cause}" if cause else None]
            reasons = [forced.get(task.id), *(reversed(reasons) if task.id in consequences else reasons)]
            if any(reason is not None for reason in reasons):
                running[task.id] = next((reason for reason in reasons if reason), "changed")
                cause = task.id
        if cause is not None:
            causes[task.id] = cause
    return running
