"""Several runs on one Ray: each is a run of its own, in the order of their ids, and none meets code of before."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pynb_dag_runner.cli.progress.views import SilentProgress
from pynb_dag_runner.conventions import Result
from pynb_dag_runner.execution.engine import Cancellation
from pynb_dag_runner.execution.run import RunOptions
from pynb_dag_runner.execution.session import Session
from pynb_dag_runner.project.load import load_pipeline
from pynb_dag_runner.project.own_code import forget_own_code
from pynb_dag_runner.runlog.reader import read_run

_PIPELINE = """\
from pynb_dag_runner import Pipeline, current_task
from session_level import LEVEL

def tell():
    import session_level
    current_task().log_value("level", session_level.LEVEL)

def build(environment):
    pipeline = Pipeline("session")
    pipeline.function(tell)
    return pipeline
"""


@pytest.mark.slow
def test_runs_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("PDR_RUN_MARK", raising=False)
    (tmp_path / "src").mkdir()
    (tmp_path / "pipeline.py").write_text(_PIPELINE)
    levels, ids = [], []
    with Session(tmp_path) as session:
        for level in range(3):
            (tmp_path / "src" / "session_level.py").write_text(f"LEVEL = {level}\n")
            forget_own_code(tmp_path)
            summary = session.run(load_pipeline(tmp_path, "dev"), RunOptions(), SilentProgress())
            assert summary.result is Result.SUCCESS
            levels.append(read_run(summary.run_log).tasks["tell"].values["level"])
            ids.append(summary.run_id)
        stopped = session.run(
            load_pipeline(tmp_path, "dev"), RunOptions(), SilentProgress(), Cancellation("nobody wants it")
        )
        assert stopped.result is Result.CANCELLATION
        last = session.run(load_pipeline(tmp_path, "dev"), RunOptions(), SilentProgress())
        assert last.result is Result.SUCCESS
    assert levels == [0, 1, 2]
    assert [*ids, stopped.run_id, last.run_id] == sorted([*ids, stopped.run_id, last.run_id])
    assert len({*ids, stopped.run_id, last.run_id}) == 5
    assert "PDR_RUN_MARK" not in os.environ
    forget_own_code(tmp_path)
