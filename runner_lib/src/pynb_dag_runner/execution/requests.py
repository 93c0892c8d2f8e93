"""What driver and workers tell each other: a request to make an attempt, and its outcome."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.dag.task import TaskType
from pynb_dag_runner.errors import SourceLocation
from pynb_dag_runner.tracking.context import TaskContext

CONTEXT_FILE = "context.json"
OUTCOME_FILE = "outcome.json"
NOTEBOOK_FILE = "notebook.ipynb"
STACK_FILE = "stack.txt"
CANCEL_FILE = "cancel"
ATTEMPTS_FOLDER = "attempts"


@dataclass(frozen=True)
class AttemptRequest:
    """Everything that a worker needs to make one attempt, on whichever node it runs.

    ``work_dir`` is private to the attempt, and made by its worker; a function has that of its worker, see
    :func:`worker_folder`. ``spool_dir`` is that of the run; a file ``cancel`` in it
    ends every attempt.
    ``target`` is the notebook's path relative to ``project_dir``, the command's arguments, or the pickled function.
    ``secrets`` are those that the task sees; ``redacted`` are those of the whole run, since a task may hand on what it saw.
    ``kernel_server`` is the socket of a server that forks kernels, where there is one on the node. ``code`` names the version
    of the project's code: a worker that has imported another one forgets it.
    """

    context: TaskContext
    type: TaskType
    target: str | tuple[str, ...] | bytes
    traceparent: str
    project_dir: Path
    work_dir: Path
    spool_dir: Path
    timeout_s: float | None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    redacted: Mapping[str, str] = field(default_factory=dict, repr=False)
    location: SourceLocation | None = None
    kernel_server: Path | None = None
    code: str = ""

    @property
    def mark(self) -> str:
        """Marks the processes of this attempt in their environment."""
        return f"{self.context.run_id}/{self.context.task_id}/{self.context.attempt}"


@dataclass(frozen=True)
class AttemptOutcome:
    """How an attempt ended; times in nanoseconds since 1970.

    ``error_types`` are the names of the exception's class and its base classes, most specific first.
    """

    result: Result
    start_ns: int
    end_ns: int
    message: str | None = None
    error_types: tuple[str, ...] = ()
    location: SourceLocation | None = None

    def write(self, work_dir: Path) -> None:
        """Leave the outcome where the driver finds it if this process dies before it can report."""
        (work_dir / OUTCOME_FILE).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, work_dir: Path) -> AttemptOutcome | None:
        """What :meth:`write` left, None where there is nothing whole."""
        try:
            data = json.loads((work_dir / OUTCOME_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        location = SourceLocation(**data.pop("location")) if data["location"] else data.pop("location")
        data["result"] = Result(data["result"])
        data["error_types"] = tuple(data["error_types"])
        return cls(**data, location=location)


def worker_folder(spool_dir: Path, host: str, pid: int) -> Path:
    """The folder of the functions that one worker calls, one after the other.

    To make a folder for each, and to remove it, may cost more than all else that a short function needs.
    """
    return spool_dir / ATTEMPTS_FOLDER / f"worker-{host}-{pid}"


def temporary_prefix(run_id: str) -> str:
    """How names of a run's folders for temporary files begin, so that what a killed process left can be found."""
    return f"pdr-{run_id}-"
