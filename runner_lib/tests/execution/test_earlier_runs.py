"""Which earlier run is meant, and what of it counts: without Ray, from logs that are written record by record."""

from __future__ import annotations

from pathlib import Path

import pytest
from recording import RunLogRecording

from pynb_dag_runner import Pipeline
from pynb_dag_runner.conventions import Result
from pynb_dag_runner.errors import RunLogError, UsageError
from pynb_dag_runner.execution.definition import RunFacts
from pynb_dag_runner.execution.kept import KeptTask
from pynb_dag_runner.execution.recorder import RunRecorder
from pynb_dag_runner.execution.resume import earlier_run_log, plan_run
from pynb_dag_runner.project.fingerprint import Fingerprints
from pynb_dag_runner.runlog.redaction import Redactor

FIRST, SECOND, OTHER = "20261125T100000Z-aaaaaa", "20261125T110000Z-bbbbbb", "20261125T120000Z-cccccc"


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """Two runs of the pipeline ``digits``, one that is cut off, and a newer one of another pipeline."""
    for run_id in (FIRST, SECOND):
        recording = RunLogRecording(tmp_path, run_id, {"ingest": [], "eda": ["ingest"]})
        recording.attempt("ingest")
        recording.end_attempt("ingest", 1, Result.SUCCESS)
        recording.end_task("ingest", Result.SUCCESS)
        if run_id == FIRST:
            recording.end_task("eda", Result.CANCELLATION)
            recording.finish(Result.CANCELLATION)
        else:
            recording.attempt("eda")
            recording.close()
    RunLogRecording(tmp_path, OTHER, {"ingest": []}, resource={"cicd.pipeline.name": "other"}).finish(Result.SUCCESS)
    return tmp_path


@pytest.fixture
def pipeline() -> Pipeline:
    made = Pipeline("digits")
    ingest = made.notebook("ingest", parameters={"size": 600}, id="ingest")
    made.notebook("eda", needs=[ingest], parameters={"size": 600}, id="eda")
    return made


def test_the_newest_run_is_the_newest_of_this_pipeline(outputs: Path) -> None:
    path = earlier_run_log("digits", outputs, "latest")
    assert path is not None
    assert path.name.startswith(SECOND)
    assert earlier_run_log("new", outputs, "latest") is None
    first = earlier_run_log("digits", outputs, FIRST[:12])
    assert first is not None
    assert first.name.startswith(FIRST)


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ("2026", "--resume 2026 fits several runs: 20261125T12"),
        (OTHER, f"--resume {OTHER}: that is a run of the pipeline 'other', and this is 'digits'"),
        (f"{FIRST}x", f"there is no such run, did you mean {FIRST}\\?; the newest is {OTHER}"),
    ],
)
def test_a_run_that_is_not_meant(outputs: Path, run: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        earlier_run_log("digits", outputs, run)


def test_runs_of_an_older_pdr_have_no_fingerprints(outputs: Path, pipeline: Pipeline, tmp_path: Path) -> None:
    planned = plan_run(pipeline, tmp_path, outputs, resume="latest")
    assert planned.run_id == SECOND
    assert planned.running == {"ingest": "ran with an older pdr", "eda": "was interrupted"}
    before = plan_run(pipeline, tmp_path, outputs, resume=FIRST)
    assert before.running == {"ingest": "ran with an older pdr", "eda": "was cancelled before"}
    assert before.selection == {"run": FIRST, "resume": True, "only": [], "from": [], "left_out": []}


def test_a_log_that_cannot_be_read_is_told(outputs: Path, pipeline: Pipeline, tmp_path: Path) -> None:
    path = earlier_run_log("digits", outputs, SECOND)
    assert path is not None
    line = path.read_text().splitlines()[0].replace('{"intValue":"1"}', '{"intValue":"99"}', 1)
    (outputs / "runs" / "20261125T130000Z-dddddd.otlp.jsonl").write_text(f"{line}\n")
    with pytest.raises(RunLogError, match="newer than version 1"):
        plan_run(pipeline, tmp_path, outputs, resume="latest")


def test_an_ordinary_run_has_no_selection(pipeline: Pipeline, tmp_path: Path) -> None:
    planned = plan_run(pipeline, tmp_path, tmp_path / "nowhere")
    assert (set(planned.running), planned.reused, planned.left_out, planned.selection) == (
        {"ingest", "eda"},
        {},
        [],
        {},
    )


def record(outputs: Path, pipeline: Pipeline, run_id: str, ran: str, based_on: str | None, reused: str = "") -> None:
    """The log of a run in which some tasks ran and some were taken over, and all others were left out."""
    here = [task.id for task in pipeline if task.id in f"{ran} {reused}".split()]
    left_out = [task.id for task in pipeline if task.id not in here]
    selection = {"run": based_on, "resume": False, "only": ran.split(), "from": [], "left_out": left_out}
    code = Fingerprints(pipeline, outputs).code()
    machine = {"python": "3.11", "platform": "Linux"}
    facts = RunFacts(run_id, "dev", {}, {}, {}, machine, {}, code, selection if based_on else {})
    part = pipeline.restricted_to(here)
    recorder = RunRecorder(outputs / "runs", part, facts, Redactor(), lambda task, attempt: None)
    recorder.run_started()
    for task in part:
        if task.id in reused.split():
            recorder.task_reused(task, KeptTask(FIRST, outputs))
        else:
            recorder.task_ended(task, Result.SUCCESS, 1, None, None)
    recorder.run_ended(Result.SUCCESS)


def test_what_a_run_left_out_comes_from_the_run_it_is_based_on(pipeline: Pipeline, tmp_path: Path) -> None:
    record(tmp_path, pipeline, FIRST, "ingest eda", None)
    record(tmp_path, pipeline, SECOND, "eda", FIRST, reused="ingest")
    record(tmp_path, pipeline, OTHER, "eda", SECOND)
    planned = plan_run(pipeline, tmp_path, tmp_path, resume="latest")
    assert (planned.run_id, planned.running) == (OTHER, {})
    assert {task_id: kept.run_id for task_id, kept in planned.reused.items()} == {"ingest": FIRST, "eda": OTHER}


def test_what_is_older_than_what_it_needs_runs_again(pipeline: Pipeline, tmp_path: Path) -> None:
    """``eda`` was made of the data of before: its fingerprint is the same, and the data may be others."""
    record(tmp_path, pipeline, FIRST, "ingest eda", None)
    record(tmp_path, pipeline, SECOND, "ingest", FIRST)
    planned = plan_run(pipeline, tmp_path, tmp_path, resume="latest")
    assert planned.running == {"eda": "needs ingest, which has run since"}
    assert {task_id: kept.run_id for task_id, kept in planned.reused.items()} == {"ingest": SECOND}
    assert plan_run(pipeline, tmp_path, tmp_path, resume=FIRST).running == {}


def test_a_run_whose_base_is_gone_is_all_there_is(pipeline: Pipeline, tmp_path: Path) -> None:
    record(tmp_path, pipeline, SECOND, "ingest", FIRST)
    assert plan_run(pipeline, tmp_path, tmp_path, resume="latest").running == {"eda": "new"}
