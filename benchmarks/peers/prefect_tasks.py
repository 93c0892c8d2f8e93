"""Tasks that do nothing on prefect: a flow on two threads, its own temporary server, its database in a new folder."""

from __future__ import annotations

import logging
from typing import Any

from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner
from timing import CHAIN, WORKERS, measure


@task
def nothing() -> None:
    """Do nothing."""


@flow(task_runner=ThreadPoolTaskRunner(max_workers=WORKERS))
def nothings(shape: str, tasks: int) -> None:
    """All are handed over at once; a chain by what each waits for."""
    futures: list[Any] = []
    for _ in range(tasks):
        needs = futures[-1:] if shape == CHAIN else []
        futures.append(nothing.submit(wait_for=needs))
    for future in futures:
        future.result()


def run(shape: str, tasks: int) -> None:
    """One run of the flow."""
    nothings(shape, tasks)


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    measure("prefect", run)
