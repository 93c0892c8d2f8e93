"""Tasks that do nothing on dagster, in one process, its events in SQLite: what it has where nothing else is configured."""

from __future__ import annotations

import logging
import tempfile

from dagster import DagsterInstance, DependencyDefinition, GraphDefinition, In, Nothing, OpDefinition, op
from dagster._core.definitions.dependency import NodeInvocation
from timing import CHAIN, measure


@op
def nothing() -> None:
    """Do nothing."""


@op(ins={"before": In(Nothing)})
def nothing_after() -> None:
    """Do nothing, after another."""


def run(shape: str, tasks: int) -> None:
    """One job, one run."""
    dependencies = {}
    for number in range(tasks):
        follows = shape == CHAIN and number > 0
        invocation = NodeInvocation(name=("nothing_after" if follows else "nothing"), alias=f"nothing_{number}")
        dependencies[invocation] = {"before": DependencyDefinition(f"nothing_{number - 1}")} if follows else {}
    used: list[OpDefinition] = [nothing, nothing_after] if shape == CHAIN else [nothing]
    job = GraphDefinition(name="nothings", node_defs=used, dependencies=dependencies).to_job()
    if not job.execute_in_process(instance=instance).success:
        raise SystemExit("dagster did not run all tasks")


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder, DagsterInstance.local_temp(folder) as instance:
        measure("dagster", run)
