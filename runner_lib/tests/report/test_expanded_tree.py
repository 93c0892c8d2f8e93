from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pynb_dag_runner.conventions import ArtifactKind, Result
from pynb_dag_runner.errors import UsageError
from pynb_dag_runner.report.expand import MARKER, expand
from pynb_dag_runner.runlog.reader import read_run

_LARGE_BYTES = 150 * 2**20
RecordRun = Callable[..., Path]


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_that_a_run_becomes_a_tree(tmp_path: Path, record_run: RecordRun) -> None:
    written = expand(read_run(record_run(tmp_path)), tmp_path / "to")
    assert written.folder == tmp_path / "to" / "20261121-000000-abc"
    assert written.warnings == []
    assert files_below(written.folder) == {
        MARKER,
        "run.json",
        "summary.md",
        "dag.mmd",
        "gantt.mmd",
        "tasks/ingest/task.json",
        "tasks/ingest/attempts/1/attempt.json",
        "tasks/ingest/attempts/1/exception.txt",
        "tasks/ingest/attempts/2/attempt.json",
        "tasks/ingest/attempts/3/attempt.json",
        "tasks/ingest/attempts/3/notebook.ipynb",
        "tasks/ingest/attempts/3/notebook.html",
        "tasks/ingest/attempts/3/stdout.txt",
        "tasks/eda/task.json",
        "tasks/eda/attempts/1/attempt.json",
        "tasks/eda/attempts/1/figures/labels.png",
        "tasks/train-size=600/task.json",
        "tasks/train-size=600/attempts/1/attempt.json",
        "tasks/train-size=600/attempts/1/exception.txt",
        "tasks/train-size=600/attempts/1/artifacts/model.onnx",
        "tasks/summary/task.json",
    }
    assert written.files == len(files_below(written.folder))
    assert [path.name for path in (tmp_path / "to").iterdir()] == ["20261121-000000-abc"]


def test_that_files_hold_what_was_recorded(tmp_path: Path, record_run: RecordRun) -> None:
    tasks = expand(read_run(record_run(tmp_path)), tmp_path / "to").folder / "tasks"
    train = tasks / "train-size=600/attempts/1"
    assert (train / "artifacts/model.onnx").read_bytes() == b"onnx" * 1000
    assert (train / "exception.txt").read_text() == "Traceback\nKeyError: 'pixels'\n"
    # Its trace does not hold the whole message.
    refused = (tasks / "ingest/attempts/1/exception.txt").read_text()
    assert refused == "ValueError: simulated failure\n\nTraceback\nValueError: simulated\n"
    assert (tasks / "ingest/attempts/3/stdout.txt").read_text() == "read 1797 images\n"
    assert "Evaluated" in (tasks / "ingest/attempts/3/notebook.html").read_text()
    (artifact,) = json.loads((train / "attempt.json").read_text())["artifacts"]
    assert (artifact["name"], artifact["file"], artifact["size_bytes"]) == ("model.onnx", "artifacts/model.onnx", 4000)
    task = json.loads((tasks / "eda/task.json").read_text())
    assert (task["parameters"], task["needs"], task["values"]) == ({"size": 600}, ["ingest"], {"range": [0, 16]})


def test_that_hostile_names_stay_inside(tmp_path: Path, start_recording: Callable[..., Any]) -> None:
    names = ["../../evil", "/etc/evil", "C:\\evil", "nul", "a\x00b", "x" * 5000, "A", "a", "..", "attempt.json"]
    recording = start_recording(tmp_path, "hostile", {"../../task": [], "..": []})
    log = recording.attempt("../../task")
    for name in names:
        for kind in (ArtifactKind.ARTIFACT, ArtifactKind.FIGURE, ArtifactKind.TEXT):
            log.artifact(name, f"{kind.value} {name}".encode(), kind)
    log.artifact("../../nb", b"not a notebook", ArtifactKind.NOTEBOOK)
    recording.end_attempt("../../task", 1, Result.SUCCESS)
    before = files_below(tmp_path)
    written = expand(read_run(recording.finish(Result.SUCCESS)), tmp_path / "to")
    outside = {name for name in files_below(tmp_path) if not name.startswith("to/hostile/")}
    assert len(outside) == len(before)
    (document,) = written.folder.rglob("attempts/1/attempt.json")
    artifacts = json.loads(document.read_text())["artifacts"]
    assert len({artifact["file"].casefold() for artifact in artifacts}) == 3 * len(names) + 1
    for artifact in artifacts[:-1]:
        assert (document.parent / artifact["file"]).read_bytes() == f"{artifact['kind']} {artifact['name']}".encode()


