"""An attempt, prepared as the engine does."""

from __future__ import annotations

from pathlib import Path

import pytest
from task_surroundings import TaskSurroundings

from pynb_dag_runner.conventions import Variable
from pynb_dag_runner.runlog.traces import SpanReference
from pynb_dag_runner.tracking.context import NeedContext, TaskContext


@pytest.fixture
def task_surroundings(tmp_path: Path) -> TaskSurroundings:
    """Attempt 2 of 3 of ``train[size=600]``, which needs ``ingest`` and two tasks named ``split``."""
    spool_dir = tmp_path / "spool"
    spool_dir.mkdir()
    needs = tuple(
        NeedContext(id, id.split("[")[0], parameters, {"rows": 7.0}, {"table": [1]}, str(tmp_path / "lake" / id))
        for id, parameters in (("ingest", {}), ("split[part=1]", {"part": 1}), ("split[part=2]", {"part": 2}))
    )
    context = TaskContext(
        run_id="r1",
        pipeline="digits",
        task_id="train[size=600]",
        task_name="train",
        attempt=2,
        max_attempts=3,
        parameters={"size": 600},
        outputs_dir=str(tmp_path / "private"),
        needs=needs,
    )
    context.write(tmp_path / "context.json")
    span = SpanReference.new_trace()
    environment = {
        Variable.CONTEXT: str(tmp_path / "context.json"),
        Variable.SPOOL_DIR: str(spool_dir),
        Variable.TRACEPARENT: span.traceparent,
        Variable.SECRETS: "MY_WORD,MISSING",
        Variable.TRACER_PROVIDER: "pdr",
        "MY_WORD": "battery-staple",
    }
    return TaskSurroundings(context, span, spool_dir, environment)
