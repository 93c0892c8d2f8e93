"""The log of a run that has taken a task over, as the driver writes it."""

from __future__ import annotations

from pathlib import Path

from pynb_dag_runner.conventions import Event, ResourceAttribute, Result
from pynb_dag_runner.dag.parameters import Json
from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.execution.definition import RunFacts
from pynb_dag_runner.execution.kept import KeptTask
from pynb_dag_runner.execution.recorder import RunRecorder
from pynb_dag_runner.execution.requests import AttemptOutcome
from pynb_dag_runner.project.fingerprint import TaskCode
from pynb_dag_runner.runlog.attempt_log import AttemptLog
from pynb_dag_runner.runlog.redaction import Redactor
from pynb_dag_runner.runlog.spool import LineFile
from pynb_dag_runner.runlog.traces import SpanReference
from pynb_dag_runner.runlog.writer import RunLogWriter

FIRST = "20261120T060000Z-0a1b2c"
SECOND = "20261121T060000Z-0a1b2c"
ORIGIN = SpanReference(0xABC, 0xDEF)
SECRET = "battery-staple"


def write_reused_run(outputs: Path, secrets: dict[str, str] | None = None) -> Path:
    """A run in which ``ingest`` was taken over from :data:`FIRST`, and ``train`` has run."""
    pipeline = Pipeline("digits")
    ingest = pipeline.notebook("ingest")
    train = pipeline.notebook("train", needs=[ingest], parameters={"size": 600})
    code = {ingest.id: TaskCode("ab" * 32, {"notebooks/ingest.py": "cd" * 32})}
    selection = {"run": FIRST, "resume": True, "only": [], "from": [], "left_out": []}
    facts = RunFacts(SECOND, "dev", {}, {}, {}, {"python": "3.11", "platform": "Linux"}, {}, code, selection)
    recorder = RunRecorder(outputs / "runs", pipeline, facts, Redactor(secrets), lambda task, attempt: None)
    recorder.run_started()
    values: dict[str, Json] = {"range": [0, 16], "note": f"about {SECRET}"}
    kept = KeptTask(FIRST, outputs, ORIGIN, {"images.csv": 12}, {"nr_images": 1797.0}, values)
    recorder.task_reused(ingest, kept)
    recorder.task_started(train)
    span = recorder.new_attempt_span()
    file = LineFile(recorder.spool_dir / "train.jsonl")
    resource = {ResourceAttribute.RUN_LOG_VERSION: 1, ResourceAttribute.RUN_ID: SECOND}
    log = AttemptLog(RunLogWriter(file, resource, Redactor(secrets)), span, train.id, 1)
    log.event(Event.ATTEMPT_STARTED, {}, time_ns=recorder.now_ns())
    log.metric("loss", 0.25)
    file.close()
    recorder.collect()
    now_ns = recorder.now_ns()
    recorder.attempt_ended(train, 1, span, AttemptOutcome(Result.SUCCESS, now_ns - 1_000_000, now_ns))
    recorder.task_published(train, {"model.onnx": 3722})
    recorder.task_ended(train, Result.SUCCESS, 1, None, None)
    recorder.run_ended(Result.SUCCESS)
    return recorder.path