def test_that_the_last_of_several_gets_the_name(tmp_path: Path, start_recording: Callable[..., Any]) -> None:
    recording = start_recording(tmp_path, "r", {"t": []})
    log = recording.attempt("t")
    for content in (b"first", b"second"):
        log.artifact("model.onnx", content)
    folder = expand(read_run(recording.finish(Result.SUCCESS)), tmp_path / "to").folder / "tasks/t/attempts/1/artifacts"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "model.onnx": b"second",
        "model-2.onnx": b"first",
    }


def test_that_it_replaces_its_own_folder_and_no_other(tmp_path: Path, record_run: RecordRun) -> None:
    run = read_run(record_run(tmp_path))
    folder = expand(run, tmp_path / "to").folder
    (folder / "stale").write_text("x")
    expand(run, tmp_path / "to")
    assert not (folder / "stale").exists()
    (folder / MARKER).unlink()
    with pytest.raises(UsageError, match="was not made by `pdr expand`"):
        expand(run, tmp_path / "to")
    assert [path.name for path in (tmp_path / "to").iterdir()] == [folder.name]


def test_that_it_does_not_write_through_a_link(tmp_path: Path, record_run: RecordRun) -> None:
    run = read_run(record_run(tmp_path))
    elsewhere = expand(run, tmp_path / "elsewhere").folder
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / run.run_id).symlink_to(elsewhere)
    with pytest.raises(UsageError):
        expand(run, tmp_path / "to")


def test_that_damage_is_a_warning_and_the_rest_is_written(tmp_path: Path, record_run: RecordRun) -> None:
    run = read_run(record_run(tmp_path))
    artifact = run.tasks["train[size=600]"].attempts[0].artifacts[0]
    artifact.sha256 = "0" * 64
    figure = run.tasks["eda"].attempts[0].artifacts[0]
    figure.expected_chunks = None
    written = expand(run, tmp_path / "to")
    assert len(written.warnings) == 2
    assert "figure 'labels.png' is incomplete" in written.warnings[0]
    assert not list(written.folder.rglob("model.onnx"))
    document = json.loads((written.folder / "tasks/train-size=600/attempts/1/attempt.json").read_text())
    assert document["artifacts"][0]["file"] is None


def test_that_a_file_in_the_way_is_a_usage_error(tmp_path: Path, record_run: RecordRun) -> None:
    (tmp_path / "to").write_text("x")
    with pytest.raises(UsageError, match="cannot write there"):
        expand(read_run(record_run(tmp_path)), tmp_path / "to")


def test_that_memory_does_not_grow_with_the_artifact(tmp_path: Path, start_recording: Callable[..., Any]) -> None:
    content = tmp_path / "large"
    with content.open("wb") as file:
        file.truncate(_LARGE_BYTES)
    recording = start_recording(tmp_path, "large", {"t": []})
    recording.attempt("t").artifact("large.bin", content)
    run_log = recording.finish(Result.SUCCESS)
    run = read_run(run_log)
    tracemalloc.start()
    expand(run, tmp_path / "to")
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 64 * 2**20
    assert (tmp_path / "to/large/tasks/t/attempts/1/artifacts/large.bin").stat().st_size == _LARGE_BYTES


def test_that_reports_import_neither_ray_nor_jupyter() -> None:
    code = (
        "import sys, pynb_dag_runner.report.expand, pynb_dag_runner.report.text, pynb_dag_runner.report.retention\n"
        "print([name for name in sys.modules if name.split('.')[0] in "
        "('ray', 'nbconvert', 'nbformat', 'jupytext', 'papermill', 'opentelemetry')])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
