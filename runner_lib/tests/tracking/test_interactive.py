"""A notebook that a person runs alone prints, records nothing, and reads from the newest run that succeeded."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.errors import TrackingError
from pynb_dag_runner.tracking.task import TaskRecorder, current_task

StartRecording = Callable[..., object]
NEEDS = {
    "ingest": [],
    "train[size=600]": ["ingest"],
    "train[size=800]": ["ingest"],
    "summary": ["train[size=600]", "train[size=800]"],
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose folder of notebooks is the working folder."""
    (tmp_path / "pipeline.py").touch()
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    for name in ("PDR_TASK_CONTEXT", "JPY_SESSION_NAME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def record(project: Path, start_recording: Callable[..., object]) -> Callable[..., None]:
    """``record(run_id, result, rows)`` leaves a run log in the project."""

    def write(run_id: str, result: Result | None, rows: float) -> None:
        recording = start_recording(project / "pipeline-outputs", run_id, NEEDS)
        for task_id in NEEDS:
            recording.attempt(task_id).metric("rows", rows)  # type: ignore[attr-defined]
            recording.end_attempt(task_id, 1, Result.SUCCESS)  # type: ignore[attr-defined]
            recording.end_task(task_id, Result.SUCCESS)  # type: ignore[attr-defined]
        if result is not None:
            recording.finish(result)  # type: ignore[attr-defined]
        else:
            recording.close()  # type: ignore[attr-defined]

    return write


def named(monkeypatch: pytest.MonkeyPatch, name: str) -> TaskRecorder:
    """The task of a notebook of this name."""
    monkeypatch.setenv("JPY_SESSION_NAME", f"/somewhere/notebooks/{name}.py")
    return current_task()


def test_that_it_prints_and_records_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    task = named(monkeypatch, "train")
    (project / "a.bin").write_bytes(b"1234")
    task.log_metric("loss", 0.5, step=2)
    task.log_value("table", [1, 2])
    task.log_text("report.md", "ü")
    task.log_artifact("a.bin", project / "a.bin")
    task.log_value("long", "x" * 1000)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        f"[train] runs alone: nothing is recorded; no run in {project / 'pipeline-outputs' / 'runs'} has succeeded yet; "
        "start one with `pdr run`"
    )
    assert lines[1:5] == [
        "[train] metric loss = 0.5 (step 2)",
        "[train] value table = [1, 2]",
        "[train] text report.md (2 bytes)",
        "[train] artifact a.bin (4 bytes)",
    ]
    assert len(lines[5]) < 220
    assert (task.is_recorded, task.id, task.attempt, len(task.needs)) == (False, "train", 1, 0)
    assert not (project / "pipeline-outputs").exists()


def test_that_outputs_go_to_a_folder_of_their_own(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = named(monkeypatch, "train").output("model.onnx")
    path.write_bytes(b"x")
    assert path == project / "pipeline-outputs" / "interactive" / "train" / "model.onnx"


def test_that_needs_come_from_the_newest_finished_run(
    project: Path, record: Callable[..., None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record("20260101-old", Result.SUCCESS, 1)
    record("20260102-newest", Result.SUCCESS, 2)
    record("20260103-failed", Result.FAILURE, 3)
    record("20260104-interrupted", None, 4)
    (project / "pipeline-outputs" / "runs" / "20260105-other.otlp.jsonl").write_text("no run log\n")
    task = named(monkeypatch, "summary")
    assert capsys.readouterr().out == "[summary] runs alone: nothing is recorded; needs come from run 20260102-newest\n"
    assert [need.id for need in task.needs] == ["train[size=600]", "train[size=800]"]
    assert task.needs["train[size=600]"].metrics == {"rows": 2.0}
    assert not task.needs["train[size=600]"].has_value, "it is no function"
    lake = project / "pipeline-outputs" / "data-lake" / "20260102-newest" / "train-size=800"
    lake.mkdir(parents=True)
    (lake / "model.onnx").write_bytes(b"x")
    assert task.needs["train[size=800]"].output("model.onnx") == lake / "model.onnx"
    with pytest.raises(TrackingError, match="does not need 'ingest'"):
        task.needs["ingest"]


def test_that_a_run_of_a_part_without_this_task_is_passed_over(
    project: Path, start_recording: Callable[..., object], record: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    record("20260101-whole", Result.SUCCESS, 1)
    part = start_recording(project / "pipeline-outputs", "20260102-part", {"ingest": []})
    part.attempt("ingest").metric("rows", 2.0)  # type: ignore[attr-defined]
    part.end_attempt("ingest", 1, Result.SUCCESS)  # type: ignore[attr-defined]
    part.end_task("ingest", Result.SUCCESS)  # type: ignore[attr-defined]
    part.finish(Result.SUCCESS)  # type: ignore[attr-defined]
    assert named(monkeypatch, "summary").needs["train[size=600]"].metrics == {"rows": 1.0}
    # A notebook that is no task of any run gets what the newest has, and is told so where that is not enough.
    task = named(monkeypatch, "scratch")
    assert task.needs["ingest"].metrics == {"rows": 2.0}
    with pytest.raises(TrackingError, match=r"'train'; it needs: ingest \(run 20260102-part has no task 'scratch'"):
        task.needs["train"]


def test_that_a_notebook_without_a_name_sees_every_task(
    project: Path, record: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    record("20260101-run", Result.SUCCESS, 1)
    monkeypatch.setattr(sys.modules["__main__"], "__file__", None, raising=False)
    assert [need.id for need in current_task().needs] == list(NEEDS)


@pytest.mark.parametrize(("size", "chosen"), [(600, "train[size=600]"), (None, "train[size=800]")])
def test_that_variables_of_the_notebook_choose_among_several(
    project: Path, record: Callable[..., None], monkeypatch: pytest.MonkeyPatch, size: int | None, chosen: str
) -> None:
    record("20260101-run", Result.SUCCESS, 1)
    task = named(monkeypatch, "summary")
    monkeypatch.setattr(sys.modules["__main__"], "size", size, raising=False)
    assert task.needs["train"].id == chosen


def test_that_a_variable_may_be_anything(
    project: Path, record: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    record("20260101-run", Result.SUCCESS, 1)
    task = named(monkeypatch, "summary")
    monkeypatch.setattr(sys.modules["__main__"], "size", numpy.array([600, 600]), raising=False)
    assert task.needs["train"].id == "train[size=800]"


def test_that_without_a_run_asking_for_a_need_says_what_to_do(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = named(monkeypatch, "summary")
    with pytest.raises(TrackingError, match=r"'ingest'.*has succeeded yet; start one with `pdr run`"):
        task.needs["ingest"]
    with pytest.raises(TrackingError, match=r"'train'.*has succeeded yet"):
        task.needs.all("train")
    assert list(task.needs) == []
