"""Where the numbers come from: replace this by your own data."""

from __future__ import annotations

import numpy as np
from pynb_dag_runner import current_task


def measure(nr_measurements: int, seed: int = 0) -> list[float]:
    """Measure something many times.

    Parameters
    ----------
    nr_measurements : int
        How many values to return.
    seed : int
        Seed of the simulated measurements.

    Returns
    -------
    list of float
        Values around 10, with a standard deviation of 2.
    """
    values = np.random.default_rng(seed).normal(loc=10.0, scale=2.0, size=nr_measurements)
    current_task().log_metric("nr_measurements", nr_measurements)
    return [float(value) for value in values]
