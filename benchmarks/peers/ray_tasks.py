"""Tasks that do nothing on plain Ray: nothing is recorded, the floor of what a runner on Ray can cost."""

from __future__ import annotations

import logging
import tempfile
from typing import Any

import ray
from timing import CHAIN, WORKERS, measure


@ray.remote(max_retries=0)
def nothing(before: object = None) -> None:
    """Do nothing."""


def run(shape: str, tasks: int) -> None:
    """All are handed over at once: a chain by its references, so that Ray itself keeps the order."""
    references: list[Any] = []
    for _ in range(tasks):
        needs = references[-1:] if shape == CHAIN else []
        references.append(nothing.remote(*needs))
    ray.get(references)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="plain-ray-", ignore_cleanup_errors=True) as folder:
        ray.init(
            address="local",
            num_cpus=WORKERS,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
            _temp_dir=folder,
        )
        measure("ray", run)
        ray.shutdown()
