"""A process finds its attempt in its environment, and writes to a spool file of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from task_surroundings import TaskSurroundings

from pynb_dag_runner.conventions import Event, EventAttribute, SpanAttribute
from pynb_dag_runner.tracking.current import current_attempt

_RECORDS = """
import os, sys
from pynb_dag_runner import current_task
task = current_task()
task.log_metric("loss", 0.25, step=1)
task.log_value("word", {"a": os.environ["MY_WORD"]})
task.log_artifact("word.bin", os.environ["MY_WORD"].encode())
print(task.id, task.attempt, task.is_recorded, [need.id for need in task.needs], task.needs["ingest"].metrics)
"""


def test_that_a_process_records_into_its_attempt(task_surroundings: TaskSurroundings) -> None:
    printed = task_surroundings.run(_RECORDS)
    assert printed == "train[size=600] 2 True ['ingest', 'split[part=1]', 'split[part=2]'] {'rows': 7.0}\n"
    metric, value, artifact = task_surroundings.logs()
    for record in (metric, value, artifact):
        assert record.attributes[SpanAttribute.TASK_ID] == "train[size=600]"
        assert record.attributes[SpanAttribute.ATTEMPT_NUMBER] == 2
        assert record.span_id == f"{task_surroundings.span.span_id:016x}"
        assert record.trace_id == f"{task_surroundings.span.trace_id:032x}"
    assert (metric.name, metric.attributes[EventAttribute.METRIC_VALUE]) == (Event.METRIC, 0.25)
    assert json.loads(value.body) == {"a": "[redacted:MY_WORD]"}
    assert artifact.body == b"[redacted:MY_WORD]"


def test_that_variables_with_secret_names_are_redacted_too(task_surroundings: TaskSurroundings) -> None:
    script = "from pynb_dag_runner import current_task; current_task().log_text('a.md', 'my c0rrect-horse')"
    task_surroundings.run(script, SOME_API_KEY="c0rrect-horse")
    assert task_surroundings.logs()[0].body == "my [redacted:SOME_API_KEY]"


def test_that_forks_have_spool_files_of_their_own(task_surroundings: TaskSurroundings) -> None:
    script = """
import os
from pynb_dag_runner import current_task
from pynb_dag_runner.tracking.current import current_attempt, enter
current_task().log_metric("parent", 1)
for child in range(3):
    if os.fork() == 0:
        current_task().log_metric(f"child {child}", 1)
        os._exit(0)
enter(current_attempt())
if os.fork() == 0:
    current_task().log_metric("child of one that entered", 1)
    os._exit(0)
for _ in range(4):
    os.wait()
"""
    task_surroundings.run(script)
    assert len(list(task_surroundings.spool_dir.iterdir())) == 5
    assert len(task_surroundings.logs()) == 5


def test_that_outside_a_run_there_is_no_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PDR_TASK_CONTEXT", raising=False)
    assert current_attempt() is None


def test_that_an_unused_task_leaves_no_record(task_surroundings: TaskSurroundings) -> None:
    task_surroundings.run("import pynb_dag_runner")
    assert list(task_surroundings.spool_dir.iterdir()) == []
    assert Path(task_surroundings.environment["PDR_TASK_CONTEXT"]).is_file()
