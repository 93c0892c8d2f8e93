from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pynb_dag_runner.cli.main import main


@pytest.fixture
def outputs(tmp_path: Path, record_run: Callable[..., Path], start_recording: Callable[..., Any]) -> Path:
    """A failed run, an interrupted one, one that goes on, and a file that is no run log."""
    record_run(tmp_path, "20260101-failed")
    start_recording(tmp_path, "20260102-cut", {"a": []}).close()
    start_recording(tmp_path, "20260103-live", {"a": []})
    (tmp_path / "runs" / "20260104-foreign.otlp.jsonl").write_text("hello\n")
    return tmp_path


def test_that_runs_are_listed_newest_first(outputs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "--outputs", str(outputs)]) == 0
    heading, *rows = capsys.readouterr().out.splitlines()
    assert heading.split() == ["Run", "Started", "Duration", "Result", "Tasks"]
    assert [row.split()[0] for row in rows] == ["20260104-foreign", "20260103-live", "20260102-cut", "20260101-failed"]
    assert "unreadable" in rows[0]
    assert "no run log" in rows[0]
    assert "running" in rows[1]
    assert "interrupted" in rows[2]
    assert "18.0 s" in rows[3]
    assert "failure" in rows[3]
    assert "2 of 4, dev" in rows[3]


def test_json(outputs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "--format", "json", "--outputs", str(outputs)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema_version"] == 1
    assert [run.get("state") for run in document["runs"]] == [None, "running", "interrupted", "done"]
    assert "no run log" in document["runs"][0]["problem"]
    assert document["runs"][3]["task_counts"] == {"success": 2, "failure": 1, "skip": 1}


def test_that_no_runs_are_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "--outputs", str(tmp_path)]) == 0
    assert "pdr run" in capsys.readouterr().out


def test_that_a_filter_leaves_out_the_others(outputs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "--filter", "result:failure,running", "--outputs", str(outputs)]) == 0
    rows = capsys.readouterr().out.splitlines()[1:]
    assert [row.split()[0] for row in rows] == ["20260103-live", "20260101-failed"]


def test_that_a_filter_holds_for_json(outputs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "--filter=-result:failure", "--format", "json", "--outputs", str(outputs)]) == 0
    assert [run["state"] for run in json.loads(capsys.readouterr().out)["runs"]] == ["running", "interrupted"]


def test_that_a_filter_that_no_run_passes_says_so(outputs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "--filter", "branch:nowhere", "--outputs", str(outputs)]) == 0
    assert capsys.readouterr().out == "None of 4 runs passes the filter\n"


def test_that_a_wrong_filter_is_a_wrong_call(outputs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "--filter", "resutl:failure", "--outputs", str(outputs)]) == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert "did you mean result?\n  resutl:failure\n  ^^^^^^" in written.err
