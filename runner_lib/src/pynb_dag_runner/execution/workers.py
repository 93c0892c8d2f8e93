"""Worker processes on one machine or many; ``ray_cluster`` starts and ends the Ray that has them.

Ray places attempts; it never retries on its own, since a retry that nobody recorded would run user code behind the run
log's back.
"""

from __future__ import annotations

from pynb_dag_runner.dag.task import TaskOptions
from pynb_dag_runner.execution.calls import Calls
from pynb_dag_runner.execution.leases import Leases
from pynb_dag_runner.execution.lost import WorkerLost
from pynb_dag_runner.execution.processes import end_marked
from pynb_dag_runner.execution.ray_cluster import RayCluster
from pynb_dag_runner.execution.requests import AttemptOutcome, AttemptRequest
from pynb_dag_runner.execution.reserved import Reserved

_SWEEP_TIMEOUT_S = 5.0


class RayWorkers:
    """Hands attempts to workers, and hears how they ended: to leased ones on this machine, by calls of Ray in a cluster."""

    def __init__(self, cluster: RayCluster) -> None:
        self._cluster = cluster
        self._nodes: list[dict[str, float]] = []
        self._placed: Leases | Calls = Leases(cluster) if cluster.is_ours else Calls(cluster, self._missing_now)

    def wait_until_started(self, timeout_s: float) -> bool:
        """Wait at most ``timeout_s`` seconds; returns whether workers can be used.

        Raises:
            UsageError: there is no cluster at the address, or it refuses us.
            EngineError: Ray cannot be started on this machine.
        """
        return self._cluster.wait_until_started(timeout_s)

    def missing_resources(self, options: TaskOptions) -> str | None:
        """What a task asks for that no part of the cluster has; None where it can run."""
        return self._missing(Reserved.of(options))

    def submit(self, key: str, request: AttemptRequest, options: TaskOptions) -> None:
        """Have an attempt made when the resources are free; ``key`` names it from now on."""
        self._placed.submit(key, request, Reserved.of(options))

    def wait(self, timeout_s: float) -> list[tuple[str, AttemptOutcome | WorkerLost]]:
        """Attempts that are over, each with its outcome; waits at most ``timeout_s`` seconds for the first.

        Raises:
            EngineError: Ray's head on this machine is gone; left alone, Ray would abort this process a minute later.
        """
        self._cluster.require_head()
        return self._placed.wait(timeout_s)

    def kill(self, key: str) -> None:
        """Kill the worker that makes an attempt; :meth:`wait` then reports it as lost."""
        self._placed.kill(key)

    def abandon(self) -> None:
        """Kill and forget what an earlier run left: nothing of it is reported any more."""
        self._placed.abandon()

    def close(self) -> None:
        """Let go of all workers, before Ray ends."""
        self._placed.close()

    def end_leftovers(self, mark: str) -> None:
        """End what a lost worker left running, on whichever node it was."""
        if self._cluster.is_ours:
            end_marked(mark)
            return
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        sweep = self._cluster.ray.remote(max_retries=0, num_cpus=0)(end_marked)
        nodes = [node["NodeID"] for node in self._cluster.ray.nodes() if node["Alive"]]
        swept = [
            sweep.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False)).remote(mark)
            for node in nodes
        ]
        self._cluster.ray.wait(swept, num_returns=len(swept), timeout=_SWEEP_TIMEOUT_S)

    def _missing(self, reserved: Reserved) -> str | None:
        if any(reserved.fits(node, 1) for node in self._nodes):
            return None
        # A node may have joined since we looked; asking for each task would cost a millisecond each.
        return self._missing_now(reserved)

    def _missing_now(self, reserved: Reserved) -> str | None:
        self._nodes = [node["Resources"] for node in self._cluster.ray.nodes() if node["Alive"]]
        if any(reserved.fits(node, 1) for node in self._nodes):
            return None
        asked = ", ".join(f"{name}={amount:g}" for name, amount in reserved.amounts.items())
        has = "; ".join(", ".join(f"{name}={node.get(name, 0):g}" for name in reserved.amounts) for node in self._nodes)
        return f"it asks for {asked}, but no node has that (there is: {has})"
