"""Worker processes on one machine or many; ``ray_cluster`` starts and ends the Ray that has them.

Ray places attempts and moves requests and outcomes; it never retries on its own, since a retry that nobody recorded
would run user code behind the run log's back.
"""

from __future__ import annotations

import contextlib
import pickle
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pynb_dag_runner.dag.task import TaskOptions
from pynb_dag_runner.execution.attempt_runner import run_attempt
from pynb_dag_runner.execution.processes import end_marked
from pynb_dag_runner.execution.ray_cluster import RayCluster
from pynb_dag_runner.execution.requests import AttemptOutcome, AttemptRequest
from pynb_dag_runner.execution.task_environment import keep_allowed

if TYPE_CHECKING:
    from ray import ObjectRef

_SWEEP_TIMEOUT_S = 5.0
_LOOK_EVERY_S = 1.0
_MOST_AT_ONCE = 32
_DEAD_NODE_GRACE_S = 5.0
"""How long Ray has, after it declared a node dead, to tell of the attempts there by itself."""
_NODE_FILE = "node"
_NODE_LOST = "the node on which it ran was lost"


@dataclass(frozen=True)
class WorkerLost:
    """The process that made an attempt is gone without an outcome; ``message`` says what Ray knows of it."""

    message: str


class RayWorkers:
    """Hands attempts to the workers of a cluster, and hears how they ended."""

    def __init__(self, cluster: RayCluster) -> None:
        self._cluster = cluster
        self._pending: dict[ObjectRef[bytes], str] = {}
        self._references: dict[str, ObjectRef[bytes]] = {}
        self._asked: dict[str, TaskOptions] = {}
        self._node_files: dict[str, Path] = {}
        self._seen_dead_s: dict[str, float] = {}
        self._look_again_s = 0.0
        self._nodes: list[dict[str, float]] = []
        self._remote: Any = None

    def wait_until_started(self, timeout_s: float) -> bool:
        """Wait at most ``timeout_s`` seconds; returns whether workers can be used.

        Raises:
            UsageError: there is no cluster at the address, or it refuses us.
            EngineError: Ray cannot be started on this machine.
        """
        return self._cluster.wait_until_started(timeout_s)

    def missing_resources(self, options: TaskOptions) -> str | None:
        """What a task asks for that no part of the cluster has; None where it can run."""
        wanted = _wanted(options)
        if _is_met(wanted, self._nodes):
            return None
        # A node may have joined since we looked; asking for each task would cost a millisecond each.
        self._nodes = [node["Resources"] for node in self._cluster.ray.nodes() if node["Alive"]]
        if _is_met(wanted, self._nodes):
            return None
        asked = ", ".join(f"{name}={amount:g}" for name, amount in wanted.items() if amount)
        has = "; ".join(
            ", ".join(f"{name}={node.get(name, 0):g}" for name in wanted if wanted[name]) for node in self._nodes
        )
        return f"it asks for {asked}, but no node has that (there is: {has})"

    def submit(self, key: str, request: AttemptRequest, options: TaskOptions) -> None:
        """Hand an attempt to Ray, which runs it when the resources are free; ``key`` names it from now on."""
        remote = self._run_attempt().options(
            num_cpus=options.num_cpus,
            num_gpus=options.num_gpus,
            memory=options.memory_bytes,
            resources=dict(options.resources) or None,
            name=key,
        )
        # As bytes: Ray's own pickling, made for classes that a worker cannot import, takes several times as long.
        reference = remote.remote(pickle.dumps(request))
        self._pending[reference] = key
        self._references[key] = reference
        self._asked[key] = options
        self._node_files[key] = request.work_dir / _NODE_FILE

    def wait(self, timeout_s: float) -> list[tuple[str, AttemptOutcome | WorkerLost]]:
        """Attempts that are over, each with its outcome; waits at most ``timeout_s`` seconds for the first.

        Never all of many: what comes next should be handed to idle workers first.

        Raises:
            EngineError: Ray's head on this machine is gone; left alone, Ray would abort this process a minute later.
        """
        self._cluster.require_head()
        if not self._pending:
            return []
        pending = list(self._pending)
        done, _ = self._cluster.ray.wait(pending, num_returns=1, timeout=timeout_s, fetch_local=False)
        if done and len(pending) > 1:
            most = min(len(pending), _MOST_AT_ONCE)
            done, _ = self._cluster.ray.wait(pending, num_returns=most, timeout=0, fetch_local=False)
        over = list(zip(map(self._forget, done), self._results(done), strict=True))
        if not self._cluster.is_ours and time.monotonic() >= self._look_again_s:
            self._look_again_s = time.monotonic() + _LOOK_EVERY_S
            over += [*self._unplaced(), *self._on_dead_nodes()]
        return over

    def kill(self, key: str) -> None:
        """Kill the worker that makes an attempt; :meth:`wait` then reports it as lost."""
        reference = self._references.get(key)
        if reference is not None:
            with contextlib.suppress(Exception):
                self._cluster.ray.cancel(reference, force=True)

    def abandon(self) -> None:
        """Kill and forget what an earlier run left: nothing of it is reported any more."""
        for key in list(self._references):
            self.kill(key)
            self._forget(self._references[key])

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

    def _run_attempt(self) -> Any:
        if self._remote is None:
            run = _run_attempt_here if self._cluster.is_ours else _run_attempt_on_node
            self._remote = self._cluster.ray.remote(max_retries=0, retry_exceptions=False)(run)
        return self._remote

    def _forget(self, reference: ObjectRef[bytes]) -> str:
        key = self._pending.pop(reference)
        del self._references[key], self._asked[key], self._node_files[key]
        return key

    def _unplaced(self) -> Iterator[tuple[str, WorkerLost]]:
        """Attempts that no node can make since one was lost: Ray would let them wait forever."""
        # What is not met by the nodes of a moment ago is looked up once more, so an empty list asks for all of them.
        self._nodes = []
        for key, options in list(self._asked.items()):
            missing = self.missing_resources(options)
            if missing is not None:
                self.kill(key)
                yield self._forget(self._references[key]), WorkerLost(f"it can run nowhere any more: {missing}")

    def _on_dead_nodes(self) -> Iterator[tuple[str, WorkerLost]]:
        """Attempts on nodes that are dead: Ray tells so itself, but not always where the worker only froze."""
        now_s = time.monotonic()
        for node in self._cluster.ray.nodes():
            if not node["Alive"]:
                self._seen_dead_s.setdefault(node["NodeID"], now_s)
        gone = {node for node, since_s in self._seen_dead_s.items() if now_s - since_s > _DEAD_NODE_GRACE_S}
        for key, node_file in list(self._node_files.items() if gone else ()):
            # An attempt that is still in the queue has no such file.
            if node_file.is_file() and node_file.read_text(encoding="ascii") in gone:
                yield self._forget(self._references[key]), WorkerLost(_NODE_LOST)

    def _results(self, references: list[ObjectRef[bytes]]) -> list[AttemptOutcome | WorkerLost]:
        try:
            return [pickle.loads(outcome) for outcome in self._cluster.ray.get(references)]
        # Of many it does not say which one failed.
        except self._cluster.ray.exceptions.RayError:
            return [self._result(reference) for reference in references]

    def _result(self, reference: ObjectRef[bytes]) -> AttemptOutcome | WorkerLost:
        exceptions = self._cluster.ray.exceptions
        try:
            outcome: AttemptOutcome = pickle.loads(self._cluster.ray.get(reference))
        except exceptions.OutOfMemoryError:
            return WorkerLost("memory ran out: Ray ended the worker to save the machine")
        except (exceptions.NodeDiedError, exceptions.LocalRayletDiedError):
            return WorkerLost(_NODE_LOST)
        except (exceptions.WorkerCrashedError, exceptions.TaskCancelledError):
            return WorkerLost("its worker process was killed, perhaps since memory ran out")
        except exceptions.RayTaskError as error:
            return WorkerLost(f"{type(error.cause).__name__}: {error.cause}")
        except exceptions.RayError as error:
            return WorkerLost(f"Ray: {type(error).__name__}: {error}")
        return outcome


def _run_attempt_here(pickled: bytes) -> bytes:
    """In a worker of a Ray of our own: make the attempt; request and outcome are pickled."""
    keep_allowed()
    return pickle.dumps(run_attempt(pickle.loads(pickled)))


def _run_attempt_on_node(pickled: bytes) -> bytes:
    """In a worker of a cluster: leave word of the node, then make the attempt."""
    import ray

    node: str = ray.get_runtime_context().get_node_id()
    request: AttemptRequest = pickle.loads(pickled)
    request.work_dir.mkdir(mode=0o700, exist_ok=True)
    (request.work_dir / _NODE_FILE).write_text(node, encoding="ascii")
    return _run_attempt_here(pickled)


def _wanted(options: TaskOptions) -> dict[str, float]:
    wanted = {"CPU": options.num_cpus, "GPU": options.num_gpus, "memory": options.memory_bytes or 0}
    return {**wanted, **dict(options.resources)}


def _is_met(wanted: dict[str, float], nodes: list[dict[str, float]]) -> bool:
    """Whether one of the nodes has all that is wanted, were it idle."""
    return any(all(node.get(name, 0) >= amount for name, amount in wanted.items()) for node in nodes)
