"""What an attempt reserves, and what a machine has room for."""

from __future__ import annotations

import pytest

from pynb_dag_runner.dag.task import TaskOptions
from pynb_dag_runner.execution.reserved import Reserved

_NODE = {"CPU": 4.0, "memory": 1000.0, "object_store_memory": 80.0, "licence": 1.0}


def test_same_amounts_are_the_same_whatever_else_is_asked_for() -> None:
    first = Reserved.of(TaskOptions(resources={"a": 1, "b": 2}, attempts=2))
    assert first == Reserved.of(TaskOptions(resources={"b": 2, "a": 1}, timeout_s=3))
    assert first != Reserved.of(TaskOptions(resources={"a": 1}))


@pytest.mark.parametrize(
    ("options", "room"),
    [
        (TaskOptions(), 4),
        (TaskOptions(num_cpus=0.5), 8),
        (TaskOptions(num_cpus=3), 1),
        (TaskOptions(num_cpus=5), 0),
        (TaskOptions(num_gpus=1), 0),
        (TaskOptions(memory_bytes=400), 2),
        (TaskOptions(resources={"licence": 1}), 1),
        (TaskOptions(num_cpus=0), 7),
        (TaskOptions(num_cpus=0, resources={"unknown": 0}), 7),
    ],
)
def test_room_is_what_the_scarcest_leaves(options: TaskOptions, room: int) -> None:
    assert Reserved.of(options).fits(_NODE, at_most=7) == room


def test_ray_is_asked_for_the_same() -> None:
    asked = Reserved.of(TaskOptions(num_cpus=2, memory_bytes=5, resources={"licence": 1})).ray_options
    assert asked == {"num_cpus": 2, "num_gpus": 0.0, "memory": 5, "resources": {"licence": 1}}
    assert Reserved.of(TaskOptions()).ray_options["resources"] is None
