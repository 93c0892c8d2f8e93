"""What a run is, as its first record says it: the whole DAG with every option, and the facts that nobody types in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pynb_dag_runner.dag.parameters import Json
from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.dag.task import Task
from pynb_dag_runner.project.fingerprint import TaskCode


@dataclass(frozen=True)
class RunFacts:
    """What is recorded of a run as a whole."""

    run_id: str
    environment: str
    settings: Mapping[str, Json]
    tags: Mapping[str, Json]
    code: Mapping[str, Any]
    machine: Mapping[str, str]
    packages: Mapping[str, str]
    tasks: Mapping[str, TaskCode] = field(default_factory=dict)
    """Fingerprint and code of each task, by its id."""
    selection: Mapping[str, Any] = field(default_factory=dict)
    """Empty for a run of everything; else what was asked for, and the run that it is based on."""


_UNKNOWN = TaskCode(None, {})


def run_definition(pipeline: Pipeline, facts: RunFacts) -> dict[str, Any]:
    """The body of the first record, as JSON values."""
    return {
        "environment": facts.environment,
        "settings": dict(facts.settings),
        "tags": dict(facts.tags),
        "facts": dict(facts.code),
        "packages": dict(facts.packages),
        **facts.machine,
        "files": {name: digest for task in pipeline for name, digest in _code(task, facts).parts.items()},
        "selection": dict(facts.selection),
        "tasks": [_task_definition(task, _code(task, facts)) for task in pipeline],
    }


def _code(task: Task, facts: RunFacts) -> TaskCode:
    return facts.tasks.get(task.id, _UNKNOWN)


def _task_definition(task: Task, code: TaskCode) -> dict[str, Any]:
    options = task.options
    return {
        "id": task.id,
        "name": task.name,
        "type": task.type.value,
        "source": task.source,
        "folder": task.folder,
        "needs": [need.id for need in task.needs],
        "parameters": dict(task.parameters),
        "fingerprint": code.fingerprint,
        "sources": sorted(code.parts),
        "options": {
            "attempts": options.attempts,
            "timeout_s": options.timeout_s,
            "retry_wait_s": options.retry_wait_s,
            "never_retry": [f"{error.__module__}.{error.__qualname__}" for error in options.never_retry],
            "num_cpus": options.num_cpus,
            "num_gpus": options.num_gpus,
            "memory_bytes": options.memory_bytes,
            "resources": dict(options.resources),
            "secrets": list(options.secrets),
        },
    }
