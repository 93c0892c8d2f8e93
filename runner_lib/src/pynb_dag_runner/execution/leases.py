"""Workers of a Ray of our own, each leased for many attempts in turn, which go to it through a socket.

Ray decides when a worker is free, and what it may use; that is asked once for a lease, and not for each attempt: a call of Ray
costs more than a short attempt. See docs/decisions/0020-leases.md.
"""

from __future__ import annotations

import contextlib
import itertools
import pickle
import selectors
import socket
import time
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from multiprocessing.connection import Client, Connection
from typing import TYPE_CHECKING, Any

from pynb_dag_runner.dag.task import TaskType
from pynb_dag_runner.execution.attempt_runner import run_attempt, runner
from pynb_dag_runner.execution.lost import WorkerLost, value_or_loss
from pynb_dag_runner.execution.ray_cluster import RayCluster
from pynb_dag_runner.execution.requests import AttemptOutcome, AttemptRequest
from pynb_dag_runner.execution.reserved import Reserved
from pynb_dag_runner.execution.task_environment import keep_allowed

if TYPE_CHECKING:
    from ray import ObjectRef

_SOCKET = "leases"
_LEASE_S = 1.0
"""After that a worker gets no further attempt, so that Ray can give what it holds to whoever waits for it."""
_IDLE_S = 0.05
_LOOK_EVERY_S = 0.25
_MOST = 256
_FIRST = 4


@dataclass(eq=False)
class _Lease:
    """A call of Ray in which a worker makes attempts, of which ``key`` names the one that it makes now."""

    number: int
    reserved: Reserved
    reference: ObjectRef[None]
    connection: Connection | None = None
    since_s: float | None = None
    """When the worker was there; None while Ray has none for it yet."""
    idle_since_s: float = 0.0
    key: str | None = None


@dataclass
class _Queue:
    """Attempts that reserve the same and wait for a worker, and the leases for such attempts."""

    attempts: deque[tuple[str, bytes]] = field(default_factory=deque)
    leases: set[_Lease] = field(default_factory=set)
    idle: list[_Lease] = field(default_factory=list)


