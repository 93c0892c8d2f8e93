"""Which tasks a save affects: pure logic on top of the plan that ``--resume`` makes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.execution.resume import RunPlan
from pynb_dag_runner.execution.selection import Run
from pynb_dag_runner.project.fingerprint import INCOMPLETE, TaskCode


def affected_plan(pipeline: Pipeline, plan: RunPlan, tried: Mapping[str, str]) -> RunPlan:
    """The plan without what failed before and would do the same again.

    ``tried`` has the fingerprints of tasks that ran and did not succeed, or were skipped. One of them runs again when it, or
    what it needs, has changed, or when a task that does run needs it.
    """
    running: set[str] = set()
    for task in pipeline:
        code = plan.code[task.id].fingerprint or INCOMPLETE
        is_same = not code.startswith(INCOMPLETE) and tried.get(task.id) == code
        is_wanted = not is_same or any(need.id in running for need in task.needs)
        if is_wanted and isinstance(plan.choices.get(task.id), Run):
            running.add(task.id)
    for task in reversed(list(pipeline)):
        if task.id in running:
            running |= {need.id for need in task.needs if isinstance(plan.choices.get(need.id), Run)}
    kept = {
        task_id: choice for task_id, choice in plan.choices.items() if task_id in running or not isinstance(choice, Run)
    }
    return replace(plan, choices=kept)


def changed_tasks(before: Mapping[str, TaskCode], after: Mapping[str, TaskCode]) -> set[str]:
    """Tasks whose own files are not the same any more."""
    return {task_id for task_id, code in after.items() if task_id not in before or before[task_id].parts != code.parts}


def unfinished(pipeline: Pipeline, changed: Collection[str], finished: Collection[str]) -> set[str]:
    """Of tasks that changed, and all that need them, those that are running or still wait."""
    found = set(changed)
    for task in pipeline:
        if any(need.id in found for need in task.needs):
            found.add(task.id)
    return found - set(finished)


def named(files: Collection[Path], project_dir: Path, most: int = 3) -> str:
    """A few files in words, by their paths in the project."""
    names = sorted(
        str(path.relative_to(project_dir)) if path.is_relative_to(project_dir) else str(path) for path in files
    )
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
