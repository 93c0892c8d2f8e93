"""Ray clusters of a test's own on this machine: two nodes with token authentication, each with its own folder.

Each node is a ``ray start --block``, ended by its process id: other clusters on this machine are left alone.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from pipeline_project import HANG_S

RAY_TOKEN = "0123456789abcdef" * 4

_RAY = str(Path(sys.executable).with_name("ray"))


@dataclass(frozen=True)
class Cluster:
    """A running cluster: its address, and the folders and processes of its nodes."""

    address: str
    folders: tuple[Path, ...]
    nodes: tuple[subprocess.Popen[bytes], ...] = ()

    @property
    def token(self) -> dict[str, str]:
        """The variables by which a run may use the cluster."""
        return {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": RAY_TOKEN}


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextlib.contextmanager
def two_nodes(**variables: str) -> Iterator[Cluster]:
    """A cluster of a head that offers the resource ``first``, and a node that offers ``second``, each with 2 CPUs.

    ``variables`` are settings of Ray, for the processes of this cluster only.
    """
    folders = tuple(Path(tempfile.mkdtemp(prefix=f"pt-{name}-", dir="/tmp")) for name in ("one", "two"))
    port = free_port()
    head = ["--head", f"--port={port}", f"--temp-dir={folders[0]}/ray", '--resources={"first": 4}']
    head += ["--include-dashboard=false", "--include-log-monitor=false"]
    cluster = Cluster(f"127.0.0.1:{port}", folders)
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(_node(folders[0], head, variables))
        _wait_for_nodes(cluster, 1)
        worker = [f"--address={cluster.address}", f"--temp-dir={folders[1]}/ray", '--resources={"second": 4}']
        second = stack.enter_context(_node(folders[1], worker, variables))
        _wait_for_nodes(cluster, 2)
        yield Cluster(cluster.address, folders, (first, second))


def _environment(folder: Path) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "PDR_", "GITHUB_"))},
        "TMPDIR": str(folder),
        "HOME": str(folder),
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": RAY_TOKEN,
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S": "0",
    }


@contextlib.contextmanager
def _node(folder: Path, arguments: list[str], variables: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A node until the end of the block; every process that inherited its folder is ended then."""
    with (folder / "ray-start.log").open("w") as log:
        process = subprocess.Popen(
            [_RAY, "start", "--block", "--num-cpus=2", "--disable-usage-stats", *arguments],
            env={**_environment(folder), **variables},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        for left in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if left.environ().get("TMPDIR") == str(folder):
                    left.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for_nodes(cluster: Cluster, count: int) -> None:
    """Ask the cluster, from a process of its own, until it has so many nodes."""
    script = f"""
import sys, time
import ray
deadline = time.monotonic() + {HANG_S}
while time.monotonic() < deadline:
    try:
        ray.init(address={cluster.address!r}, log_to_driver=False, logging_level="ERROR")
    except Exception:
        time.sleep(0.5)
        continue
    while len([node for node in ray.nodes() if node["Alive"]]) < {count} and time.monotonic() < deadline:
        time.sleep(0.2)
    print(len([node for node in ray.nodes() if node["Alive"]]))
    ray.shutdown()
    break
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=_environment(cluster.folders[0]),
        capture_output=True,
        text=True,
        timeout=2 * HANG_S,
        check=False,
    )
    logs = "\n".join(log.read_text() for folder in cluster.folders for log in folder.glob("ray-start.log"))
    assert done.stdout.strip() == str(count), f"{done.stderr}\n{logs}"
