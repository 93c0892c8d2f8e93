"""Ray of our own without the processes that run no task, and without its sleep: see docs/decisions/0019-lean-ray.md."""

from __future__ import annotations

import contextlib
import functools
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pynb_dag_runner.execution import idle_agent

_NODE_LIMIT_S = 10.0
_LOOK_EVERY_S = 0.05


class StartCancelled(Exception):
    """Ray was still starting when it was no longer wanted."""


@contextlib.contextmanager
def lean_ray(is_unwanted: Callable[[], bool]) -> Iterator[None]:
    """While entered, ``ray.init`` starts what runs tasks, and none of its five Python processes that do not.

    They are the server of its dashboard, for which the start waits, the autoscaler, which has no machines to start here, the one
    that forwards logs, which goes to nobody, and two agents, for which the node waits. And it hears at once that its node is there,
    where it would look once a second. Ray then starts in a third of the time. It has no options for that.

    ``ray.init`` raises StartCancelled as soon as ``is_unwanted()``, while it waits for the node.
    """
    from ray._private import parameter, services

    less: dict[str, Any] = {"no_monitor": True, "include_log_monitor": False}
    get_node: Callable[[str, str], Any] = services.get_node
    start_ray_process: Callable[..., Any] = services.start_ray_process

    def get_node_soon(gcs_address: str, node_id: str) -> Any:
        _wait_for_node(gcs_address, node_id, is_unwanted)
        return get_node(gcs_address, node_id)

    def start_without_agents(command: list[str], process_type: str, *arguments: Any, **options: Any) -> Any:
        command = with_idle_agents(command) if process_type == "raylet" else command
        return start_ray_process(command, process_type, *arguments, **options)

    # Ray looks each of them up in its module when it is called.
    replaced: list[tuple[Any, str, Any]] = [
        (parameter, "RayParams", functools.partial(parameter.RayParams, **less)),
        (services, "start_api_server", lambda *arguments, **options: (None, None)),
        (services, "start_ray_process", start_without_agents),
        (services, "get_node", get_node_soon),
    ]
    kept = [(module, name, getattr(module, name)) for module, name, _ in replaced]
    for module, name, value in replaced:
        setattr(module, name, value)
    try:
        yield
    finally:
        for module, name, value in kept:
            setattr(module, name, value)


def with_idle_agents(raylet: Sequence[str]) -> list[str]:
    """The command line of a raylet, with agents that only wait for its end in the place of Ray's own."""
    options = dict(argument.split("=", 1) for argument in raylet if "=" in argument)
    python = [sys.executable, "-I", "-S", idle_agent.__file__]
    node = [options["--session_dir"], options["--node_id"], options["--node_ip_address"]]
    idle = {
        "--dashboard_agent_command": [*python, idle_agent.DASHBOARD, *node],
        "--runtime_env_agent_command": [*python, idle_agent.RUNTIME_ENVIRONMENTS, *node],
    }
    names = [argument.partition("=")[0] for argument in raylet]
    return [
        f"{name}={subprocess.list2cmdline(idle[name])}" if name in idle else argument
        for name, argument in zip(names, raylet, strict=True)
    ]


def _wait_for_node(gcs_address: str, node_id: str, is_unwanted: Callable[[], bool]) -> None:
    """Wait until the node has registered; where it does not, Ray itself waits on, and says what is wrong."""
    from ray._raylet import GcsClient  # type: ignore[attr-defined]
    from ray.exceptions import RpcError

    client = GcsClient(address=gcs_address)
    deadline_s = time.monotonic() + _NODE_LIMIT_S
    with contextlib.suppress(RpcError):
        while time.monotonic() < deadline_s:
            if is_unwanted():
                raise StartCancelled
            if any(known.hex() == node_id for known in client.get_all_node_info(timeout=_NODE_LIMIT_S)):
                return
            time.sleep(_LOOK_EVERY_S)
