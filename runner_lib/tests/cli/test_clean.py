from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pynb_dag_runner.cli.main import main

RecordRun = Callable[..., Path]


def test_that_a_dry_run_removes_nothing(
    tmp_path: Path, record_run: RecordRun, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = [record_run(tmp_path, run_id) for run_id in ("20260101", "20260102", "20260103")]
    assert main(["clean", "--keep", "1", "--dry-run", "--outputs", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("would remove 20260102 (")
    assert lines[-1].startswith("2 runs would be removed, ")
    assert all(log.exists() for log in logs)


def test_that_the_newest_stay(tmp_path: Path, record_run: RecordRun, capsys: pytest.CaptureFixture[str]) -> None:
    logs = [record_run(tmp_path, run_id) for run_id in ("20260101", "20260102", "20260103")]
    assert main(["clean", "--keep", "2", "--outputs", str(tmp_path)]) == 0
    assert [log.exists() for log in logs] == [False, True, True]
    assert capsys.readouterr().out.splitlines()[-1].startswith("1 run removed, ")


def test_that_a_negative_number_is_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clean", "--keep", "-1", "--outputs", str(tmp_path)]) == 2
    assert "0 or more" in capsys.readouterr().err


def test_that_an_empty_folder_is_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clean", "--keep", "0", "--outputs", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "0 runs removed, 0 B\n"
