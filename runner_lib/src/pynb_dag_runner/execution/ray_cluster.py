"""Ray as this process has it: one of our own on this machine, from its start to its end, or a cluster that is there."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time
from types import ModuleType

import psutil

from pynb_dag_runner.conventions import Variable
from pynb_dag_runner.errors import EngineError
from pynb_dag_runner.execution import idle_agent
from pynb_dag_runner.execution.lean_ray import lean_ray
from pynb_dag_runner.execution.processes import end_marked
from pynb_dag_runner.execution.ray_start import (
    LOCAL,
    RAY_PROCESS_VARIABLES,
    explained,
    imported_ray,
    init_options,
    ray_folder,
    require_listener,
    take_signals_back,
)

_HEAD = ("gcs_server", "raylet")
_LOOK_EVERY_S = 1.0
_START_GRACE_S = 4.0


class RayCluster:
    """Start it early: it takes seconds, in a thread of its own.

    ``mark`` is what processes of a Ray of our own carry, by which they are found.
    """

    def __init__(self, address: str, mark: str) -> None:
        self._address = address
        self._mark = mark
        self.folder = ray_folder() if self.is_ours else None
        """Where Ray keeps its sockets and logs; None for a cluster that is not ours."""
        self._head: list[psutil.Process] = []
        self._look_again_s = 0.0
        self._ray: ModuleType | None = None
        self._error: BaseException | None = None
        self._is_ready = threading.Event()
        self._is_unwanted = threading.Event()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._start, name="pdr-ray-start", daemon=True)

    @property
    def is_ours(self) -> bool:
        """Whether it is on this machine, and ends with this object."""
        return self._address == LOCAL

    @property
    def ray(self) -> ModuleType:
        """The module, once Ray has started."""
        assert self._ray is not None
        return self._ray

    @property
    def has_failed(self) -> bool:
        """Whether Ray could not be started."""
        return self._error is not None

    def start(self) -> None:
        """Begin to start Ray; returns at once.

        Raises:
            UsageError: nothing listens at the address.
        """
        require_listener(self._address)
        self._thread.start()

    def wait_until_started(self, timeout_s: float) -> bool:
        """Wait at most ``timeout_s`` seconds; returns whether Ray can be used.

        Raises:
            UsageError: there is no cluster at the address, or it refuses us.
            EngineError: Ray cannot be started on this machine.
        """
        is_ready = self._is_ready.wait(timeout_s)
        if self._error is not None:
            raise explained(self._error, self._address)
        if is_ready:
            take_signals_back()
        return is_ready

    def require_head(self) -> None:
        """Look, every second at most, whether a Ray of our own still runs.

        Raises:
            EngineError: its head is gone; left alone, Ray would abort this process a minute later.
        """
        if not self.is_ours or time.monotonic() < self._look_again_s or not self._is_ready.is_set():
            return
        self._look_again_s = time.monotonic() + _LOOK_EVERY_S
        if not self._head:
            self._head = [child for child in psutil.Process().children() if self._is_of_this_ray(child, _HEAD)]
        for process in self._head:
            if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                raise EngineError(f"a process of Ray ended on its own ({process.pid}), so nothing more can be run")

    def is_alive(self) -> bool:
        """Whether Ray, once it has started, is still there: looked at anew."""
        self._look_again_s = 0.0
        try:
            self.require_head()
        except EngineError:
            return False
        return True

    def stop(self) -> None:
        """Leave the cluster; one of our own is ended."""
        if self._thread.ident is None:
            return
        self._is_unwanted.set()
        # Killed at once it would not be gone sooner: a process that has just joined Ray waits for it for seconds when it ends.
        is_known = self._is_ready.wait(_START_GRACE_S if self.is_ours else None)
        if self.is_ours and self._ray is None:
            # Cancelled while Ray was starting. The janitor ends what comes up after this.
            end_marked(self._mark, Variable.RUN_MARK, grace_s=0)
        if not is_known:
            return
        if self._ray is not None:
            if self.is_ours:
                self._kill_workers()
            self._ray.shutdown()
        self._is_over.set()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self) -> None:
        try:
            os.environ.update(RAY_PROCESS_VARIABLES)
            if self.is_ours:
                # Ray's processes inherit this, and the janitor finds them by it.
                os.environ[Variable.RUN_MARK] = self._mark
            ray = imported_ray()
            with lean_ray(self._is_unwanted.is_set) if self.is_ours else contextlib.nullcontext():
                ray.init(**init_options(self._address, self._mark, self.folder))
            self._ray = ray
        # Any failure, in whatever of Ray's many exception types, is handed to the main thread.
        except BaseException as error:  # noqa: BLE001
            self._error = error
        self._is_ready.set()
        # Ray asks the kernel to kill its processes when the thread that started them ends, so this one stays.
        self._is_over.wait()

    def _kill_workers(self) -> None:
        """Kill Ray's workers: asking them one by one to end, as Ray does, takes a second.

        Not the agents of the raylet: without them it would end while this process is still connected, which Ray takes for
        a reason to end it at once where its parent is the system's first process.
        """
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if child.name() in _HEAD or idle_agent.__file__ in child.cmdline():
                    continue
                if self._is_of_this_ray(child):
                    child.kill()

    def _is_of_this_ray(self, process: psutil.Process, names: tuple[str, ...] = ()) -> bool:
        """Whether a process is of this Ray, and not of one that this process had before, or not of Ray at all."""
        with contextlib.suppress(psutil.Error, OSError):
            is_named = not names or process.name() in names
            return is_named and process.environ().get(Variable.RUN_MARK) == self._mark
        return False
