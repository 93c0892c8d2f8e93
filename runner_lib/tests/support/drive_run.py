"""Runs the pipeline of the current folder, one line per event: what ``pdr run`` does, without its progress view."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.dag.task import Task
from pynb_dag_runner.errors import EngineError, PdrError
from pynb_dag_runner.execution.events import RunSummary
from pynb_dag_runner.execution.requests import AttemptOutcome
from pynb_dag_runner.execution.run import RunOptions, run_pipeline
from pynb_dag_runner.project.load import load_pipeline


class Lines:
    """Writes each event to standard output."""

    def __init__(self) -> None:
        self._stream = sys.stdout

    def _say(self, text: str) -> None:
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def run_started(self, run_id: str, pipeline: Pipeline, run_log: Path) -> None:
        self._say(f"run {run_id} started")

    def attempt_started(self, task: Task, attempt: int) -> None:
        self._say(f"{task.id} attempt {attempt} started")

    def attempt_ended(self, task: Task, attempt: int, outcome: AttemptOutcome, is_retried: bool) -> None:
        self._say(f"{task.id} attempt {attempt} ended: {outcome.result.value} {outcome.message or ''}")

    def task_ended(self, task: Task, result: Result, skipped_because: Task | None) -> None:
        self._say(f"{task.id} ended: {result.value}")

    def task_reused(self, task: Task, run_id: str) -> None:
        self._say(f"{task.id} reused from {run_id}")

    def cancelling(self, reason: str) -> None:
        self._say(f"cancelling: {reason}")

    def tick(self) -> None:
        pass

    def run_ended(self, summary: RunSummary) -> None:
        self._say(f"run {summary.run_id} ended: {summary.result.value}")


def main() -> int:
    """Run, and return the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--address", default="local")
    parser.add_argument("--outputs", type=Path, default=Path("pipeline-outputs"))
    parser.add_argument("--fail-fast", action="store_true")
    parser.add_argument("--kernels", default=RunOptions.kernels)
    arguments = parser.parse_args()
    options = RunOptions(
        address=arguments.address,
        outputs_dir=arguments.outputs,
        fail_fast=arguments.fail_fast,
        kernels=arguments.kernels,
    )
    try:
        return run_pipeline(load_pipeline(Path.cwd(), "dev"), Path.cwd(), options, Lines())[1]
    except PdrError as error:
        sys.stderr.write(f"{error}\n")
        return 1 if isinstance(error, EngineError) else 2


if __name__ == "__main__":
    sys.exit(main())
