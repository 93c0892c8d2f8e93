"""``--resume``, ``--only`` and ``--from``: which tasks a run runs, and how it says so before it starts."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pynb_dag_runner.dag.pipeline import Pipeline
    from pynb_dag_runner.execution.resume import RunPlan

_MOST_ROWS = 12
_LONGEST_NAMES = 100


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Add the three options."""
    parser.add_argument(
        "--resume",
        metavar="RUN_ID",
        help="take over from an earlier run (or `latest`) what succeeded and has not changed since; run the rest",
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="TASK",
        help="run this task (name or id), and of what it needs only what cannot be taken over; may be repeated",
    )
    parser.add_argument(
        "--from",
        action="append",
        default=[],
        dest="from_",
        metavar="TASK",
        help="run this task and all that need it, directly or not; may be repeated",
    )


def planned(pipeline: Pipeline, project_dir: Path, arguments: argparse.Namespace) -> RunPlan | None:
    """The plan of the run, None for an ordinary one.

    Raises:
        UsageError: there is no such run or task.
        RunLogError: the earlier run's log cannot be read.
    """
    if arguments.resume is None and not arguments.only and not arguments.from_:
        return None
    from pynb_dag_runner.execution.resume import plan_run

    return plan_run(
        pipeline,
        project_dir,
        arguments.outputs.absolute(),
        resume=arguments.resume,
        only=arguments.only,
        from_=arguments.from_,
    )


def show_plan(plan: RunPlan, write: Callable[[str], object]) -> None:
    """Write what is taken over, and what runs for which reason: short, however many tasks there are."""
    for line in plan_lines(plan):
        write(f"{line}\n")


def plan_lines(plan: RunPlan) -> Iterator[str]:
    """The lines of :func:`show_plan`."""
    from pynb_dag_runner.report.escaping import one_line

    running, reused = plan.running, plan.reused
    total = f"all {len(reused)} tasks" if len(reused) != 1 else "its task"
    if not running:
        yield f"Nothing to do: {total} succeeded in run {plan.run_id} and have not changed since."
        return
    based_on = f"Based on run {plan.run_id}" if plan.run_id else "There is no earlier run of this pipeline"
    counts = [f"{len(reused)} reused"] if plan.run_id else []
    counts += [f"{len(running)} to run", *([f"{len(plan.left_out)} left out"] if plan.left_out else [])]
    yield f"{based_on}: {', '.join(counts)}"
    if reused:
        yield f"  reused  {one_line(', '.join(reused), _LONGEST_NAMES)}"
    for task_id, reason in list(running.items())[:_MOST_ROWS]:
        yield f"  run     {one_line(task_id, _LONGEST_NAMES)}: {one_line(reason, 200)}"
    if len(running) > _MOST_ROWS:
        yield f"  run     ... and {len(running) - _MOST_ROWS} more tasks"
