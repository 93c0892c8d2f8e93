from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pynb_dag_runner.cli.main import main

RecordRun = Callable[..., Path]


def test_that_it_writes_below_outputs_or_where_it_is_told(
    tmp_path: Path, record_run: RecordRun, capsys: pytest.CaptureFixture[str]
) -> None:
    record_run(tmp_path, "r1")
    assert main(["expand", "--outputs", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith(f"{tmp_path / 'expanded' / 'r1'}: 4 tasks, 21 files, ")
    assert main(["expand", "r1", "--to", str(tmp_path / "to"), "--outputs", str(tmp_path)]) == 0
    assert (tmp_path / "to" / "r1" / "tasks" / "ingest" / "attempts" / "3" / "notebook.html").is_file()


def test_that_a_foreign_folder_stays(tmp_path: Path, record_run: RecordRun, capsys: pytest.CaptureFixture[str]) -> None:
    record_run(tmp_path, "r1")
    mine = tmp_path / "to" / "r1" / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("x")
    assert main(["expand", "--to", str(tmp_path / "to"), "--outputs", str(tmp_path)]) == 2
    assert "move it away" in capsys.readouterr().err
    assert mine.read_text() == "x"
