"""Makes one attempt, in a worker process on whichever node: sets it up, runs it by its type, records how it ended."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from pynb_dag_runner.conventions import RUN_LOG_VERSION, Event, ResourceAttribute, Result, SpanAttribute
from pynb_dag_runner.dag.task import TaskType
from pynb_dag_runner.execution.requests import (
    CANCEL_FILE,
    CONTEXT_FILE,
    OUTCOME_FILE,
    AttemptOutcome,
    AttemptRequest,
    worker_folder,
)
from pynb_dag_runner.execution.running_attempt import RunningAttempt
from pynb_dag_runner.execution.task_environment import task_environment
from pynb_dag_runner.runlog.attempt_log import AttemptLog
from pynb_dag_runner.runlog.facts import host_name
from pynb_dag_runner.runlog.redaction import Redactor, secrets_by_name
from pynb_dag_runner.runlog.spool import LineFile
from pynb_dag_runner.runlog.traces import SpanReference
from pynb_dag_runner.runlog.writer import RunLogWriter
from pynb_dag_runner.tracking.current import spool_path

_spools: dict[str, LineFile] = {}
_writers: dict[frozenset[tuple[str, str]], RunLogWriter] = {}
"""On the spool file of the run that this process serves now: one for each set of secrets that its tasks know."""

_made: set[Path] = set()
"""The folder that this process has made last; all functions of a run have the same."""

Runner: TypeAlias = Callable[[RunningAttempt], AttemptOutcome]


def run_attempt(request: AttemptRequest) -> AttemptOutcome:
    """Make the attempt; never raises for what user code does.

    Raises:
        OSError: the spool file cannot be written, for instance since the disk is full.
    """
    if request.type is TaskType.FUNCTION:
        request = replace(request, work_dir=worker_folder(request.spool_dir, host_name(), os.getpid()))
    environment = task_environment(request, os.environ)
    log = _open_log(request, environment)
    attempt = RunningAttempt(request, log, environment)
    if (request.spool_dir / CANCEL_FILE).exists():
        # It waited in a queue meanwhile: nothing of the user's is started any more.
        return attempt.stopped(Result.CANCELLATION)
    _make_folder(request.work_dir)
    request.context.write(request.work_dir / CONTEXT_FILE)
    started = {
        SpanAttribute.ATTEMPT_MAX: request.context.max_attempts,
        ResourceAttribute.HOST_NAME: host_name(),
        ResourceAttribute.PROCESS_ID: os.getpid(),
    }
    log.event(Event.ATTEMPT_STARTED, started, time_ns=attempt.start_ns)
    outcome = runner(request.type)(attempt)
    log.finish_outputs()
    return replace(outcome, location=outcome.location or (request.location if outcome.message else None))


def _make_folder(folder: Path) -> None:
    """Once for each; without its parents: of an attempt that comes so late that its run is over nothing is left."""
    if folder in _made:
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    # A worker that had the same process id may have died in it.
    (folder / OUTCOME_FILE).unlink(missing_ok=True)
    _made.clear()
    _made.add(folder)


def runner(type: TaskType) -> Runner:
    """What makes attempts of a type; imported as needed: a worker that only runs functions never loads papermill."""
    if type is TaskType.NOTEBOOK:
        from pynb_dag_runner.execution.notebook_runner import run_notebook

        return run_notebook
    if type is TaskType.FUNCTION:
        from pynb_dag_runner.execution.function_runner import run_function

        return run_function
    from pynb_dag_runner.execution.command_runner import run_command

    return run_command


def _open_log(request: AttemptRequest, environment: dict[str, str]) -> AttemptLog:
    """The attempt's log, on this process's own spool file of the run."""
    context = request.context
    key = str(request.spool_dir)
    if key not in _spools:
        # This worker may have served an earlier run, whose spool is gone.
        _writers.clear()
        while _spools:
            _spools.popitem()[1].close()
        _spools[key] = LineFile(spool_path(request.spool_dir))
    secrets = secrets_by_name(environment) | dict(request.redacted) | dict(request.secrets)
    known = frozenset(secrets.items())
    if known not in _writers:
        resource = {
            ResourceAttribute.RUN_LOG_VERSION: RUN_LOG_VERSION,
            ResourceAttribute.SERVICE_NAME: context.pipeline,
            ResourceAttribute.PIPELINE_NAME: context.pipeline,
            ResourceAttribute.RUN_ID: context.run_id,
            ResourceAttribute.WORKER_NAME: "worker",
            ResourceAttribute.HOST_NAME: host_name(),
            ResourceAttribute.PROCESS_ID: os.getpid(),
        }
        _writers[known] = RunLogWriter(_spools[key], resource, Redactor(secrets))
    _writers[known].take_time()
    return AttemptLog(_writers[known], SpanReference.parse(request.traceparent), context.task_id, context.attempt)
