"""Stands in for an agent of Ray's raylet that nothing of ours ever asks, without importing Ray: see docs/decisions/0019-lean-ray.md.

Started by the raylet as ``python -I -S idle_agent.py AGENT SESSION_FOLDER NODE_ID ADDRESS``. The raylet waits for a file with the
port of each of its agents, and ends when one of them ends. An agent ends with its raylet.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import sys
import time

DASHBOARD, RUNTIME_ENVIRONMENTS = "dashboard", "runtime-environments"

_NO_PORT = -1  # what Ray's own agent says where it was installed without the dashboard
_LOOK_EVERY_S = 1.0
_MOST_BYTES = 1024 * 1024
_REFUSAL = b"Ray as pdr starts it has no runtime environments: use a cluster (--address)"


def main(agent: str, session_folder: str, node_id: str, address: str) -> None:
    """Say which ports there are, then wait for the end of the raylet."""
    raylet = int(os.environ["RAY_RAYLET_PID"])

    def persist(port: int, *names: str) -> None:
        # As Ray names these files. One appears whole: the raylet reads it as soon as it is there.
        for name in names:
            path = os.path.join(session_folder, f"{name}_{node_id}")
            with open(f"{path}.new", "w", encoding="ascii") as file:
                file.write(str(port))
            os.replace(f"{path}.new", path)

    if agent == DASHBOARD:
        persist(_NO_PORT, "metrics_agent_port", "metrics_export_port", "dashboard_agent_listen_port")
        while os.getppid() == raylet:
            time.sleep(_LOOK_EVERY_S)
        return
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as listener:
        persist(listener.getsockname()[1], "runtime_env_agent_port")
        while os.getppid() == raylet:
            if select.select([listener], [], [], _LOOK_EVERY_S)[0]:
                _refuse(listener)


def _refuse(listener: socket.socket) -> None:
    """Answer one request for a runtime environment: left unanswered, it would wait for good."""
    from http.server import BaseHTTPRequestHandler

    # GetOrCreateRuntimeEnvReply of Ray's runtime_env_agent.proto: status = 1 is failed, error_message = 2.
    reply = b"\x08\x01\x12" + bytes([len(_REFUSAL)]) + _REFUSAL

    class Refusing(BaseHTTPRequestHandler):
        timeout = _LOOK_EVERY_S

        def do_POST(self) -> None:
            self.rfile.read(min(int(self.headers.get("Content-Length", 0)), _MOST_BYTES))
            self.send_response(200)
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

    # Whatever it is that asks: with this process the raylet would end, and with it the run.
    with contextlib.suppress(OSError, ValueError):
        connection, address = listener.accept()
        with connection:
            Refusing(connection, address, None)  # type: ignore[arg-type] # it asks its server nothing


if __name__ == "__main__":
    main(*sys.argv[1:])
