"""What tasks that succeeded have to give to those that need them, and what an attempt is told of it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from pynb_dag_runner.dag.parameters import Json
from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.dag.task import Task, TaskType
from pynb_dag_runner.execution.data_lake import DataLake
from pynb_dag_runner.tracking.context import NeedContext, TaskContext


class Contexts:
    """Keeps what was recorded of a task for as long as the run goes on, if another task needs it."""

    def __init__(self, pipeline: Pipeline, run_id: str, data_lake: DataLake) -> None:
        self._pipeline = pipeline.name
        self._run_id = run_id
        self._data_lake = data_lake
        self._needed = {need.id for task in pipeline for need in task.needs}
        self._succeeded: dict[str, NeedContext] = {}

    def task_succeeded(self, task: Task, metrics: Mapping[str, float], values: Mapping[str, Json]) -> None:
        """Keep what a task has recorded, in this run or in the one from which it was taken over."""
        if task.id in self._needed:
            outputs_dir = str(self._data_lake.published_dir(task))
            self._succeeded[task.id] = NeedContext(
                task.id,
                task.name,
                dict(task.parameters),
                dict(metrics),
                dict(values),
                outputs_dir,
                returned_none=task.type is TaskType.FUNCTION and not os.path.isdir(outputs_dir),
            )

    def context(self, task: Task, attempt: int) -> TaskContext:
        """What an attempt is told; the task's needs have all succeeded."""
        return TaskContext(
            run_id=self._run_id,
            pipeline=self._pipeline,
            task_id=task.id,
            task_name=task.name,
            attempt=attempt,
            max_attempts=task.options.attempts,
            parameters=dict(task.parameters),
            outputs_dir=str(self._data_lake.private_dir(task, attempt)),
            needs=tuple(self._succeeded[need.id] for need in task.needs),
        )
