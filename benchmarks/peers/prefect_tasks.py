"""Tasks that do nothing on prefect: a flow on two threads, its own temporary server, its database in a new folder.

prefect sends what happened to its server in the background: a run counts as done when the server has all of its tasks.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from prefect import flow, get_client, task
from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner
from timing import CHAIN, WORKERS, measure

_PAUSE_S = 0.02
_LIMIT_S = 300.0


@task
def nothing() -> None:
    """Do nothing."""


@flow(task_runner=ThreadPoolTaskRunner(max_workers=WORKERS))
def nothings(shape: str, tasks: int) -> str:
    """All are handed over at once; a chain by what each waits for. Returns the id of the flow's run."""
    futures: list[Any] = []
    for _ in range(tasks):
        needs = futures[-1:] if shape == CHAIN else []
        futures.append(nothing.submit(wait_for=needs))
    for future in futures:
        future.result()
    return str(flow_run.id)


def run(shape: str, tasks: int) -> None:
    """One run of the flow, until its record is complete."""
    wanted = {
        "flow_runs": {"id": {"any_": [nothings(shape, tasks)]}},
        "task_runs": {"state": {"type": {"any_": ["COMPLETED"]}}},
    }
    deadline_s = time.monotonic() + _LIMIT_S
    with get_client(sync_client=True) as client:
        while (recorded := client.request("POST", "/task_runs/count", json=wanted).json()) != tasks:
            if time.monotonic() > deadline_s:
                raise SystemExit(f"prefect has recorded {recorded} of {tasks} tasks")
            time.sleep(_PAUSE_S)


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    measure("prefect", run)
