"""Which attempt this process works on: told by the engine in a worker, by the environment everywhere else."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pynb_dag_runner.conventions import Variable
from pynb_dag_runner.tracking.context import TaskContext

if TYPE_CHECKING:
    from pynb_dag_runner.runlog.attempt_log import AttemptLog


@dataclass(frozen=True)
class CurrentAttempt:
    """An attempt, and where its records go."""

    context: TaskContext
    log: AttemptLog


_entered: tuple[int, CurrentAttempt] | None = None
_from_environment: tuple[int, CurrentAttempt] | None = None


def enter(attempt: CurrentAttempt | None) -> None:
    """Say which attempt user code in this process belongs to from now on; None: to none."""
    global _entered
    _entered = None if attempt is None else (os.getpid(), attempt)


def current_attempt() -> CurrentAttempt | None:
    """The attempt of this process, or None outside a run."""
    global _from_environment
    # A fork must not share its parent's spool file, so what is known is only valid for the process that learned it.
    if _entered is not None and _entered[0] == os.getpid():
        return _entered[1]
    if Variable.CONTEXT not in os.environ:
        return None
    if _from_environment is None or _from_environment[0] != os.getpid():
        _from_environment = (os.getpid(), _read_environment())
    return _from_environment[1]


def spool_path(spool_dir: Path) -> Path:
    """A new spool file for this process."""
    return spool_dir / f"{os.getpid()}-{secrets.token_hex(4)}.jsonl"


def _read_environment() -> CurrentAttempt:
    # Imported here: most notebooks import this package long before they record something, and many never do.
    from pynb_dag_runner.conventions import RUN_LOG_VERSION, ResourceAttribute
    from pynb_dag_runner.runlog.attempt_log import AttemptLog
    from pynb_dag_runner.runlog.facts import host_name
    from pynb_dag_runner.runlog.redaction import Redactor, secrets_by_name
    from pynb_dag_runner.runlog.spool import LineFile
    from pynb_dag_runner.runlog.traces import SpanReference
    from pynb_dag_runner.runlog.writer import RunLogWriter

    context = TaskContext.read(Path(os.environ[Variable.CONTEXT]))
    named = [name for name in os.environ.get(Variable.SECRETS, "").split(",") if name in os.environ]
    redactor = Redactor(secrets_by_name(os.environ) | {name: os.environ[name] for name in named})
    resource = {
        ResourceAttribute.RUN_LOG_VERSION: RUN_LOG_VERSION,
        ResourceAttribute.SERVICE_NAME: context.pipeline,
        ResourceAttribute.PIPELINE_NAME: context.pipeline,
        ResourceAttribute.RUN_ID: context.run_id,
        ResourceAttribute.WORKER_NAME: "task",
        ResourceAttribute.HOST_NAME: host_name(),
        ResourceAttribute.PROCESS_ID: os.getpid(),
    }
    writer = RunLogWriter(LineFile(spool_path(Path(os.environ[Variable.SPOOL_DIR]))), resource, redactor)
    span = SpanReference.parse(os.environ[Variable.TRACEPARENT])
    return CurrentAttempt(context, AttemptLog(writer, span, context.task_id, context.attempt))
