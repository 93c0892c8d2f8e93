from __future__ import annotations

from pathlib import Path

import pytest

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.errors import SourceLocation
from pynb_dag_runner.execution.requests import OUTCOME_FILE, AttemptOutcome


@pytest.mark.parametrize("location", [None, SourceLocation("notebooks/train.py", 12)])
def test_outcome_comes_back_from_its_file(tmp_path: Path, location: SourceLocation | None) -> None:
    outcome = AttemptOutcome(Result.TIMEOUT, 10, 20, "stopped ✓", ("Timeout", "builtins.Timeout"), location)
    outcome.write(tmp_path)
    assert AttemptOutcome.read(tmp_path) == outcome


def test_no_file_is_no_outcome(tmp_path: Path) -> None:
    assert AttemptOutcome.read(tmp_path) is None


def test_a_file_torn_anywhere_is_no_outcome(tmp_path: Path) -> None:
    AttemptOutcome(Result.FAILURE, 10, 20, "message").write(tmp_path)
    whole = (tmp_path / OUTCOME_FILE).read_bytes()
    for length in range(len(whole)):
        (tmp_path / OUTCOME_FILE).write_bytes(whole[:length])
        assert AttemptOutcome.read(tmp_path) is None
