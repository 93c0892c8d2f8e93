"""What a task is told of those that it needs."""

from __future__ import annotations

from pathlib import Path

from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.execution.contexts import Contexts
from pynb_dag_runner.execution.data_lake import DataLake
from pynb_dag_runner.tracking.context import TaskContext
from pynb_dag_runner.tracking.needs import VALUE_FILE


def _nothing() -> None:
    pass


def test_function_without_outputs_is_known_to_have_returned_none(tmp_path: Path) -> None:
    pipeline = Pipeline("p")
    needs = [
        pipeline.function(_nothing),
        pipeline.function(_nothing, id="wrote"),
        pipeline.command(["true"], name="command"),
    ]
    task = pipeline.function(_nothing, id="after", needs=needs)
    lake = DataLake(tmp_path, "r1")
    lake.published_dir(needs[1]).mkdir()
    (lake.published_dir(needs[1]) / VALUE_FILE).touch()
    contexts = Contexts(pipeline, "r1", lake)
    for need in needs:
        contexts.task_succeeded(need, {}, {})
    assert [need.returned_none for need in contexts.context(task, 1).needs] == [True, False, False]


def test_a_context_is_written_over_one_that_was_longer(tmp_path: Path) -> None:
    """Functions that a worker calls one after the other have one file."""
    path = tmp_path / "context.json"
    long = TaskContext("r1", "p", "long", "long", 1, 1, {"text": "x" * 5000}, "outputs")
    short = TaskContext("r1", "p", "short", "short", 1, 1, {"text": "ü"}, "outputs")
    for context in (long, short):
        context.write(path)
        assert TaskContext.read(path) == context
