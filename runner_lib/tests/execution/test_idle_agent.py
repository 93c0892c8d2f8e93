"""What stands in for the agents of Ray's raylet, without a raylet."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from waiting import HANG_S, wait_until

from pynb_dag_runner.execution import idle_agent


@pytest.fixture
def raylet(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Stands in for the raylet: it starts what it is told."""
    program = (
        "import os, subprocess, sys\n"
        "for line in sys.stdin: subprocess.Popen(line.split(), env={'RAY_RAYLET_PID': str(os.getpid())})"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, cwd=tmp_path)
    yield process
    agents = psutil.Process(process.pid).children() if process.poll() is None else []
    process.kill()
    process.communicate()
    for agent in agents:
        agent.kill()


def start(raylet: subprocess.Popen[bytes], agent: str) -> psutil.Process:
    """Start an agent as a raylet does."""
    command = [sys.executable, "-I", "-S", idle_agent.__file__, agent, ".", "node", "127.0.0.1"]
    assert raylet.stdin is not None
    raylet.stdin.write(f"{' '.join(command)}\n".encode())
    raylet.stdin.flush()
    wait_until(lambda: bool(psutil.Process(raylet.pid).children()))
    (process,) = psutil.Process(raylet.pid).children()
    return process


def _ports(folder: Path) -> dict[str, int]:
    return {path.name: int(path.read_text()) for path in folder.iterdir() if not path.name.endswith(".new")}


def test_the_agent_of_the_dashboard_has_no_ports(tmp_path: Path, raylet: subprocess.Popen[bytes]) -> None:
    start(raylet, idle_agent.DASHBOARD)
    names = ("metrics_agent_port", "metrics_export_port", "dashboard_agent_listen_port")
    wait_until(lambda: _ports(tmp_path) == {f"{name}_node": -1 for name in names})


def test_a_runtime_environment_is_refused_whoever_asks_before(tmp_path: Path, raylet: subprocess.Popen[bytes]) -> None:
    from ray.core.generated import runtime_env_agent_pb2

    agent = start(raylet, idle_agent.RUNTIME_ENVIRONMENTS)
    wait_until(lambda: list(_ports(tmp_path)) == ["runtime_env_agent_port_node"])
    (port,) = _ports(tmp_path).values()
    post = b"POST / HTTP/1.1\r\nContent-Length: %s\r\n\r\n"
    for nonsense in (b"", b"GET / HTTP/1.1\r\n\r\n", post % b"x", post % b"9" * 30, os.urandom(999)):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(nonsense)
            # Closed so, the other side does not read an end but an error.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    url = f"http://127.0.0.1:{port}/get_or_create_runtime_env"
    with urllib.request.urlopen(url, data=b"any request", timeout=HANG_S) as answer:
        reply = runtime_env_agent_pb2.GetOrCreateRuntimeEnvReply.FromString(answer.read())
    assert reply.status == runtime_env_agent_pb2.AGENT_RPC_STATUS_FAILED
    assert reply.error_message == "Ray as pdr starts it has no runtime environments: use a cluster (--address)"
    assert agent.is_running()


@pytest.mark.parametrize("agent", [idle_agent.DASHBOARD, idle_agent.RUNTIME_ENVIRONMENTS])
def test_an_agent_ends_with_its_raylet(tmp_path: Path, raylet: subprocess.Popen[bytes], agent: str) -> None:
    process = start(raylet, agent)
    wait_until(lambda: bool(_ports(tmp_path)))
    raylet.kill()
    raylet.wait()
    wait_until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