class Leases:
    """Attempts on this machine: those that wait, and those that leased workers make."""

    def __init__(self, cluster: RayCluster) -> None:
        self._cluster = cluster
        self._queues: dict[Reserved, _Queue] = {}
        self._leases: dict[int, _Lease] = {}
        self._running: dict[str, _Lease] = {}
        self._over: list[tuple[str, AttemptOutcome | WorkerLost]] = []
        self._selector = selectors.DefaultSelector()
        self._listener: socket.socket | None = None
        self._numbers = itertools.count()
        self._types: set[TaskType] = set()
        self._has_asked = False
        self._look_again_s = 0.0
        self._node: dict[str, float] | None = None
        self._remote: Any = None

    def submit(self, key: str, request: AttemptRequest, reserved: Reserved) -> None:
        """Hand an attempt to an idle worker, or let it wait for one."""
        queue = self._queues.setdefault(reserved, _Queue())
        self._types.add(request.type)
        queue.attempts.append((key, pickle.dumps(request)))
        while queue.idle and queue.attempts:
            self._give(queue.idle.pop(), queue)
        self._ask_for_workers(reserved, queue)

    def wait(self, timeout_s: float) -> list[tuple[str, AttemptOutcome | WorkerLost]]:
        """Attempts that are over; a worker that made one has its next one already."""
        if not self._running and not self._over and not any(queue.attempts for queue in self._queues.values()):
            return []
        for ready, _ in self._selector.select(0 if self._over else timeout_s):
            if ready.data is None:
                self._accept()
            else:
                self._hear(ready.data)
        now_s = time.monotonic()
        self._release_idle(now_s - _IDLE_S)
        if now_s >= self._look_again_s:
            self._look_again_s = now_s + _LOOK_EVERY_S
            self._look_for_ended()
        over, self._over = self._over, []
        return over

    def kill(self, key: str) -> None:
        """Kill the worker that makes an attempt, or take the attempt out of its queue."""
        lease = self._running.get(key)
        if lease is not None:
            with contextlib.suppress(Exception):
                self._cluster.ray.cancel(lease.reference, force=True)
            return
        for queue in self._queues.values():
            kept = deque(attempt for attempt in queue.attempts if attempt[0] != key)
            if len(kept) < len(queue.attempts):
                queue.attempts = kept
                self._over.append((key, WorkerLost("it was ended before a worker was free for it")))

    def abandon(self) -> None:
        """Kill and forget all attempts; idle workers stay."""
        for queue in self._queues.values():
            queue.attempts.clear()
        for key, lease in list(self._running.items()):
            self.kill(key)
            self._forget(lease)
        self._over.clear()

    def close(self) -> None:
        """Let go of all workers."""
        for lease in list(self._leases.values()):
            self._forget(lease)
        if self._listener is not None:
            self._listener.close()
        self._selector.close()

    def _ask_for_workers(self, reserved: Reserved, queue: _Queue) -> None:
        """Have as many leases as there are attempts, or as the machine has room for.

        At first a few more: the first task often runs alone, and workers import what they need meanwhile.
        """
        starting = sum(lease.since_s is None for lease in queue.leases)
        missing = len(queue.attempts) - starting if self._has_asked else max(len(queue.attempts), _FIRST)
        wanted = min(missing, self._room(reserved) - len(queue.leases))
        if wanted <= 0:
            return
        self._has_asked = True
        # What they hold may be what the new ones wait for.
        self._release_idle(time.monotonic(), besides=queue)
        address = self._listen()
        for number in itertools.islice(self._numbers, wanted):
            reference = self._serve().options(**reserved.ray_options).remote(address, number, frozenset(self._types))
            self._leases[number] = lease = _Lease(number, reserved, reference)
            queue.leases.add(lease)

    def _room(self, reserved: Reserved) -> int:
        if self._node is None:
            self._node = self._cluster.ray.nodes()[0]["Resources"]
        return reserved.fits(self._node, _MOST)

    def _listen(self) -> str:
        assert self._cluster.folder is not None
        address = str(self._cluster.folder / _SOCKET)
        if self._listener is None:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(address)
            self._listener.listen(_MOST)
            self._selector.register(self._listener, selectors.EVENT_READ)
        return address

    def _serve(self) -> Any:
        if self._remote is None:
            self._remote = self._cluster.ray.remote(max_retries=0, retry_exceptions=False)(_serve)
        return self._remote

    def _accept(self) -> None:
        """A worker is there: it says at once for which lease."""
        assert self._listener is not None
        connection = Connection(self._listener.accept()[0].detach())
        try:
            lease = self._leases[int(connection.recv_bytes())]
        # It died, or belongs to a lease that was forgotten.
        except (EOFError, OSError, KeyError):
            connection.close()
            return
        lease.connection, lease.since_s = connection, time.monotonic()
        self._selector.register(connection, selectors.EVENT_READ, lease)
        self._next(lease)

    def _hear(self, lease: _Lease) -> None:
        """Take the outcome of the attempt that a worker made, and give it the next."""
        assert lease.connection is not None
        try:
            outcome = pickle.loads(lease.connection.recv_bytes())
        except (EOFError, OSError):
            # Only Ray can say what became of the worker.
            self._hang_up(lease)
            self._look_again_s = 0.0
            return
        assert lease.key is not None
        self._over.append((lease.key, outcome))
        del self._running[lease.key]
        lease.key = None
        self._next(lease)

    def _next(self, lease: _Lease) -> None:
        """A worker is free: give it an attempt, or let it go."""
        queue, now_s = self._queues[lease.reserved], time.monotonic()
        if now_s - (lease.since_s or 0) > _LEASE_S:
            self._forget(lease)
            self._ask_for_workers(lease.reserved, queue)
        elif queue.attempts:
            self._give(lease, queue)
        else:
            lease.idle_since_s = now_s
            queue.idle.append(lease)

    def _give(self, lease: _Lease, queue: _Queue) -> None:
        assert lease.connection is not None
        key, request = queue.attempts[0]
        try:
            lease.connection.send_bytes(request)
        except OSError:
            # It died while it had nothing to do; the attempt goes to another one.
            self._forget(lease)
            return
        queue.attempts.popleft()
        lease.key = key
        self._running[key] = lease

    def _release_idle(self, before_s: float, besides: _Queue | None = None) -> None:
        """Let go of workers that have had nothing to do since then."""
        for queue in self._queues.values():
            for lease in list(queue.idle if queue is not besides else ()):
                if lease.idle_since_s <= before_s:
                    self._forget(lease)

    def _look_for_ended(self) -> None:
        """Leases that ended by themselves: their workers died, or could not be started."""
        if not self._leases:
            return
        leases = {lease.reference: lease for lease in self._leases.values()}
        ended, _ = self._cluster.ray.wait(list(leases), num_returns=len(leases), timeout=0, fetch_local=False)
        for reference in ended:
            lease = leases[reference]
            while lease.connection is not None and lease.connection.poll():
                self._hear(lease)
            if lease.number in self._leases:
                self._ended(lease)

    def _ended(self, lease: _Lease) -> None:
        queue, key = self._queues[lease.reserved], lease.key
        if lease.since_s is None and queue.attempts:
            # Else workers that cannot start would be asked for again and again.
            key = queue.attempts.popleft()[0]
        self._forget(lease)
        if key is not None:
            lost = value_or_loss(self._cluster.ray, lease.reference)
            self._over.append((key, lost or WorkerLost("its worker ended without an outcome")))
        self._ask_for_workers(lease.reserved, queue)

    def _hang_up(self, lease: _Lease) -> None:
        if lease.connection is not None:
            self._selector.unregister(lease.connection)
            lease.connection.close()
            lease.connection = None

    def _forget(self, lease: _Lease) -> None:
        """Let go of a worker: it ends its call of Ray when it hears no more of us."""
        self._hang_up(lease)
        del self._leases[lease.number]
        if lease.key is not None:
            del self._running[lease.key]
        queue = self._queues[lease.reserved]
        queue.leases.discard(lease)
        if lease in queue.idle:
            queue.idle.remove(lease)


def _serve(address: str, number: int, types: Collection[TaskType]) -> None:
    """In a worker: make one attempt after the other, until the driver hangs up; requests and outcomes are pickled."""
    from ray._raylet import setproctitle  # type: ignore[attr-defined]

    keep_allowed()
    for type in types:
        runner(type)
    with contextlib.suppress(EOFError, ConnectionError, FileNotFoundError), Client(address) as driver:
        driver.send_bytes(str(number).encode())
        while True:
            request: AttemptRequest = pickle.loads(driver.recv_bytes())
            # Where somebody looks at the machine's processes. Ray puts its own back.
            setproctitle(f"ray::{request.context.task_id} attempt {request.context.attempt}")
            driver.send_bytes(pickle.dumps(run_attempt(request)))
