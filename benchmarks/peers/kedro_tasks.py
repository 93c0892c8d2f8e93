"""Tasks that do nothing on kedro's ParallelRunner with two processes; what is handed on lies in its shared memory."""

from __future__ import annotations

import logging

from kedro.io import SharedMemoryDataCatalog
from kedro.pipeline import Node, Pipeline
from kedro.runner import ParallelRunner
from timing import CHAIN, WORKERS, measure


def nothing(before: object = None) -> int:
    """Do nothing; a value, since kedro stores no None."""
    return 0


def run(shape: str, tasks: int) -> None:
    """One pipeline, one runner."""
    nodes = []
    for number in range(tasks):
        needs = [f"value-{number - 1}"] if shape == CHAIN and number else None
        nodes.append(Node(nothing, inputs=needs, outputs=f"value-{number}", name=f"nothing-{number}"))
    ParallelRunner(max_workers=WORKERS).run(Pipeline(nodes), SharedMemoryDataCatalog())


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    measure("kedro", run)
