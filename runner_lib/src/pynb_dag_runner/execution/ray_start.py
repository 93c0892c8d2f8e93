"""How Ray is started on this machine, or reached where it runs: options, and what its errors mean."""

from __future__ import annotations

import logging
import signal
import socket
import sys
import tempfile
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

from pynb_dag_runner.errors import EngineError, UsageError
from pynb_dag_runner.notebook.socket_folder import short_temporary_folder

LOCAL = "local"
_CONNECT_TIMEOUT_S = 5.0
_RAY_SOCKET_BYTES = 81
"""What Ray adds to the folder that it is given: ``session_<time>_<pid>/sockets/plasma_store``, and our own name."""
_OBJECT_STORE_BYTES = 80 * 1024 * 1024
RAY_PROCESS_VARIABLES = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    # By default workers run at niceness 15: on a machine with anything else to do, a run takes twice as long.
    "RAY_worker_niceness": "0",
}


def ray_folder() -> Path:
    """A new folder, with a path short enough for Ray's sockets."""
    return Path(tempfile.mkdtemp(prefix="pdr-ray-", dir=short_temporary_folder(_RAY_SOCKET_BYTES)))


def init_options(address: str, run_id: str, folder: Path | None) -> dict[str, Any]:
    """Arguments of ``ray.init``; ``folder`` is where a Ray of our own keeps its files."""
    options: dict[str, Any] = {
        "address": address,
        "log_to_driver": False,
        "logging_level": logging.ERROR,
        "namespace": f"pdr-{run_id}",
    }
    if address == LOCAL:
        options |= {
            "include_dashboard": False,
            "object_store_memory": _OBJECT_STORE_BYTES,
            "_temp_dir": str(folder),
        }
    return options


def imported_ray() -> ModuleType:
    """Ray's module; after an import that failed, the next one begins anew.

    Else the parts of it that were imported would stay, and make every further import fail, with a message of its own.
    """
    try:
        import ray
    except BaseException:
        for name in [name for name in list(sys.modules) if name.partition(".")[0] == "ray"]:
            del sys.modules[name]
        raise
    return ray


def explained(error: BaseException, address: str) -> UsageError | EngineError:
    """What Ray's failure to start, or to be reached, means for the person who called."""
    text = f"{type(error).__name__}: {error}"
    if address == LOCAL:
        return EngineError(f"Ray cannot be started on this machine: {text}")
    if address == "auto" and "auth" not in text.lower():
        return UsageError(
            f"there is no Ray cluster on this machine: start one with `ray start --head`, or leave --address out\n{text}"
        )
    # Ray says a wrong token and a server that is no cluster in the same words.
    return UsageError(
        f"the cluster at {address} refuses our token, or is no Ray cluster: set RAY_AUTH_MODE=token, and "
        "RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH to the token that the head node was started with "
        f"(`ray get-auth-token` there shows it)\n{text}"
    )


def take_signals_back() -> None:
    """Install the handlers of this process once more.

    Ray puts one of its own before them for SIGTERM: it prints a stack trace, and aborts the process 3 s later.
    """
    if threading.current_thread() is threading.main_thread():
        signal.alarm(0)
        signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGTERM))


def require_listener(address: str) -> None:
    """Ray itself would look for minutes for a cluster that is not there.

    Raises:
        UsageError: ``address`` is HOST:PORT, and nobody listens there.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_TIMEOUT_S).close()
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"there is no Ray cluster at {address} ({error}): start one with `ray start --head`, or leave --address out"
        ) from error
