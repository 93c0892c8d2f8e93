"""Real run logs: one attempt's records in a file of their own, and a whole run as the driver records it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from recorded_run import RUN_ID, AttemptFile, WholeRun, log_everything

from pynb_dag_runner.conventions import RUN_LOG_VERSION, ResourceAttribute, Result
from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.execution.definition import RunFacts
from pynb_dag_runner.execution.recorder import RunRecorder
from pynb_dag_runner.project.fingerprint import TaskCode
from pynb_dag_runner.runlog.attempt_log import AttemptLog
from pynb_dag_runner.runlog.redaction import Redactor
from pynb_dag_runner.runlog.spool import LineFile
from pynb_dag_runner.runlog.traces import SpanReference
from pynb_dag_runner.runlog.writer import RunLogWriter


@pytest.fixture
def open_attempt(tmp_path: Path) -> Iterator[Callable[..., AttemptFile]]:
    """``open_attempt(secrets)`` begins a file of records; it is closed after the test."""
    opened: list[AttemptFile] = []

    def begin(secrets: dict[str, str] | None = None) -> AttemptFile:
        file = LineFile(tmp_path / f"attempt-{len(opened)}.jsonl")
        resource = {
            ResourceAttribute.RUN_LOG_VERSION: RUN_LOG_VERSION,
            ResourceAttribute.RUN_ID: RUN_ID,
            ResourceAttribute.PIPELINE_NAME: "digits",
        }
        writer = RunLogWriter(file, resource, Redactor(secrets))
        log = AttemptLog(writer, SpanReference.new_trace(), "train[size=600]", 2)
        opened.append(AttemptFile(file.path, file, writer, log))
        return opened[-1]

    yield begin
    for attempt in opened:
        attempt.file.close()


@pytest.fixture
def begin_run(tmp_path: Path) -> Iterator[Callable[..., WholeRun]]:
    """``begin_run(secrets)`` starts the log of a run of four tasks."""
    begun: list[WholeRun] = []

    def begin(secrets: dict[str, str] | None = None) -> WholeRun:
        pipeline = Pipeline("digits")
        ingest = pipeline.notebook("ingest", attempts=3, timeout_s=10)
        train = pipeline.notebook("train", needs=[ingest], parameters={"size": 600, "layers": [8, 4]})
        summary = pipeline.function(len, name="summary", needs=[train])
        tasks = {"ingest": ingest, "train": train, "summary": summary}
        tasks["report"] = pipeline.command(["true"], name="report", needs=[summary], secrets=["API_TOKEN"])
        code = {
            ResourceAttribute.HEAD_REVISION: "8f2c1d0",
            ResourceAttribute.HEAD_NAME: "main",
            ResourceAttribute.HEAD_TYPE: "branch",
            ResourceAttribute.DIRTY: False,
        }
        machine = {"python": "CPython 3.11.9", "platform": "Linux"}
        task_code = {ingest.id: TaskCode("ab" * 32, {"notebooks/ingest.py": "cd" * 32})}
        facts = RunFacts(
            RUN_ID, "dev", {"size": 600}, {"purpose": "test"}, code, machine, {"numpy": "2.3.1"}, task_code
        )
        started: list[tuple[str, int]] = []
        recorder = RunRecorder(
            tmp_path / "runs", pipeline, facts, Redactor(secrets), lambda task, attempt: started.append((task, attempt))
        )
        begun.append(WholeRun(recorder, tasks, secrets or {}, started))
        return begun[-1]

    yield begin
    for run in begun:
        run.close()


@pytest.fixture
def write_whole_run(begin_run: Callable[..., WholeRun]) -> Callable[..., Path]:
    """``write_whole_run(secrets, text)`` records a run with every kind of record, ``text`` in each of them."""

    def write(secrets: dict[str, str] | None = None, text: str = "text") -> Path:
        run = begin_run(secrets)
        run.recorder.run_started()
        run.recorder.task_started(run.tasks["ingest"])
        first = run.attempt("ingest", 1)
        log_everything(first, text)
        run.end_attempt(first, "ingest", 1, Result.FAILURE, f"KeyError: {text}")
        second = run.attempt("ingest", 2)
        run.lose_worker(second, "ingest", 2, f"lost: {text}")
        run.end_attempt(second, "ingest", 2, Result.ERROR, f"lost: {text}")
        third = run.attempt("ingest", 3)
        third.metric("nr_images", 1797)
        run.end_attempt(third, "ingest", 3, Result.SUCCESS)
        run.recorder.task_published(run.tasks["ingest"], {f"{text}.csv": 12}, {"note": text})
        run.recorder.task_ended(run.tasks["ingest"], Result.SUCCESS, 3, None, None)
        run.recorder.task_started(run.tasks["train"])
        train = run.attempt("train", 1)
        train.metric("loss", float("nan"), step=0)
        train.metric("loss", 0.25, step=1)
        run.end_attempt(train, "train", 1, Result.TIMEOUT, f"too slow: {text}")
        run.recorder.task_ended(run.tasks["train"], Result.TIMEOUT, 1, None, f"too slow: {text}")
        for name in ("summary", "report"):
            run.recorder.task_ended(run.tasks[name], Result.SKIP, 0, run.tasks["train"], None)
        with (run.recorder.spool_dir / "dead.jsonl").open("w") as torn:
            torn.write('{"resourceLogs":[')
        run.recorder.run_ended(Result.FAILURE, f"train did not succeed: {text}")
        return run.recorder.path

    return write
