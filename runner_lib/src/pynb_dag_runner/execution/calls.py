"""Attempts as calls of Ray, one for each, on whichever node of a cluster has what they ask for."""

from __future__ import annotations

import contextlib
import pickle
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pynb_dag_runner.execution.attempt_runner import run_attempt
from pynb_dag_runner.execution.lost import NODE_LOST, WorkerLost, value_or_loss
from pynb_dag_runner.execution.ray_cluster import RayCluster
from pynb_dag_runner.execution.requests import AttemptOutcome, AttemptRequest
from pynb_dag_runner.execution.reserved import Reserved
from pynb_dag_runner.execution.task_environment import keep_allowed

if TYPE_CHECKING:
    from ray import ObjectRef

_LOOK_EVERY_S = 1.0
_MOST_AT_ONCE = 32
_DEAD_NODE_GRACE_S = 5.0
"""How long Ray has, after it declared a node dead, to tell of the attempts there by itself."""
_NODE_FILE = "node"


class Calls:
    """Attempts that a cluster has; ``missing`` says what no node has of what an attempt asks for, anew for each call."""

    def __init__(self, cluster: RayCluster, missing: Callable[[Reserved], str | None]) -> None:
        self._cluster = cluster
        self._missing = missing
        self._pending: dict[ObjectRef[bytes], str] = {}
        self._references: dict[str, ObjectRef[bytes]] = {}
        self._asked: dict[str, Reserved] = {}
        self._node_files: dict[str, Path] = {}
        self._seen_dead_s: dict[str, float] = {}
        self._look_again_s = 0.0
        self._remote: Any = None

    def submit(self, key: str, request: AttemptRequest, reserved: Reserved) -> None:
        """Hand an attempt to Ray, which makes it when the resources are free."""
        if self._remote is None:
            self._remote = self._cluster.ray.remote(max_retries=0, retry_exceptions=False)(_make_attempt)
        # As bytes: Ray's own pickling, made for classes that a worker cannot import, takes several times as long.
        reference = self._remote.options(**reserved.ray_options, name=key).remote(pickle.dumps(request))
        self._pending[reference] = key
        self._references[key] = reference
        self._asked[key] = reserved
        self._node_files[key] = request.work_dir / _NODE_FILE

    def wait(self, timeout_s: float) -> list[tuple[str, AttemptOutcome | WorkerLost]]:
        """Attempts that are over; not all of many, so that what comes next is handed to idle workers first."""
        if not self._pending:
            return []
        pending = list(self._pending)
        done, _ = self._cluster.ray.wait(pending, num_returns=1, timeout=timeout_s, fetch_local=False)
        if done and len(pending) > 1:
            most = min(len(pending), _MOST_AT_ONCE)
            done, _ = self._cluster.ray.wait(pending, num_returns=most, timeout=0, fetch_local=False)
        over = [(self._forget(reference), self._outcome(reference)) for reference in done]
        if time.monotonic() >= self._look_again_s:
            self._look_again_s = time.monotonic() + _LOOK_EVERY_S
            over += [*self._unplaced(), *self._on_dead_nodes()]
        return over

    def kill(self, key: str) -> None:
        """Kill the worker that makes an attempt, or take it out of Ray's queue."""
        reference = self._references.get(key)
        if reference is not None:
            with contextlib.suppress(Exception):
                self._cluster.ray.cancel(reference, force=True)

    def abandon(self) -> None:
        """Kill all, and forget them."""
        for key, reference in list(self._references.items()):
            self.kill(key)
            self._forget(reference)

    def close(self) -> None:
        """Nothing is open: the attempts end with the connection to the cluster."""

    def _forget(self, reference: ObjectRef[bytes]) -> str:
        key = self._pending.pop(reference)
        del self._references[key], self._asked[key], self._node_files[key]
        return key

    def _outcome(self, reference: ObjectRef[bytes]) -> AttemptOutcome | WorkerLost:
        ended = value_or_loss(self._cluster.ray, reference)
        if isinstance(ended, WorkerLost):
            return ended
        outcome: AttemptOutcome = pickle.loads(ended)
        return outcome

    def _unplaced(self) -> Iterator[tuple[str, WorkerLost]]:
        """Attempts that no node can make since one was lost: Ray would let them wait forever."""
        missing = {reserved: self._missing(reserved) for reserved in set(self._asked.values())}
        for key, reserved in list(self._asked.items()):
            if missing[reserved] is not None:
                self.kill(key)
                yield self._forget(self._references[key]), WorkerLost(
                    f"it can run nowhere any more: {missing[reserved]}"
                )

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
                yield self._forget(self._references[key]), WorkerLost(NODE_LOST)


def _make_attempt(pickled: bytes) -> bytes:
    """In a worker on some node: leave word of the node, then make the attempt; request and outcome are pickled."""
    import ray

    node: str = ray.get_runtime_context().get_node_id()
    request: AttemptRequest = pickle.loads(pickled)
    request.work_dir.mkdir(mode=0o700, exist_ok=True)
    (request.work_dir / _NODE_FILE).write_text(node, encoding="ascii")
    keep_allowed()
    return pickle.dumps(run_attempt(request))
