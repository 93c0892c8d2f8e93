"""A project to run on Ray, and single attempts without Ray."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from kernel_kinds import kernels
from pipeline_project import HANG_S, PipelineProject, pipeline_project

from pynb_dag_runner.conventions import RUN_LOG_VERSION, Event, ResourceAttribute
from pynb_dag_runner.dag.task import TaskType
from pynb_dag_runner.execution.requests import ATTEMPTS_FOLDER, AttemptOutcome, AttemptRequest, worker_folder
from pynb_dag_runner.runlog.facts import host_name
from pynb_dag_runner.runlog.reader import read_run
from pynb_dag_runner.runlog.records import Attempt
from pynb_dag_runner.runlog.redaction import Redactor
from pynb_dag_runner.runlog.spool import LineFile
from pynb_dag_runner.runlog.traces import SpanReference
from pynb_dag_runner.runlog.writer import RunLogWriter
from pynb_dag_runner.tracking.context import TaskContext

__all__ = ["kernels"]

_MAKE_ATTEMPT = """
import pickle, sys
from pathlib import Path
from pynb_dag_runner.execution.attempt_runner import run_attempt

folder = Path(sys.argv[1])
outcome = run_attempt(pickle.loads((folder / "request").read_bytes()))
(folder / "outcome").write_bytes(pickle.dumps(outcome))
"""


@pytest.fixture
def project(tmp_path: Path, kernels: str) -> Iterator[PipelineProject]:
    """A project; after the test no process of its runs is left."""
    with pipeline_project(tmp_path / "project", kernels) as made:
        yield made


@dataclass(frozen=True)
class MadeAttempt:
    """What an attempt reported (None: its process was killed first), and what it recorded."""

    outcome: AttemptOutcome | None
    recorded: Attempt
    request: AttemptRequest
    text: str

    def output(self, stream: str = "stdout") -> str:
        """What the attempt wrote, in one piece."""
        return "".join(output.text for output in self.recorded.outputs if output.stream == stream)

    @property
    def dropped_bytes(self) -> int:
        """How much of the output was not kept."""
        return sum(output.dropped_bytes for output in self.recorded.outputs)


MakeAttempt = Callable[..., MadeAttempt]


@pytest.fixture
def attempt_request(tmp_path: Path) -> AttemptRequest:
    """A request for a command that does nothing; tests replace what they are about."""
    project, work, spool = (tmp_path / name for name in ("project", "work", "spool"))
    for folder in (project, work, spool, spool / ATTEMPTS_FOLDER):
        folder.mkdir()
    context = TaskContext(
        run_id=f"run-{uuid.uuid4().hex}",
        pipeline="attempts",
        task_id="task[size=1]",
        task_name="task",
        attempt=2,
        max_attempts=3,
        parameters={},
        outputs_dir=str(tmp_path / "outputs"),
    )
    context.write(work / "context.json")
    return AttemptRequest(
        context=context,
        type=TaskType.COMMAND,
        target=("true",),
        traceparent=SpanReference.new_trace().traceparent,
        project_dir=project,
        work_dir=work,
        spool_dir=spool,
        timeout_s=None,
    )


@pytest.fixture
def make_attempt(attempt_request: AttemptRequest, tmp_path: Path) -> MakeAttempt:
    """``make_attempt(type, target, ...)`` makes an attempt in a process of its own, without Ray."""

    def make(
        type: TaskType,
        target: Any,
        *,
        parameters: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        **changes: Any,
    ) -> MadeAttempt:
        context = replace(attempt_request.context, parameters=dict(parameters or {}))
        context.write(attempt_request.work_dir / "context.json")
        request = replace(attempt_request, type=type, target=target, context=context, **changes)
        (tmp_path / "request").write_bytes(pickle.dumps(request))
        process = subprocess.Popen(
            [sys.executable, "-c", _MAKE_ATTEMPT, str(tmp_path)], env={**os.environ, **(environment or {})}
        )
        process.wait(HANG_S)
        if type is TaskType.FUNCTION:
            request = replace(request, work_dir=worker_folder(request.spool_dir, host_name(), process.pid))
        reported = tmp_path / "outcome"
        assert reported.exists() or process.returncode in (-9, 1)
        outcome = pickle.loads(reported.read_bytes()) if reported.exists() else None
        return _as_recorded(tmp_path, request, outcome)

    return make


def _as_recorded(folder: Path, request: AttemptRequest, outcome: AttemptOutcome | None) -> MadeAttempt:
    """Read the spool files as the driver would have joined them to a run log."""
    path = folder / "joined.otlp.jsonl"
    file = LineFile(path, exclusive=True)
    resource = {ResourceAttribute.RUN_LOG_VERSION: RUN_LOG_VERSION, ResourceAttribute.RUN_ID: request.context.run_id}
    definition = '{"environment": "dev", "tasks": [{"id": "task[size=1]", "name": "task", "type": "x", "source": "x", "folder": "x", "needs": [], "parameters": {}, "options": {}}]}'
    span = SpanReference.parse(request.traceparent)
    RunLogWriter(file, resource, Redactor()).event(Event.RUN_STARTED, span, body=definition)
    file.close()
    with path.open("ab") as joined:
        for spool in sorted([*request.spool_dir.glob("*.jsonl"), *request.work_dir.glob("*.jsonl")]):
            joined.write(spool.read_bytes())
    run = read_run(path)
    (recorded,) = run.tasks[request.context.task_id].attempts
    return MadeAttempt(outcome, recorded, request, path.read_text())
