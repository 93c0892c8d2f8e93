"""The one call that runs a pipeline: puts the parts of a run together and takes them apart again."""

from __future__ import annotations

import contextlib
import os
import secrets as random_bits
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from types import FrameType

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.dag.parameters import Json
from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.dag.task import MIN_SECRET_LENGTH
from pynb_dag_runner.errors import EngineError, PipelineError
from pynb_dag_runner.execution.data_lake import DataLake
from pynb_dag_runner.execution.definition import RunFacts
from pynb_dag_runner.execution.engine import Cancellation, Engine
from pynb_dag_runner.execution.events import RunObserver, RunSummary
from pynb_dag_runner.execution.ray_start import LOCAL
from pynb_dag_runner.execution.recorder import RunRecorder
from pynb_dag_runner.execution.resume import RunPlan, part_of
from pynb_dag_runner.execution.warm import FORKED, WarmParts
from pynb_dag_runner.project.fingerprint import Fingerprints
from pynb_dag_runner.runlog.facts import code_facts, machine_facts, package_versions
from pynb_dag_runner.runlog.redaction import Redactor, secrets_by_name

EXIT_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


@dataclass(frozen=True)
class RunOptions:
    """How a pipeline is run.

    ``address`` is ``local``, ``auto`` or ``HOST:PORT`` of a Ray cluster. ``kernels`` says whether notebooks get kernels that
    are ``forked`` from a process with everything imported (Linux, this machine), or ``fresh`` ones.
    """

    environment: str = "dev"
    settings: Mapping[str, Json] = field(default_factory=dict)
    tags: Mapping[str, Json] = field(default_factory=dict)
    address: str = LOCAL
    outputs_dir: Path = Path("pipeline-outputs")
    fail_fast: bool = False
    kernels: str = FORKED
    plan: RunPlan | None = None
    """Which tasks run and which are taken over; None: all run."""


def run_pipeline(
    pipeline: Pipeline, project_dir: Path, options: RunOptions, observer: RunObserver
) -> tuple[RunSummary, int]:
    """Run ``pipeline``, whose notebooks lie in ``project_dir``; returns what happened and the exit code.

    Settings must have been applied to the pipeline already; here they are only recorded.

    Raises:
        PipelineError: a secret that a task names is not set; nothing was started then.
        UsageError: there is no cluster at the address.
        EngineError: Ray cannot be started, or the run log cannot be written.
    """
    secrets = required_secrets(part_of(pipeline, options.plan) if options.plan else pipeline, os.environ)
    run_id = new_run_id()
    cancellation = Cancellation()
    with (
        signals_cancel(cancellation) as received,
        quiet_ray(),
        WarmParts(options.address, run_id, options.kernels) as parts,
    ):
        summary = run_with(parts, run_id, pipeline, project_dir, options, observer, cancellation, secrets)
        return summary, _exit_code(summary, received)


def run_with(
    parts: WarmParts,
    run_id: str,
    whole: Pipeline,
    project_dir: Path,
    options: RunOptions,
    observer: RunObserver,
    cancellation: Cancellation,
    secrets: Mapping[str, str],
    code: str = "",
) -> RunSummary:
    """One run on parts that are there; ``code`` names the version of the project's code, see :class:`AttemptRequest`.

    Raises:
        EngineError: Ray cannot be started, or the run log cannot be written.
    """
    pipeline = part_of(whole, options.plan) if options.plan else whole
    kernels = parts.kernel_sockets(pipeline, project_dir)
    outputs_dir = options.outputs_dir.absolute()
    # Before the run log: where outputs cannot be written, no log of a run that never was is left behind.
    data_lake = DataLake(outputs_dir, run_id)
    engine = Engine(
        pipeline=pipeline,
        run_id=run_id,
        project_dir=project_dir.absolute(),
        workers=parts.workers,
        recorder=_recorder(pipeline, whole, project_dir, outputs_dir, run_id, options, secrets, observer),
        data_lake=data_lake,
        observer=observer,
        cancellation=cancellation,
        secrets=secrets,
        fail_fast=options.fail_fast,
        kernel_sockets=kernels,
        reused=options.plan.reused if options.plan else {},
        code=code,
    )
    return engine.run()


def _recorder(
    pipeline: Pipeline,
    whole: Pipeline,
    project_dir: Path,
    outputs_dir: Path,
    run_id: str,
    options: RunOptions,
    secrets: Mapping[str, str],
    observer: RunObserver,
) -> RunRecorder:
    """A run log with the facts of this run; gathering them overlaps with Ray's start."""
    facts = RunFacts(
        run_id=run_id,
        environment=options.environment,
        settings=options.settings,
        tags=options.tags,
        code=code_facts(project_dir, os.environ),
        machine=machine_facts(),
        packages=package_versions(),
        # Of the whole pipeline: what a task is made of does not depend on which tasks this run has.
        tasks=options.plan.code if options.plan else Fingerprints(whole, project_dir).code(),
        selection=options.plan.selection if options.plan else {},
    )
    tasks = {task.id: task for task in pipeline}
    try:
        return RunRecorder(
            outputs_dir / "runs",
            pipeline,
            facts,
            Redactor(secrets_by_name(os.environ) | dict(secrets)),
            lambda task_id, attempt: observer.attempt_started(tasks[task_id], attempt),
        )
    except OSError as error:
        raise EngineError(f"no run log can be written to {outputs_dir}: {error}") from error


def new_run_id() -> str:
    """A run id that sorts by time (UTC) and differs between runs that start at once."""
    return f"{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}-{random_bits.token_hex(3)}"


def required_secrets(pipeline: Pipeline, environment: Mapping[str, str]) -> dict[str, str]:
    """The value of every secret that a task names.

    Raises:
        PipelineError: one is not set, or too short to be redacted.
    """
    values: dict[str, str] = {}
    for task in pipeline:
        for name in task.options.secrets:
            value = environment.get(name, "")
            if not value:
                raise PipelineError(
                    f"task {task.id} names the secret {name}, but there is no environment variable "
                    f"{name}: set it first, as in {name}=... make run",
                    task.location,
                )
            if len(value) < MIN_SECRET_LENGTH:
                raise PipelineError(
                    f"the secret {name} of task {task.id} has fewer than {MIN_SECRET_LENGTH} characters: "
                    "that is too short to be redacted without blanking harmless text",
                    task.location,
                )
            values[name] = value
    return values


@contextlib.contextmanager
def quiet_ray() -> Iterator[None]:
    """While entered, ``sys.stdout`` leads nowhere: Ray's threads print there, between the lines of a progress view.

    Observers keep the stream that they were made with.
    """
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        yield


@contextlib.contextmanager
def signals_cancel(cancellation: Cancellation) -> Iterator[list[int]]:
    """While entered, SIGINT and SIGTERM cancel the run instead of ending the process; yields those received."""
    received: list[int] = []

    def cancel(number: int, frame: FrameType | None) -> None:
        received.append(number)
        signal.alarm(0)  # While Ray starts, its own handler sees SIGTERM first and would abort this process 3 s later.
        cancellation.reason = cancellation.reason or f"received {signal.Signals(number).name}"

    previous = {number: signal.signal(number, cancel) for number in EXIT_CODES}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _exit_code(summary: RunSummary, received: list[int]) -> int:
    if summary.result is Result.CANCELLATION and received:
        return EXIT_CODES[signal.Signals(received[0])]
    return 0 if summary.result is Result.SUCCESS else 1
