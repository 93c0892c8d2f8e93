from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pynb_dag_runner.cli.main import main
from pynb_dag_runner.conventions import Result

RecordRun = Callable[..., Path]
StartRecording = Callable[..., Any]


def test_that_the_newest_run_is_shown(
    tmp_path: Path, record_run: RecordRun, capsys: pytest.CaptureFixture[str]
) -> None:
    record_run(tmp_path, "20260101-old")
    record_run(tmp_path, "20260102-new")
    assert main(["show", "--outputs", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert "run 20260102-new" in text
    assert "notebooks/train.py:12: KeyError: 'pixels'" in text
    assert "\x1b" not in text
    assert main(["show", "20260101", "--outputs", str(tmp_path)]) == 0
    assert "run 20260101-old" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("format", "start"),
    [("markdown", "### "), ("json", "{"), ("mermaid-dag", "flowchart TB\n"), ("mermaid-gantt", "gantt\n")],
)
def test_formats(
    format: str, start: str, tmp_path: Path, record_run: RecordRun, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", str(record_run(tmp_path)), "--format", format]) == 0
    assert capsys.readouterr().out.startswith(start)


def test_that_a_live_run_says_what_waits_runs_and_is_done(
    tmp_path: Path, start_recording: StartRecording, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = start_recording(tmp_path, "live", {"a": [], "b": ["a"], "c": ["b"]})
    recording.attempt("a")
    recording.end_attempt("a", 1, Result.SUCCESS)
    recording.end_task("a", Result.SUCCESS)
    recording.attempt("b")
    assert main(["show", "--outputs", str(tmp_path), "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["state"] == "running"
    assert [task["state"] for task in document["tasks"]] == ["done", "running", "waiting"]
    assert main(["show", "--outputs", str(tmp_path)]) == 0
    assert "(1 success, 1 running, 1 waiting)" in capsys.readouterr().out


def test_that_a_truncated_log_is_shown_as_interrupted(
    tmp_path: Path, record_run: RecordRun, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = tmp_path / "cut.otlp.jsonl"
    cut.write_bytes(record_run(tmp_path).read_bytes()[:-1500])
    assert main(["show", str(cut)]) == 0
    text = capsys.readouterr().out
    assert "digits  interrupted" in text
    assert "warning: " in text


@pytest.mark.parametrize("content", ["", "not json\n", "{}\n", '{"resourceSpans": []}\n'])
def test_that_a_foreign_file_is_exit_code_2(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    foreign = tmp_path / "foreign.otlp.jsonl"
    foreign.write_text(content)
    assert main(["show", str(foreign)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "no run log" in captured.err
    assert "Traceback" not in captured.err


def test_that_a_newer_version_is_exit_code_2(
    tmp_path: Path, start_recording: StartRecording, capsys: pytest.CaptureFixture[str]
) -> None:
    log = start_recording(tmp_path, "new", {"a": []}, version=99).finish(Result.SUCCESS)
    assert main(["show", str(log)]) == 2
    assert "newer" in capsys.readouterr().err
