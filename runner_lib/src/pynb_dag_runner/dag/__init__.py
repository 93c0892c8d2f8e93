"""The pipeline as plain data: tasks, needs, parameters. No input or output happens here."""

from pynb_dag_runner.dag.parameters import Json
from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.dag.task import Task, TaskOptions, TaskType

__all__ = ["Json", "Pipeline", "Task", "TaskOptions", "TaskType"]
